"""Explore: which photos there are, whose, of what kind, and what is wrong with some of them."""

from __future__ import annotations

import streamlit as st

from ui import dataset_care, explore_views
from ui.dataset_picker import choose_dataset
from ui.frame import page

with page("explore", "See who is in the photos, how many there are, and which of them cannot be used."):
    catalogue = choose_dataset()
    if catalogue is not None:
        explore_views.summary(catalogue)
        photos, statistics, split, problems, manage = st.tabs(["Photos", "Statistics", "Split", "Problems", "Manage"])
        with photos:
            explore_views.wall(catalogue)
        with statistics:
            explore_views.statistics(catalogue)
        with split:
            explore_views.split(catalogue)
        with problems:
            dataset_care.problems(catalogue)
        with manage:
            dataset_care.manage(catalogue)
