"""What preparation leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.faces import FaceStatus
from core.images.resampling import Pixels

PhotoStatus = FaceStatus | Literal["unreadable"]


@dataclass(frozen=True)
class PhotoProblem:
    """A photo of the catalogue that cannot be read any more.

    Attributes:
        sha256: The photo.
        path: Its path relative to the dataset's root.
        what, remedy: What is wrong and what to do.
    """

    sha256: str
    path: str
    what: str
    remedy: str


@dataclass(frozen=True, eq=False)
class PreparedFaces:
    """The face crops of a dataset.

    Attributes:
        key: What decided the crops; see `core.faces.crop_key`.
        status: sha256 of every photo that was looked at, to "face", "no_face", "several_faces" or "unreadable".
        rows: sha256 of each photo with status "face" to its row in `pixels`.
        pixels: uint8 (N, S, S, 3), RGB, 0..255, read-only; a memory map.
        problems: The photos with status "unreadable".
        complete: Whether every photo of the dataset was looked at; False after a stop.
    """

    key: str
    status: Mapping[str, PhotoStatus]
    rows: Mapping[str, int]
    pixels: Pixels
    problems: tuple[PhotoProblem, ...]
    complete: bool

    def count(self, status: PhotoStatus) -> int:
        """Return how many photos have this status."""
        return sum(each == status for each in self.status.values())
