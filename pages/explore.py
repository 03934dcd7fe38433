"""Explore: which photos there are, whose, of what kind, and what is wrong with some of them."""

from __future__ import annotations

from functools import partial

from ui import dataset_care, explore_views
from ui.components import tabs
from ui.dataset_picker import choose_dataset
from ui.frame import page

with page("explore", "See who is in the photos, how many there are, and which of them cannot be used."):
    catalogue = choose_dataset()
    if catalogue is not None:
        explore_views.summary(catalogue)
        tabs(
            "explore-tab",
            {
                "Photos": partial(explore_views.wall, catalogue),
                "Statistics": partial(explore_views.statistics, catalogue),
                "Split": partial(explore_views.split, catalogue),
                "Problems": partial(dataset_care.problems, catalogue),
                "Manage": partial(dataset_care.manage, catalogue),
            },
        )
