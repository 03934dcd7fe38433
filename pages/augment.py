"""Augment: what random changes do to the training faces, before anything learns from them."""

from __future__ import annotations

import streamlit as st

from ui import augment_views
from ui.dataset_picker import choose_dataset
from ui.frame import page
from ui.session import current
from ui.settings_form import choose_preset, edit_part

with page("augment", "Small random changes of the training faces make a network less dependent on chance."):
    catalogue = choose_dataset()
    if catalogue is not None:
        session = current()
        choices, preview = st.columns([1, 2], gap="medium")
        with choices:
            choose_preset()
            session.edit(edit_part(session.settings, "augmentation"))
            augment_views.flows_on()
        with preview:
            augment_views.preview(catalogue, session.settings)
