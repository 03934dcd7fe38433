"""The parts of the Augment page."""

from __future__ import annotations

import streamlit as st

from core.datasets import Catalogue
from core.settings import Settings
from ui import resources
from ui.components import picture_wall
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.images import png
from ui.session import current

VARIANTS = 12
FACES_TO_CHOOSE = 60


def flows_on() -> None:
    """Say where these settings are used, and offer to go there or back to the preset's."""
    session = current()
    st.caption(
        "Training uses exactly these changes, drawn anew in every epoch. Validation, test and prediction never see them."
    )
    with st.container(horizontal=True):
        if st.button("Shuffle", icon=":material/shuffle:", help="Draws other random variants of the same strength."):
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
        variants = resources.variants(face, settings.augmentation, current().variant_seed, VARIANTS)
        st.markdown(f"**The original, and {VARIANTS} variants of it**")
        named = [(png(each), f"Variant {n}", f"Variant {n}") for n, each in enumerate(variants, start=1)]
        picture_wall([(png(face), "Original", f"The face of {person} as it was cut out"), *named])
