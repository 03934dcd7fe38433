"""Identity drift on the faces of a dataset: which change, from which strength on, turns one person into another."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue, Photo, are_strangers
from core.drift import Drift, danger_zones, measure_drift
from core.embeddings import load_backbone
from core.errors import DatasetError, PhotoError
from core.preparation import face_of
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import AugmentationSettings, preset, rng_for
from core.storage import read_json, write_json

PEOPLE = 24  # at most so many are tried, a face of each
TRIES = 3  # photos of a person that are looked through for a face
FILE = "danger.json"
VERSION = 1
PRESET = "embedding"  # its embedding judges, its faces are changed


@dataclasses.dataclass(frozen=True, eq=False)
class TriedFaces:
    """Faces of several people.

    Attributes:
        people: The person of each.
        pixels: uint8 (N, S, S, 3), RGB, 0..255, aligned.
    """

    people: tuple[str, ...]
    pixels: npt.NDArray[np.uint8]


def faces_to_try(catalogue: Catalogue, report: Report = silent) -> TriedFaces:
    """Return a face of each of some people, drawn once and for all; faces that were not searched yet are found now.

    Raises:
        DatasetError: fewer than two people have a face.
        ModelError: the detector's weights are missing.
    """
    by_person: dict[str, list[Photo]] = {}
    for photo in catalogue.photos():
        if photo.person is not None and not are_strangers(photo.person):
            by_person.setdefault(photo.person, []).append(photo)
    people = sorted(rng_for(0, "drift").permutation(sorted(by_person)).tolist()[:PEOPLE])
    found = {}
    for number, person in enumerate(people):
        report(Progress("Finding faces", number, len(people)))
        face = next(filter(_is_face, (_face(catalogue, photo) for photo in by_person[person][:TRIES])), None)
        if face is not None:
            found[person] = face
    if len(found) < 2:
        raise DatasetError(
            f"Fewer than two people of {catalogue.name} have a face to try.", "Add photos of more people, or look at Problems."
        )
    return TriedFaces(tuple(found), np.stack(list(found.values())))


def _is_face(face: npt.NDArray[np.uint8] | None) -> bool:
    return face is not None


def _face(catalogue: Catalogue, photo: Photo) -> npt.NDArray[np.uint8] | None:
    try:
        return face_of(catalogue, photo, preset(PRESET).face)
    except PhotoError:  # gone or changed: another photo serves as well
        return None


def drift_of(faces: TriedFaces, settings: AugmentationSettings, seed: int) -> Drift:
    """Measure how far changes carry these faces.

    Raises:
        ModelError: the embedding's weights are missing.
    """
    return measure_drift(load_backbone(preset(PRESET)), faces.pixels, settings, seed)


def measure_danger(
    catalogue: Catalogue, report: Report = silent, should_stop: ShouldStop = never
) -> dict[str, float | None] | None:
    """Find where each slider becomes dangerous for the people of a dataset, and keep it there; None where that was stopped.

    Raises:
        DatasetError: fewer than two people have a face.
        ModelError: weights are missing.
        StorageError: the disk refuses.
    """
    faces = faces_to_try(catalogue, report)
    zones = danger_zones(load_backbone(preset(PRESET)), faces.pixels, 0, report, should_stop)
    if set(zones) != _sliders():
        return None
    write_json(catalogue.directory / FILE, {"version": VERSION, "people": len(faces.people), "zones": zones})
    return zones


def read_danger(catalogue: Catalogue) -> dict[str, float | None] | None:
    """Return what `measure_danger` has kept; None where it has to be measured, or sliders have come since."""
    try:
        stored: dict[str, Any] = read_json(catalogue.directory / FILE) or {}
    except ValueError:
        return None
    zones = stored.get("zones")
    if stored.get("version") != VERSION or not isinstance(zones, dict) or set(zones) != _sliders():
        return None
    return zones


def _sliders() -> set[str]:
    return {each.name for each in dataclasses.fields(AugmentationSettings)}
