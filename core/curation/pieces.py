"""What of a photo from outside is kept for the next training, so that it teaches one person.

A dataset knows a photo by its content and files it under one person. So a photo with one face is kept as it is, and of one
with several faces each is kept as a part of its own: the face with its surroundings, without loss. In either the face that
is meant is stated, as any other detector may find others beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from core.datasets.face_choice import Box, FaceChoice
from core.datasets.measures import Measures, measure
from core.detection import Detection
from core.images import DecodedPhoto, decode
from core.recognizer.teaching import as_png, cut_out

SURROUNDINGS = 0.6  # of the face's longer side: room for any margin and any detector, as where people are added


@dataclass(frozen=True, eq=False)
class PhotoFace:
    """A face in a photo that need not be in any dataset.

    Attributes:
        data: The photo file's bytes, or how to get them when they are needed.
        file: What the photo is called.
        detection: The face, in pixels of the upright full-size photo.
        alone: Whether it is the only face of its photo.
        drawn: Whether a person has drawn it, so that no detector can be expected to find it.
    """

    data: bytes | Callable[[], bytes]
    file: str
    detection: Detection
    alone: bool = False
    drawn: bool = False

    @cached_property
    def sha256(self) -> str:
        """What tells the photo from others.

        Raises:
            PhotoError: it is gone or cannot be read.
        """
        return hashlib.sha256(self.read()).hexdigest()

    def read(self) -> bytes:
        """Return the bytes of the photo.

        Raises:
            PhotoError: it is gone or cannot be read.
        """
        return self.data if isinstance(self.data, bytes) else self.data()


@dataclass(frozen=True, eq=False)
class Piece:
    """A file that is to be kept.

    Attributes:
        data: Its bytes.
        suffix: Its ending.
        sha256: Of the bytes.
        choice: Which face in it is meant.
        measures: What the catalogue notes of it.
    """

    data: bytes
    suffix: str
    sha256: str
    choice: FaceChoice
    measures: Measures


def piece_of(face: PhotoFace) -> Piece:
    """Return what of a photo is to be kept for one of its faces.

    Raises:
        PhotoError: the photo is gone or cannot be read.
    """
    data = face.read()
    photo = decode(data, face.file)
    kind: Literal["drawn", "found"] = "drawn" if face.drawn else "found"
    if face.alone:
        choice = FaceChoice(kind, face.detection.box)
        return Piece(data, Path(face.file).suffix, hashlib.sha256(data).hexdigest(), choice, measure(photo))
    pixels, corner = cut_out(photo, face.detection, SURROUNDINGS)
    part = DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], "PNG")
    file = as_png(pixels)
    choice = FaceChoice(kind, _inside(face.detection.box, corner, photo.width / photo.pixels.shape[1]))
    return Piece(file, ".png", hashlib.sha256(file).hexdigest(), choice, measure(part))


def _inside(box: Box, corner: tuple[float, float], reduced: float) -> Box:
    """Return a box of the full photo in pixels of a part that starts at `corner` and was opened reduced, in tenths."""
    left, top, width, height = box
    numbers = ((left - corner[0]) / reduced, (top - corner[1]) / reduced, width / reduced, height / reduced)
    left, top, width, height = (round(float(each), 1) for each in numbers)
    return left, top, width, height
