"""The wall of photos on the Explore page: a grid to select in, what can be done with it, and one photo seen large."""

from ui.wall.exporting import exporting
from ui.wall.history import history, undo_and_redo
from ui.wall.links import show_flag, show_person, show_photo
from ui.wall.wall import face_settings, wall

__all__ = ["exporting", "face_settings", "history", "show_flag", "show_person", "show_photo", "undo_and_redo", "wall"]
