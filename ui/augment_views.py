"""The parts of the Augment page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.datasets import Catalogue, Photo, are_strangers
from core.settings import AUGMENTATIONS, AugmentationSettings, Settings, rng_for
from core.settings.locks import FIRST_RANDOM_VIEW
from ui import drift_views, resources, settings_tabs
from ui.components import picture_wall
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.images import png
from ui.session import current

VARIANTS = 12
ONE_FACE, EVERYBODY = "One face", "One of each person"
TITLES = {"gentle": "Gentle", "standard": "Standard", "strong": "Strong"}


def edit_changes(catalogue: Catalogue) -> None:
    """Edit what training does to its faces: views for an embedding, random changes for all."""
    if settings_tabs.uses_embedding(current().settings):
        settings_tabs.edit_view_count()
    _choose_strength()
    settings_tabs.edit_changes(columns=1, notes=drift_views.slider_notes(catalogue))


def _choose_strength() -> None:
    session = current()
    now = session.settings.augmentation
    with st.container(horizontal=True, gap="small"):
        for name, changes in AUGMENTATIONS.items():
            kind = "primary" if changes == now else "secondary"
            if st.button(TITLES[name], type=kind, key=f"strength-{name}", help="Sets all the sliders below."):
                session.edit(replace(session.settings, augmentation=changes))
                session.form_version += 1
                st.rerun()


def flows_on() -> None:
    """Say where these settings are used, and offer to go there or back to the preset's."""
    session = current()
    st.caption(f"{_use(session.settings)} Validation, test and prediction never see them.")
    if st.button("Preset's settings", icon=":material/restart_alt:"):
        session.reset_settings()
        st.rerun()
    st.page_link(page_named("train"), label="Train with these", icon=":material/arrow_forward:")


def _use(settings: Settings) -> str:
    if not settings_tabs.uses_embedding(settings):
        return "Training uses exactly these changes, drawn anew in every epoch."
    if settings.embedding.views < FIRST_RANDOM_VIEW:
        return (
            "With one or two views this network learns from the face and its mirror image only; the changes begin with three."
        )
    return "Training embeds exactly the views shown, drawn once."


def preview(catalogue: Catalogue, settings: Settings) -> None:
    """Show faces as they are, beside variants as training would see them, and how far they drift."""
    session = current()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control("Show", [ONE_FACE, EVERYBODY], default=ONE_FACE, key="augment-shown")
        if st.button("Shuffle", icon=":material/shuffle:", help="Draws other random variants of the same strength."):
            session.variant_seed += 1
    with explained():
        if shown == EVERYBODY:
            _everybody(catalogue, settings)
        else:
            _one_face(catalogue, settings)
    with explained():
        drift_views.drift(catalogue, settings.augmentation)


def _one_face(catalogue: Catalogue, settings: Settings) -> None:
    photo = _choose_photo(catalogue)
    face = None if photo is None else resources.preview_face(catalogue.id, photo, settings.face)
    if photo is None or face is None:
        what = "There is no photo yet." if photo is None else f"No face was found in {as_text(photo.path)}."
        st.info(f"{what} Choose another person.", icon=":material/face_retouching_off:")
        return
    if settings_tabs.uses_embedding(settings):
        _views(face, photo, settings)
    _variants(face, photo, settings)


def _choose_photo(catalogue: Catalogue) -> Photo | None:
    """Let the person choose whose face, and which of the photos."""
    people = [person for person, _ in resources.people_of(catalogue)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        person = st.selectbox("Face of", people, key=f"augment-{catalogue.id}", width=280)
        count = dict(resources.people_of(catalogue)).get(person, 0)
        number = 1
        if count > 1:
            number = st.number_input("Photo", 1, count, 1, key=f"augment-photo-{catalogue.id}-{person}", width=140)
    return next(iter(catalogue.page_of_photos(person, int(number) - 1, 1)), None)


def _variants(face: np.ndarray, photo: Photo, settings: Settings) -> None:
    variants = resources.variants(face, settings.augmentation, current().variant_seed, VARIANTS)
    st.markdown(f"**The original, and {VARIANTS} variants of it**")
    named = [(png(each), f"Variant {n}", f"Variant {n}") for n, each in enumerate(variants, start=1)]
    picture_wall([(png(face), "Original", f"The face of {photo.person} as it was cut out"), *named])


def _views(face: np.ndarray, photo: Photo, settings: Settings) -> None:
    views = resources.views(face, photo.sha256, settings.augmentation, settings.seed, settings.embedding.views)
    many = "The one view" if len(views) == 1 else f"The {len(views)} views"
    st.markdown(f"**{many} of this photo that training embeds**")
    names = ["Face", "Mirror image", *(f"Random {number}" for number in range(1, len(views)))]
    picture_wall([(png(each), name, f"{name}, a view of {photo.person}") for each, name in zip(views, names, strict=False)])


def _everybody(catalogue: Catalogue, settings: Settings) -> None:
    """Show a variant of a face of each of some people, other people after a shuffle."""
    seed = current().variant_seed
    people = [person for person, _ in resources.people_of(catalogue) if not are_strangers(person)]
    drawn = sorted(rng_for(seed, "augment people").permutation(people).tolist()[:VARIANTS])
    pictures = []
    for person in drawn:
        photo = catalogue.page_of_photos(person, 0, 1)[0]
        face = resources.preview_face(catalogue.id, photo, settings.face)
        if face is not None:
            pictures += _pair(face, person, settings.augmentation, seed)
    st.markdown(f"**Faces of {len(pictures) // 2} people, each beside a variant**")
    picture_wall(pictures)


def _pair(face: np.ndarray, person: str, changes: AugmentationSettings, seed: int) -> list[tuple[bytes, str, str]]:
    variant = resources.variants(face, changes, seed, 1)[0]
    return [(png(face), person, f"The face of {person}"), (png(variant), "Variant", f"A variant of the face of {person}")]
