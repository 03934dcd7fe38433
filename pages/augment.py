"""Augment: what random changes do to the training faces, before anything learns from them."""

from __future__ import annotations

import streamlit as st

from ui import augment_views
from ui.dataset_picker import choose_dataset
from ui.frame import page
from ui.presets_views import choose_preset_briefly
from ui.session import current

with page("augment", "Small random changes of the training faces make a network less dependent on chance."):
    catalogue = choose_dataset()
    if catalogue is not None:
        choices, preview = st.columns([1, 2], gap="medium")
        with choices:
            choose_preset_briefly()
            augment_views.edit_changes(catalogue)
            augment_views.flows_on()
        with preview:
            augment_views.preview(catalogue, current().settings)
