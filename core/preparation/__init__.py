"""From the photos of a dataset to face crops on the disk: what is there already is never worked out again."""

from core.preparation.preparing import face_of, load_prepared, prepare
from core.preparation.records import PhotoProblem, PhotoStatus, PreparedFaces

__all__ = ["PhotoProblem", "PhotoStatus", "PreparedFaces", "face_of", "load_prepared", "prepare"]
