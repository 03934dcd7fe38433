"""Strangers against known faces: at which line how many of either get a name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.floating[Any]]

RATES = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)


@dataclass(frozen=True)
class StrangerCurve:
    """What was seen when faces of strangers were shown to a run.

    Attributes:
        strangers, known: How many faces of strangers and of known people.
        people: How many different strangers; 0 where that is not known.
        auroc: How well the score tells them apart: the chance that a known face scores higher than a stranger's. None
            without known faces.
        points: (share of strangers with a name, line, share of known faces named and named right), shares rising; the last
            is None without known faces.
    """

    strangers: int
    known: int
    people: int
    auroc: float | None
    points: tuple[tuple[float, float, float | None], ...]

    def line_for(self, rate: float) -> float:
        """Return the line at which this share of strangers, and no more, should get a name; interpolated between points."""
        rates, lines, _ = zip(*self.points, strict=True)
        return float(np.interp(np.log(rate), np.log(rates), lines))

    def named_at(self, rate: float) -> float | None:
        """Return the share of known faces that are named, and named right, at that line; None without known faces."""
        rates, _, named = zip(*self.points, strict=True)
        if None in named:
            return None
        return float(np.interp(np.log(rate), np.log(rates), named))

    def to_json(self) -> dict[str, Any]:
        """Return the curve as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StrangerCurve:
        """Rebuild a curve from `to_json`."""
        return cls(**{**values, "points": tuple((row[0], row[1], row[2]) for row in values["points"])})


def stranger_curve(
    known: Scores, right: npt.NDArray[np.bool_], strangers: Scores, shown: npt.NDArray[np.integer[Any]] | None = None
) -> StrangerCurve:
    """Compare the scores of known faces, of which there may be none, with those of strangers.

    Args:
        known: (N,), open-set scores of known faces, high where the face looks known.
        right: bool (N,), whether the most probable person is the right one.
        strangers: (M,), scores of strangers' faces.
        shown: int (M,), which stranger each face shows; the lines then allow for strangers unlike those few. None: not
            known, or so many that they stand for all.

    Raises:
        ValueError: there is no stranger.
    """
    if not len(strangers):
        raise ValueError("there is no stranger to compare with")
    known = np.asarray(known, np.float64)  # compared exactly, as `decide` does
    points: list[tuple[float, float, float | None]] = []
    for rate in RATES:
        line = line_at(strangers, rate)
        if shown is not None:
            line = max(line, prediction_line(strangers, shown, rate))
        points.append((rate, line, float(((known >= line) & right).mean()) if len(known) else None))
    area = auroc(known, strangers) if len(known) else None
    people = 0 if shown is None else len(np.unique(shown))
    return StrangerCurve(len(strangers), len(known), people, area, tuple(points))


def prediction_line(strangers: Scores, shown: npt.NDArray[np.integer[Any]], rate: float) -> float:
    """Return the line above which a face of one more stranger lies with a chance of about `rate`.

    The highest of a few strangers' scores says little about the next one, who may look more like a known person than any of
    them. So the scores are taken as normally distributed, about a mean of each stranger's own, and the number of strangers
    decides how far their spread can be trusted. On six to twelve people of three datasets 2% or fewer of the others got a
    name where 1% should; by the highest scores alone 3% to 15% did.

    Args:
        strangers: (M,), scores of strangers' faces.
        shown: int (M,), which stranger each face shows.
        rate: 0..1.

    Returns:
        -inf for a single stranger, of whom nothing can be predicted.

    Source:
        The one-sided prediction interval of a normal sample, with Student's t: Hahn and Meeker, "Statistical Intervals".
    """
    from scipy.stats import t as student

    scores = np.asarray(strangers, np.float64)
    groups = [scores[shown == person] for person in np.unique(shown)]
    if len(groups) < 2:
        return float("-inf")
    means = np.array([group.mean() for group in groups])
    spread = np.sqrt(means.var(ddof=1) + np.mean([group.var() for group in groups]))
    return float(means.mean() + student.ppf(1 - rate, len(groups) - 1) * spread * np.sqrt(1 + 1 / len(groups)))


def line_at(strangers: Scores, rate: float) -> float:
    """Return the line at which at most `rate` of the strangers score: just above the first that has to stay below."""
    falling = np.sort(np.asarray(strangers, np.float64))[::-1]
    allowed = int(np.floor(rate * len(falling) + 1e-9))
    if allowed >= len(falling):
        return float(falling[-1])
    return float(np.nextafter(falling[allowed], np.inf))


def auroc(high: Scores, low: Scores) -> float:
    """Return the chance that one of `high` lies above one of `low`; ties count half.

    Source:
        Mann and Whitney's U over the number of pairs: the area under the receiver operating characteristic.
    """
    rising = np.sort(low)
    below = np.searchsorted(rising, high, side="left") + np.searchsorted(rising, high, side="right")
    return float(below.sum() / (2 * len(high) * len(low)))
