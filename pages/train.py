"""Train: choose a network and its settings, start it, watch it learn, compare what came out."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ui.components import folded
from ui.crossvalidation_views import cross_validate_settings
from ui.dataset_picker import choose_dataset
from ui.frame import page
from ui.presets_views import choose_preset
from ui.runs_views import runs_table
from ui.search_views import search
from ui.settings_sharing import brought_words, hand_on, read_address
from ui.settings_tabs import edit_all
from ui.training import checklist_and_start, living, rate_finder, unfinished

with page("train", "Choose a network, start it, and watch it learn. Training goes on when you close this page."):
    catalogue = choose_dataset()
    read_address()
    brought_words()
    if catalogue is not None:
        choose_preset(catalogue)
        edit_all()
        hand_on()
        rate_finder(catalogue)
        checklist_and_start(catalogue)
    living()
    unfinished()
    st.subheader("Runs", anchor="runs")
    runs_table()
    if catalogue is not None:
        st.subheader("Better settings", anchor="better-settings")
        folded("Search for better settings", "search-open", ":material/manage_search:", partial(search, catalogue))
        folded("Cross-validation", "folds-open", ":material/view_module:", partial(cross_validate_settings, catalogue))
