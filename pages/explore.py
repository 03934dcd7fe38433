"""Explore: which photos there are, whose, of what kind, what is wrong with some of them, and how to add more."""

from __future__ import annotations

from functools import partial

from ui import dataset_care, explore_views, health_views, wall
from ui.components import tabs
from ui.dataset_picker import choose_dataset
from ui.frame import page
from ui.import_views import add_photos
from ui.session import show_wanted

TABS = "explore-tab"

with page("explore", "See who is in the photos, how many there are, and which of them cannot be used."):
    catalogue = choose_dataset(opener=False)
    add_photos(catalogue)
    if catalogue is not None:
        dataset_care.being_read(catalogue)
        explore_views.summary(catalogue)
        face = wall.face_settings(catalogue)
        parts = {
            "Photos": partial(wall.wall, catalogue),
            "Health": partial(health_views.health, catalogue, face, wall.show_flag, wall.show_person),
            "Statistics": partial(explore_views.statistics, catalogue),
            "Split": partial(explore_views.split, catalogue),
            "Problems": partial(dataset_care.problems, catalogue),
            "History": partial(wall.history, catalogue),
            "Manage": partial(explore_views.manage, catalogue),
        }
        show_wanted(TABS, parts)
        tabs(TABS, parts)
