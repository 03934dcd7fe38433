"""The parts of the Augment page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets import Catalogue, Photo
from core.settings import Settings
from ui import resources, settings_tabs
from ui.components import picture_wall
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.images import png
from ui.session import current

VARIANTS = 12


def edit_changes() -> None:
    """Edit what training does to its faces: views for an embedding, random changes for the others."""
    if settings_tabs.uses_embedding(current().settings):
        settings_tabs.edit_views(columns=1)
    else:
        settings_tabs.edit_changes(columns=1)


def flows_on() -> None:
    """Say where these settings are used, and offer to go there or back to the preset's."""
    session = current()
    embeds = settings_tabs.uses_embedding(session.settings)
    drawn = (
        "Training embeds exactly these views, drawn once."
        if embeds
        else "Training uses exactly these changes, drawn anew in every epoch."
    )
    st.caption(f"{drawn} Validation, test and prediction never see them.")
    with st.container(horizontal=True):
        if not embeds and st.button(
            "Shuffle", icon=":material/shuffle:", help="Draws other random variants of the same strength."
        ):
            session.variant_seed += 1
        if st.button("Preset's settings", icon=":material/restart_alt:"):
            session.reset_settings()
            st.rerun()
    st.page_link(page_named("train"), label="Train with these", icon=":material/arrow_forward:")


def preview(catalogue: Catalogue, settings: Settings) -> None:
    """Show one face as it is, beside variants as training would see them."""
    photos = catalogue.page_of_photos(None, 0, 100_000)
    people = list(dict.fromkeys(photo.person for photo in photos))
    person = st.selectbox("Face of", people, key=f"augment-{catalogue.id}", width=280)
    photo = next(each for each in photos if each.person == person)
    with explained():
        face = resources.preview_face(catalogue.id, photo, settings.face)
        if face is None:
            st.info(
                f"No face was found in {as_text(photo.path)}. Choose another person.", icon=":material/face_retouching_off:"
            )
            return
        show = _views if settings_tabs.uses_embedding(settings) else _variants
        show(face, photo, settings)


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
