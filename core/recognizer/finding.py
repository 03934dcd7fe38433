"""The faces of photos, found, cut out and measured, before any network is asked who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.detection import Detection, Detector
from core.errors import PhotoError
from core.faces import FaceCrop, cut_face
from core.images import DecodedPhoto
from core.quality import Quality, measure_quality
from core.recognizer.second_look import confirmed
from core.settings import FaceSettings

Opened = DecodedPhoto | PhotoError


@dataclass(frozen=True, eq=False)
class FoundPhoto:
    """A photo and its faces.

    Attributes:
        file: The photo's name as it was given.
        width, height: Of the full-size upright photo, in pixels; 0 where it cannot be read.
        crops: The faces, from left to right.
        qualities: Of each face.
        error: Why the photo cannot be read and what to do, None where it can.
    """

    file: str
    width: int
    height: int
    crops: tuple[FaceCrop, ...] = ()
    qualities: tuple[Quality, ...] = ()
    error: str | None = None


def open_photo(read: Callable[[], DecodedPhoto]) -> Opened:
    """Return a photo, or why it cannot be read."""
    try:
        return read()
    except PhotoError as error:
        return error


def find_faces(detector: Detector, face: FaceSettings, opened: Sequence[tuple[str, Opened]]) -> list[FoundPhoto]:
    """Return the faces of several photos, given by name; what cannot be read does not stop the others.

    Args:
        detector: Finds the faces.
        face: How they are cut out.
        opened: All of them are in memory at once.
    """
    good = [photo for _, photo in opened if isinstance(photo, DecodedPhoto)]
    found = iter(_faces_of(good, detector, face))
    return [
        FoundPhoto(name, 0, 0, error=str(photo)) if isinstance(photo, PhotoError) else _cut(name, photo, next(found), face)
        for name, photo in opened
    ]


def _faces_of(photos: Sequence[DecodedPhoto], detector: Detector, face: FaceSettings) -> list[list[Detection]]:
    found = detector.detect(photos) if photos else []
    if face.detector == "yunet":
        found = [confirmed(photo, faces) for photo, faces in zip(photos, found, strict=True)]
    # A person reads the numbers of faces in a photo, and nobody could see why the surest should be the first.
    return [sorted(faces, key=lambda each: each.box) for faces in found]


def _cut(name: str, photo: DecodedPhoto, found: Sequence[Detection], face: FaceSettings) -> FoundPhoto:
    crops = tuple(cut_face(photo, each, face) for each in found)
    qualities = tuple(measure_quality(photo, found, each, "face") for each in found)
    return FoundPhoto(name, photo.width, photo.height, crops, qualities)
