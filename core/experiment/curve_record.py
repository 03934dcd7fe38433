"""A learning curve as it is kept in a run: what was measured, what it forecasts, and that in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import RunError
from core.evaluation.forecast import Draw, forecast
from core.evaluation.intervals import Interval, wilson
from core.runs import layout
from core.runs.run import damage_named
from core.storage import read_json

SCHEMA_VERSION = 1
TIMES = (1.0, 1.5, 2.0)  # of the photos that the run has
CLEAR = 0.02  # accuracy that twice the photos have to bring at least before they are recommended
MOST_NAMED = 5  # people in one sentence


@dataclass(frozen=True)
class Point:
    """One accuracy.

    Attributes:
        share: Of the photos: up to 1 measured on a part of them, above 1 forecast; None where it is no share of anything.
        photos: Photos that teach, per person on average.
        accuracy, low, high: 0..1, with the 95% interval.
    """

    share: float | None
    photos: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class PersonCurve:
    """What more photos would bring one person.

    Attributes:
        photos: How many taught or chose.
        judged: How many judged in the draws.
        measured: Accuracy with all photos of the draws; None where none judged.
        forecast: At 1, 1.5 and 2 times the photos; empty where none judged.
    """

    person: str
    photos: int
    judged: int
    measured: float | None
    forecast: tuple[Point, ...]

    @property
    def gain(self) -> float:
        """What twice the photos are expected to bring, 0..1."""
        return self.forecast[-1].accuracy - self.forecast[0].accuracy if self.forecast else 0.0


@dataclass(frozen=True)
class LearningCurve:
    """A learning curve.

    Attributes:
        measured: From few photos to all.
        forecast: At 1, 1.5 and 2 times the photos that the run has learnt from.
        people: Each person.
        draws: How many times photos were drawn.
        judged: How many photos judged, all draws together.
        seconds: What it took.
    """

    measured: tuple[Point, ...]
    forecast: tuple[Point, ...]
    people: tuple[PersonCurve, ...]
    draws: int
    judged: int
    seconds: float

    @property
    def would_gain(self) -> tuple[PersonCurve, ...]:
        """The people whom more photos would help, the most helped first."""
        found = [each for each in self.people if each.gain >= CLEAR]
        return tuple(sorted(found, key=lambda each: (-each.gain, each.person)))

    def words(self) -> list[str]:
        """Say what more photos would bring, and whose."""
        now, _, double = self.forecast
        range_of = f"between {_percent(double.low)} and {_percent(double.high)} with 95% certainty"
        said = [
            f"With twice the photos of everybody, about {_percent(double.accuracy)} would be named right instead of "
            f"{_percent(now.accuracy)} ({range_of})."
        ]
        helped = self.would_gain[:MOST_NAMED]
        if helped:
            each = ", ".join(f"{one.person} ({100 * one.gain:+.0f} points)" for one in helped)
            said.append(f"As far as the few photos of one person tell, most would be gained by more photos of {each}.")
        else:
            said.append("There is nobody whose name would clearly be found more often with more photos.")
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the curve as JSON values."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LearningCurve:
        """Rebuild a curve from `to_json`."""
        people = (PersonCurve(**{**each, "forecast": _points(each["forecast"])}) for each in values["people"])
        plain = {name: values[name] for name in ("draws", "judged", "seconds")}
        return cls(_points(values["measured"]), _points(values["forecast"]), tuple(people), **plain)


def _points(values: Sequence[Mapping[str, Any]]) -> tuple[Point, ...]:
    return tuple(Point(**each) for each in values)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def read_learning_curve(directory: Path) -> LearningCurve | None:
    """Return the learning curve of the run in `directory`; None where none was measured.

    Raises:
        RunError: the file is damaged or of a newer program.
    """
    path = directory / layout.LEARNING_CURVE
    with damage_named(path):
        values = read_json(path)
        if values is None:
            return None
        if values["schema_version"] > SCHEMA_VERSION:
            raise RunError(f"{path} was written by a newer Visage.", "Update Visage, then look again.")
        return LearningCurve.from_json(values)


def curve_of(
    shares: Sequence[float],
    photos: npt.NDArray[np.float64],
    draws: Sequence[Draw],
    people: Sequence[str],
    *,
    own: npt.NDArray[np.int64],
    seconds: float,
) -> LearningCurve:
    """Return what draws have shown, and what follows for more photos.

    Args:
        shares: S shares of the photos, rising.
        photos: float64 (S,), how many taught at each, per person on average.
        draws: What they have shown; in the order of `shares`.
        people: C names.
        own: int64 (C,), photos that the run has of each person.
        seconds: What it took.
    """
    right = np.concatenate([draw.right for draw in draws], axis=1)
    labels = np.concatenate([draw.labels for draw in draws])
    having = float(own.sum() / max(1, np.count_nonzero(own)))
    goals = [times * having for times in TIMES]
    found = forecast(photos.tolist(), draws, len(people), goals)
    measured = tuple(
        Point(share, float(count), *_share(int(row.sum()), len(row)))
        for share, count, row in zip(shares, photos, right, strict=True)
    )
    ahead = (
        Point(times, goal, float(value), interval.low, interval.high)
        for times, goal, value, interval in zip(TIMES, goals, found.overall, found.intervals, strict=True)
    )
    each = tuple(
        _person(name, int(own[label]), right[-1][labels == label], found.people[label], found.people_intervals[label])
        for label, name in enumerate(people)
    )
    return LearningCurve(tuple(measured), tuple(ahead), each, len(draws), right.shape[1], round(seconds, 3))


def _share(hits: int, count: int) -> tuple[float, float, float]:
    interval = wilson(hits, count) or Interval(0.0, 1.0, "wilson")
    return hits / max(count, 1), interval.low, interval.high


def _person(name: str, photos: int, right: Any, values: Any, bounds: Any) -> PersonCurve:
    if not len(right):
        return PersonCurve(name, photos, 0, None, ())
    points = zip(TIMES, values.tolist(), bounds.tolist(), strict=True)
    ahead = tuple(Point(times, times * photos, value, low, high) for times, value, (low, high) in points)
    return PersonCurve(name, photos, len(right), float(right.mean()), ahead)
