"""How far a figure may lie from the truth because only so many photos were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer[Any]]
Values = npt.NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 1000
DRAWS_AT_ONCE = 400_000  # numbers in memory; keeps tens of thousands of photos at a few megabytes


@dataclass(frozen=True)
class Interval:
    """The range in which the true figure lies with 95% certainty, and how it was found: "wilson" or "bootstrap"."""

    low: float
    high: float
    method: str

    def around(self, value: float) -> Interval:
        """Return the interval, stretched where it does not hold the measured value."""
        return Interval(min(self.low, value), max(self.high, value), self.method)


def wilson(hits: int, count: int) -> Interval | None:
    """Return the interval of the share `hits` / `count`; None where nothing was counted.

    Unlike the textbook's plus and minus it stays inside 0..1, and says something where all or none hit.

    Source:
        Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    from scipy.special import ndtri

    if not count:
        return None
    z = float(ndtri((1 + CONFIDENCE) / 2))
    share, weight = hits / count, z * z / count
    middle = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * (share * (1 - share) / count + weight / (4 * count)) ** 0.5
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    return Interval(low, 1.0 if hits == count else min(1.0, middle + reach), "wilson")


def percentiles(values: Values) -> Interval | None:
    """Return the range that holds the middle 95% of bootstrap values, (B,); None without any.

    Source:
        The percentile bootstrap: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    if not len(values):
        return None
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist()
    return Interval(low, high, "bootstrap")


def resamples(count: int, seed: int = 0, times: int = RESAMPLES) -> Iterator[Labels]:
    """Yield draws with replacement of `count` photos, int64 (B, count), until there were `times` rows; seeded."""
    rng = np.random.default_rng([seed, count])
    at_once = max(1, DRAWS_AT_ONCE // max(count, 1))
    for start in range(0, times, at_once):
        yield rng.integers(0, count, (min(at_once, times - start), count))


def person_intervals(labels: Labels, named: Labels, classes: int, seed: int = 0) -> tuple[Interval | None, Interval | None]:
    """Return the intervals of balanced accuracy and of macro F1, by drawing the photos again and again.

    Where every photo is named right, or none is, all draws are alike and say nothing: then the one of accuracy stands in,
    as all three figures are equal.

    Args:
        labels: int (N,), the true person of each photo.
        named: int (N,), the person it was named as; `classes` for nobody.
        classes: How many people there are.
        seed: Of the draws.
    """
    right = labels == named
    if right.all() or not right.any():
        same = wilson(int(right.sum()), len(labels))
        return same, same
    balanced: list[Values] = []
    macro: list[Values] = []
    for rows in resamples(len(labels), seed):
        weights = _weights(rows, len(labels))
        support = _sums(weights, labels, classes)
        names = _sums(weights, named, classes)
        hits = _sums(weights * right, labels, classes)
        shown = support > 0
        people = shown.sum(axis=1)
        balanced.append((hits / np.maximum(support, 1)).sum(axis=1) / people)
        macro.append((2 * hits / np.maximum(support + names, 1) * shown).sum(axis=1) / people)
    return percentiles(np.concatenate(balanced)), percentiles(np.concatenate(macro))


def mean_interval(values: Values, seed: int = 0) -> Interval | None:
    """Return the interval of the mean of `values`, (N,), by drawing them again and again; None without any."""
    if not len(values):
        return None
    return percentiles(np.concatenate([values[rows].mean(axis=1) for rows in resamples(len(values), seed)]))


def _weights(rows: Labels, count: int) -> Values:
    """Return how often each photo was drawn, (B, count)."""
    flat = (rows + np.arange(len(rows))[:, None] * count).ravel()
    return np.bincount(flat, minlength=len(rows) * count).reshape(len(rows), count).astype(np.float64)


def _sums(weights: Values, groups: Labels, classes: int) -> Values:
    """Add up the weights, (B, N), of each group: (B, classes); groups of `classes` and above are left out."""
    order = np.argsort(groups, kind="stable")
    ends = np.searchsorted(groups[order], np.arange(classes + 1))
    sums = np.concatenate([np.zeros((len(weights), 1)), weights[:, order].cumsum(axis=1)], axis=1)
    return np.asarray(np.diff(sums[:, ends], axis=1))
