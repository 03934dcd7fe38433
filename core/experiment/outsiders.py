"""Faces of people whom a run does not know, shown to it on purpose: how many of them get a name?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import DatasetError
from core.faces import choose_main_face
from core.images import PHOTO_SUFFIXES
from core.jobs import Stopped
from core.openset import auroc
from core.progress import Progress, Report, ShouldStop
from core.recognizer import FacePrediction, PhotoPrediction, Recognizer
from core.recognizer.naming import Name

PHOTOS_AT_ONCE = 16


@dataclass(frozen=True)
class StrangerFaces:
    """Faces of people whom nobody has taught the run.

    Attributes:
        names: What is said about each.
        photos: How many photos could be read; those without a main face are among them.
        seen: How many photos were left out because the run has learnt from them.
    """

    names: tuple[Name | FacePrediction, ...]
    photos: int
    seen: int


def photos_in(named: Path) -> list[Path]:
    """Return a named file as it is, and the photos of a folder, searched to the bottom, in order."""
    if not named.is_dir():
        return [named]
    return sorted(file for file in named.rglob("*") if file.suffix.lower() in PHOTO_SUFFIXES and file.is_file())


def photos_of_strangers(named: Path) -> list[Path]:
    """Return the photos to show to a run; see `photos_in`.

    Raises:
        DatasetError: there is no such folder, or no photo in it.
    """
    found = photos_in(named)
    if not found or not named.exists():
        what = f"{named} holds no photo" if named.exists() else f"There is no folder {named}"
        raise DatasetError(f"{what} of strangers.", "Name a folder with photos of people whom the run does not know.")
    return found


def look_at(
    recognizer: Recognizer, files: Sequence[Path], taught: Set[str], report: Report, should_stop: ShouldStop
) -> StrangerFaces:
    """Find and name the main face of each photo, as Predict would; what the run has learnt from is left out.

    Args:
        recognizer: Of the run.
        files: The photos.
        taught: sha256 of the photos that the run has learnt from.
        report: Told after each few photos.
        should_stop: Asked before each few photos.

    Raises:
        DatasetError: there is no face in any of them.
        Stopped: somebody asked to stop.
    """
    new = [file for file in files if _sha256(file) not in taught]
    names: list[FacePrediction] = []
    readable = 0
    for start in range(0, len(new), PHOTOS_AT_ONCE):
        if should_stop():
            raise Stopped
        photos = recognizer.predict_files(new[start : start + PHOTOS_AT_ONCE])
        readable += sum(photo.error is None for photo in photos)
        names += _main_faces(photos, recognizer.face.main_face_ratio)
        report(Progress("Naming strangers", start + len(photos), len(new)))
    if not names:
        raise DatasetError(
            f"No face was found in the {readable} photos of strangers that are new to the run.",
            "Name a folder with photos that show a face.",
        )
    return StrangerFaces(tuple(names), readable, len(files) - len(new))


def _main_faces(photos: Iterable[PhotoPrediction], ratio: float) -> list[FacePrediction]:
    found = []
    for photo in photos:
        main = choose_main_face([face.detection for face in photo.faces], photo.width, photo.height, ratio)
        if main.index is not None:
            found.append(photo.faces[main.index])
    return found


def _sha256(file: Path) -> str:
    """Return the hash of a file; empty where it cannot be read, which is told when it is opened."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def compare_with_strangers(names: Sequence[Name], right: Sequence[bool], strangers: StrangerFaces) -> dict[str, Any]:
    """Return what the run's own threshold does with faces of known people and of strangers.

    Args:
        names, right: What is said about each known face, and whether the best name is right.
        strangers: At least one face.
    """
    named = sum(each.decision == "known" for each in strangers.names)
    known = sum(each.decision == "known" and hit for each, hit in zip(names, right, strict=True))
    scores = [np.array([each.score for each in group]) for group in (names, strangers.names)]
    return {
        "stranger_rate": named / len(strangers.names),
        "known_named": known / len(names) if names else None,
        "auroc": auroc(*scores) if names else None,
        "stranger_faces": len(strangers.names),
        "stranger_photos": strangers.photos,
        "stranger_seen": strangers.seen,
    }
