"""Accuracy on groups of photos that share a quality: dark and bright, blurred and sharp, small and large, turned or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.differences import chance_of_worse
from core.evaluation.intervals import Interval, wilson

Values = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]

FALSE_ALARM = 0.05  # how often sets of photos without any weak group get a warning
FEWEST = 5  # photos; of smaller groups nothing is said


@dataclass(frozen=True)
class Kind:
    """One quality by which photos are grouped.

    Attributes:
        title: As pages show it.
        names: Of the groups, from low to high values.
        edges: Where one group ends and the next begins; empty: where they become equally large.
        unit: How a value is written, with one place for it.
        factor: What values are multiplied by before they are written.
    """

    title: str
    names: tuple[str, ...]
    edges: tuple[float, ...] = ()
    unit: str = "{:.2f}"
    factor: float = 1.0


KINDS: Mapping[str, Kind] = {
    "brightness": Kind("Brightness", ("Dark", "Medium", "Bright"), unit="{:.0f}%", factor=100),
    "sharpness": Kind("Sharpness", ("Soft", "Medium", "Sharp"), unit="{:.2f}"),
    "size": Kind("Size", ("Small", "Medium", "Large"), unit="{:.0f} px"),
    # A head turned by 15 degrees still shows both sides of the face, by 40 one eye begins to hide.
    "pose": Kind("Pose", ("Frontal", "Half turned", "Far turned"), (15.0, 40.0), "{:.0f}°"),
}


@dataclass(frozen=True)
class Band:
    """The photos of one group.

    Attributes:
        name: Of the group.
        low, high: The range of its values as text; empty at an open end.
        photos, right: How many there are, and how many of them were named right.
        interval: Of the accuracy, 95%; None without photos.
        worse: Whether it is worse than all others by more than chance explains.
    """

    name: str
    low: str
    high: str
    photos: int
    right: int
    interval: Interval | None
    worse: bool

    @property
    def accuracy(self) -> float | None:
        """Share named right; None without photos."""
        return self.right / self.photos if self.photos else None

    @property
    def range(self) -> str:
        """The range of its values in words."""
        if self.low and self.high:
            return f"{self.low} to {self.high}"
        return f"from {self.low}" if self.low else f"below {self.high}" if self.high else "all"


@dataclass(frozen=True)
class Slicing:
    """The photos grouped by one quality.

    Attributes:
        kind: A name in `KINDS`.
        bands: The groups, from low to high values; those without a photo are left out.
        unmeasured: How many photos have no such value.
    """

    kind: str
    bands: tuple[Band, ...]
    unmeasured: int

    @property
    def title(self) -> str:
        """What the photos are grouped by."""
        return KINDS[self.kind].title


def warnings(found: Sequence[Slicing]) -> list[str]:
    """Return a sentence for each group that is clearly worse than the other photos."""
    return [
        f"{each.title}, {band.name.lower()} ({band.range}): {band.right / band.photos:.1%} of {band.photos} photos right. "
        "That is clearly worse than the others."
        for each in found
        for band in each.bands
        if band.worse
    ]


def slice_photos(values: Mapping[str, Values], right: Flags) -> tuple[Slicing, ...]:
    """Group photos by each quality, and mark the groups that are clearly worse than the other photos.

    Args:
        values: By a name in `KINDS`, (N,) each; not a number where it was not measured.
        right: bool (N,), which photos were named right.

    Source:
        One-sided exact test of each group against all others; Bonferroni's correction for the number of groups.
    """
    measured = {kind: np.asarray(each, np.float64) for kind, each in values.items()}
    grouped = {kind: _grouped(KINDS[kind], each) for kind, each in measured.items()}
    tests = sum(len(groups) for groups in grouped.values() if len(groups) > 1)
    return tuple(
        Slicing(kind, _bands(groups, right, max(tests, 1)), int(np.isnan(measured[kind]).sum()))
        for kind, groups in grouped.items()
    )


Group = tuple[str, str, str, Flags]  # name, lowest and highest value as text, which photos


def _grouped(kind: Kind, values: npt.NDArray[np.float64]) -> list[Group]:
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    if not kind.edges and known.min() == known.max():
        return [("All alike", "", "", ~np.isnan(values))]
    edges = kind.edges or tuple(np.quantile(known, [1 / 3, 2 / 3]).tolist())
    place = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
    texts = ["", *(kind.unit.format(edge * kind.factor) for edge in edges), ""]
    groups = [(name, texts[at], texts[at + 1], place == at) for at, name in enumerate(kind.names)]
    return [group for group in groups if group[3].any()]


def _bands(groups: Sequence[Group], right: Flags, tests: int) -> tuple[Band, ...]:
    hits = [int((right & inside).sum()) for *_, inside in groups]
    counts = [int(inside.sum()) for *_, inside in groups]
    bands = []
    for (name, low, high, _), hit, count in zip(groups, hits, counts, strict=True):
        rest = sum(hits) - hit, sum(counts) - count
        odds = chance_of_worse((hit, count), rest) if rest[1] and count >= FEWEST else 1.0
        bands.append(Band(name, low, high, count, hit, wilson(hit, count), odds * tests < FALSE_ALARM))
    return tuple(bands)
