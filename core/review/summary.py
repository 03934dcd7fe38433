"""The figures of judged photos, each with the range that chance gives it, and what they have to be compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.calibration import error_interval, reliability
from core.evaluation.intervals import Interval, mean_interval, person_intervals, wilson
from core.review.judged import Judged
from core.runs import Run
from core.runs.openset import read_openset

FEW_PHOTOS = 5


@dataclass(frozen=True)
class Measure:
    """One figure.

    Attributes:
        value: None where it cannot be had.
        interval: In which the true figure lies with 95% certainty; None without a value.
        count: How many photos or faces it rests on.
    """

    value: float | None
    interval: Interval | None
    count: int


@dataclass(frozen=True)
class Summary:
    """What the top of the Evaluate page says.

    Attributes:
        strangers_named: Share of strangers' faces that get a name.
        chance, majority: Accuracy of naming people at random, and of always naming the person with the most photos.
        people: How many people have photos here.
        few: Those of them who have fewer than 5.
    """

    accuracy: Measure
    balanced_accuracy: Measure
    macro_f1: Measure
    top3: Measure
    log_loss: Measure
    calibration_error: Measure
    strangers_named: Measure
    chance: float
    majority: float
    people: int
    few: tuple[str, ...]


def summarise(run: Run, judged: Judged) -> Summary:
    """Return the figures of judged photos with their intervals; the same photos always give the same ones.

    Raises:
        RunError: there is no photo to judge by.
    """
    report = judged.report
    photos, faces = judged.photos, len(judged.labels)
    labels = np.concatenate([judged.labels, judged.no_face_labels])
    nobody = np.full(len(judged.no_face), len(judged.people))
    balanced, macro = person_intervals(labels, np.concatenate([judged.predicted, nobody]), len(judged.people))
    shown = [each for each in report.per_person if each.support]
    return Summary(
        _share(int(np.trace(report.confusion)), photos),
        _measure(report.balanced_accuracy, balanced, photos),
        _measure(report.macro_f1, macro, photos),
        _share(round(report.top3 * photos), photos),
        _measure(report.log_loss, mean_interval(_surprises(judged)), faces),
        _calibration(judged),
        _strangers(run, judged),
        report.chance,
        report.majority,
        len(shown),
        tuple(each.person for each in shown if each.support < FEW_PHOTOS),
    )


def _share(hits: int, count: int) -> Measure:
    return Measure(hits / count if count else None, wilson(hits, count), count)


def _measure(value: float | None, interval: Interval | None, count: int) -> Measure:
    if value is None or interval is None:
        return Measure(value, None, count)
    return Measure(value, interval.around(value), count)


def _surprises(judged: Judged) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    own = judged.probabilities[np.arange(len(judged.labels)), judged.labels].astype(np.float64)
    return np.asarray(-np.log(np.clip(own, np.finfo(float).eps, 1)))


def _calibration(judged: Judged) -> Measure:
    found = reliability(judged.logits, judged.labels)
    return Measure(found.error if found else None, error_interval(judged.logits, judged.labels), len(judged.labels))


def _strangers(run: Run, judged: Judged) -> Measure:
    """Return what strangers among the photos were called or, where there are none, those of the run's own test."""
    if judged.strangers.faces:
        return _share(judged.strangers.named, len(judged.strangers.faces))
    lines = run.thresholds if judged.key in ("test", "validation") else None
    if lines is not None and lines.automatic is not None:  # set by hand: counted anew
        scores = read_openset(run)
        cost = scores.cost(lines) if scores is not None else None
        return _share(cost.strangers_named, cost.strangers) if cost and cost.strangers else Measure(None, None, 0)
    curve = lines.curve if lines else None
    if curve is None:
        return Measure(None, None, 0)
    named = round(run.settings.openset.stranger_rate * curve.strangers)
    return _share(named, curve.strangers)
