"""What the photos of each person show, and which are missing: a shopping list in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue, are_strangers
from core.datasets.health import BLURRY, SMALL

ENOUGH = 10  # faces; with fewer a single odd photo still moves the figures of a person by tens of percent
SIDE = 25  # degrees of yaw; from there on one cheek is clearly narrower than the other
LIGHT = 0.2  # so much darker or brighter than the person's usual photo: skin differs, so each has a measure of their own


@dataclass(frozen=True)
class PersonCoverage:
    """What the photos of one person show.

    Attributes:
        photos: That can be used.
        faces: Photos with a main face.
        left, front, right: Faces turned to the left of the picture by at least `SIDE` degrees, less, to the right.
        dim, bright: Faces darker or brighter than the person's usual one by at least `LIGHT` of it.
        sharp: Faces that are not blurry.
        large: Faces of at least `SMALL` px.
        yaw, brightness, sharpness, size: (smallest, median, largest) of the faces: degrees, 0..1, 0..1, px.
    """

    person: str
    photos: int
    faces: int
    left: int = 0
    front: int = 0
    right: int = 0
    dim: int = 0
    bright: int = 0
    sharp: int = 0
    large: int = 0
    yaw: tuple[float, float, float] | None = None
    brightness: tuple[float, float, float] | None = None
    sharpness: tuple[float, float, float] | None = None
    size: tuple[float, float, float] | None = None

    @property
    def gaps(self) -> tuple[str, ...]:
        """What no photo of the person shows, in words."""
        if not self.faces:
            return ("no face",)
        seen = (
            (self.front, "no photo from the front"),
            (self.left, "none turned to the left"),
            (self.right, "none turned to the right"),
            (self.dim, "no dim photo"),
            (self.bright, "no bright photo"),
            (self.sharp, "no sharp photo"),
            (self.large, "no photo from near by"),
        )
        return tuple(words for count, words in seen if not count)

    @property
    def wanted(self) -> int:
        """How many more photos would help: one for each gap, and enough in all."""
        return max(ENOUGH - self.faces, len(self.gaps), 0)


def coverage(catalogue: Catalogue, quality_key: str) -> list[PersonCoverage]:
    """Return what the measured photos of each person show, sorted by name; strangers are left out.

    Args:
        catalogue: Of the dataset.
        quality_key: `core.quality.quality_key`.
    """
    query = """SELECT u.person, q.status = 'face', q.yaw, q.brightness, q.sharpness, q.face_size
               FROM used u LEFT JOIN qualities q ON q.key = ? AND q.sha256 = u.sha256 ORDER BY u.person"""
    with catalogue.reading() as connection:
        rows = connection.execute(query, (quality_key,)).fetchall()
    people = ((person, list(some)) for person, some in groupby(rows, key=lambda row: row[0]))
    return [_of_person(person, some) for person, some in people if not are_strangers(person)]


def _of_person(person: str, rows: Sequence[tuple[Any, ...]]) -> PersonCoverage:
    faces = np.array([row[2:] for row in rows if row[1]], np.float64).reshape(-1, 4)
    if not len(faces):
        return PersonCoverage(person, len(rows), 0)
    yaw, brightness, sharpness, size = faces.T
    usual = float(np.median(brightness))
    return PersonCoverage(
        person=person,
        photos=len(rows),
        faces=len(faces),
        left=_count(yaw <= -SIDE),
        front=_count(np.abs(yaw) < SIDE),
        right=_count(yaw >= SIDE),
        dim=_count(brightness <= (1 - LIGHT) * usual),
        bright=_count(brightness >= (1 + LIGHT) * usual),
        sharp=_count(sharpness >= BLURRY),
        large=_count(size >= SMALL),
        yaw=_range(yaw),
        brightness=_range(brightness),
        sharpness=_range(sharpness),
        size=_range(size),
    )


def _count(which: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(which))


def _range(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())


def shopping_list(people: Iterable[PersonCoverage]) -> list[str]:
    """Return a sentence for each person who lacks photos, those who need most first."""
    lacking = sorted((each for each in people if each.wanted), key=lambda each: (-each.wanted, each.person))
    return [_sentence(each) for each in lacking]


def _sentence(person: PersonCoverage) -> str:
    few = [f"only {person.faces} of {ENOUGH} faces"] if 0 < person.faces < ENOUGH else []
    more = f"{person.wanted} more photo{'s' if person.wanted > 1 else ''} would help"
    return f"{person.person}: {', '.join([*few, *person.gaps])}; {more}."
