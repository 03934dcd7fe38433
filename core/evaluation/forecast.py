"""What more training photos would bring: a power law through the errors that fewer photos have shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import CONFIDENCE, Interval, wilson

Floats = npt.NDArray[np.float64]

# How fast errors may fall. 0.5 is usual; 1 is as fast as a rare kind of photo gets covered by drawing more.
EXPONENTS = tuple(np.round(np.arange(0.2, 1.01, 0.1), 1).tolist())
RESAMPLES = 400


@dataclass(frozen=True, eq=False)
class Draw:
    """What one draw of training photos has shown.

    Attributes:
        right: bool (S, N), which of N photos were named right after learning from each of S shares of the photos.
        labels: int (N,), whom they show.
    """

    right: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Forecast:
    """What the power law says about larger numbers of photos, and how sure that is.

    Attributes:
        overall: float64 (T,), accuracy at each asked number of photos.
        intervals: Of each, 95%.
        people: float64 (C, T), of each person; not a number for people whom no photo judges.
        people_intervals: float64 (C, T, 2), low and high.
    """

    overall: Floats
    intervals: tuple[Interval, ...]
    people: Floats
    people_intervals: Floats


def fit_power_law(counts: Sequence[float] | Floats, errors: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit error = floor + height * count ** -exponent, floor and height at least 0, by least squares.

    Args:
        counts: (S,), numbers of training photos.
        errors: float64 (..., S), shares named wrong at each.

    Returns:
        floor, height and exponent, float64 (...) each.

    Source:
        The power law of learning curves: Cortes et al., "Learning Curves: Asymptotic Values and Rate of Convergence" (NIPS
        1993); with an exponent near 0.5: Hoiem et al., "Learning Curves for Analysis of Deep Networks" (arXiv 2010.11029).
    """
    fits = [fit_line(np.asarray(counts, float) ** -exponent, errors) for exponent in EXPONENTS]
    floors, heights, losses = (np.stack(each) for each in zip(*fits, strict=True))
    best = losses.argmin(axis=0)[None]
    picked = (np.take_along_axis(each, best, axis=0)[0] for each in (floors, heights))
    floor, height = picked
    return floor, height, np.asarray(EXPONENTS)[best[0]]


def fit_line(steps: Floats, errors: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit errors = floor + height * steps with both at least 0, and return floor, height and squared error, (...) each.

    Args:
        steps: float64 (S,) or (..., S).
        errors: float64 (..., S).
    """
    middle, mean = steps.mean(axis=-1), errors.mean(axis=-1)
    spread = ((steps - middle[..., None]) ** 2).sum(axis=-1)
    together = ((steps - middle[..., None]) * (errors - mean[..., None])).sum(axis=-1)
    slope = np.maximum(together / np.maximum(spread, 1e-30), 0)
    through_zero = (steps * errors).sum(axis=-1) / np.maximum((steps**2).sum(axis=-1), 1e-30)
    above = mean - slope * middle
    floor, height = np.where(above >= 0, above, 0.0), np.where(above >= 0, slope, through_zero)
    loss = ((errors - floor[..., None] - height[..., None] * steps) ** 2).sum(axis=-1)
    return floor, height, loss


def forecast(counts: Sequence[float], draws: Sequence[Draw], people: int, wanted: Sequence[float], seed: int = 0) -> Forecast:
    """Return accuracy at `wanted` numbers of training photos.

    People share the exponent of all together: the few photos of one person could not tell it. The intervals come from draws,
    and photos within each, drawn again and again with replacement; where nobody was ever named wrong that would always give
    1, so the interval of the share named right stands in.

    Args:
        counts: How many photos taught at each of S shares.
        draws: At least one, with N photos each.
        people: How many people there are, C.
        wanted: T numbers of photos.
        seed: Of the resampling.

    Source:
        The percentile bootstrap in two stages: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8, 13.
    """
    rng = np.random.default_rng([seed, 5])
    steps, goals = np.asarray(counts, float), np.asarray(wanted, float)
    overall, own = _predicted(*_errors(draws, people), steps, goals)
    again = [_predicted(*_errors(_redrawn(draws, rng), people), steps, goals) for _ in range(RESAMPLES)]
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.quantile(np.stack([each[0] for each in again]), tails, axis=0)
    with np.errstate(invalid="ignore"):
        spread = _quantiles(np.stack([each[1] for each in again]), tails)
    surely, each_surely = _never_wrong(draws, people)
    ranges = zip(overall.tolist(), np.minimum(low, surely).tolist(), high.tolist(), strict=True)
    intervals = tuple(Interval(left, right, "bootstrap").around(value) for value, left, right in ranges)
    bounds = np.stack([np.fmin(np.fmin(spread[0], own), each_surely[:, None]), np.fmax(spread[1], own)], axis=-1)
    return Forecast(overall, intervals, own, bounds)


def _never_wrong(draws: Sequence[Draw], people: int) -> tuple[float, Floats]:
    """Return the lower end of Wilson's interval for all, and for each person (C,), where no photo was named wrong; else 1."""
    labels = np.concatenate([draw.labels for draw in draws])
    missed = np.concatenate([~draw.right.all(axis=0) for draw in draws])
    shown, wrong = np.bincount(labels, minlength=people), np.bincount(labels[missed], minlength=people)
    return _least(int(shown.sum()), int(wrong.sum())), np.array([_least(*each) for each in zip(shown, wrong, strict=True)])


def _least(shown: int, wrong: int) -> float:
    found = wilson(int(shown), int(shown)) if not wrong else None
    return 1.0 if found is None else found.low


def _quantiles(values: Floats, tails: Sequence[float]) -> Floats:
    """Return the quantiles along the first axis; a person who is in no draw of a round is passed over in it."""
    known = ~np.isnan(values).all(axis=0)
    found = np.full((len(tails), *values.shape[1:]), np.nan)
    found[:, known] = np.nanquantile(values[:, known], tails, axis=0)
    return found


def _redrawn(draws: Sequence[Draw], rng: np.random.Generator) -> list[Draw]:
    chosen = [draws[place] for place in rng.integers(0, len(draws), len(draws)).tolist()]
    rows = [rng.integers(0, len(draw.labels), len(draw.labels)) for draw in chosen]
    return [Draw(draw.right[:, row], draw.labels[row]) for draw, row in zip(chosen, rows, strict=True)]


def _errors(draws: Sequence[Draw], people: int) -> tuple[Floats, Floats]:
    """Return the share named wrong at each share of the photos: of all (S,), and of each person (C, S)."""
    labels = np.concatenate([draw.labels for draw in draws])
    wrong = ~np.concatenate([draw.right for draw in draws], axis=1)
    sums = np.stack([np.bincount(labels, weights=row, minlength=people) for row in wrong.astype(float)], axis=1)
    shown = np.bincount(labels, minlength=people)[:, None]
    return wrong.mean(axis=1), np.where(shown > 0, sums / np.maximum(shown, 1), np.nan)


def _predicted(errors: Floats, own: Floats, counts: Floats, goals: Floats) -> tuple[Floats, Floats]:
    """Return the accuracies at `goals`: of all (T,), and of each person (C, T)."""
    floor, height, exponent = fit_power_law(counts, errors)
    floors, heights, _ = fit_line(counts ** -float(exponent), own)
    steps = goals ** -float(exponent)
    overall, people = 1 - floor - height * steps, 1 - floors[:, None] - heights[:, None] * steps
    return np.clip(overall, 0, 1), np.clip(people, 0, 1)
