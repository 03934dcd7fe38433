"""Train: choose a network and its settings, start it, watch it learn."""

from __future__ import annotations

import streamlit as st

from ui import train_views
from ui.dataset_picker import choose_dataset
from ui.frame import page
from ui.presets_views import choose_preset
from ui.settings_tabs import edit_all

with page("train", "Choose a network, start it, and watch it learn. Training goes on when you close this page."):
    catalogue = choose_dataset()
    if catalogue is not None:
        choose_preset(catalogue)
        edit_all()
        train_views.start_button(catalogue)
    st.subheader("Runs")
    train_views.runs()
