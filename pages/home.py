"""Home: what Visage is, and one button from nothing to the first named face."""

from __future__ import annotations

from ui import home_views
from ui.frame import page

with page("home"):
    home_views.welcome()
    home_views.first_face()
    home_views.ways_on()
