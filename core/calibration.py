"""Probabilities that mean what they say: of the faces named with 80%, 80% should be named right."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import CONFIDENCE, Interval, resamples
from core.models import softmax

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]

FEWEST_FACES = 30  # with fewer, chance would decide
LOWEST, HIGHEST = 0.05, 20.0
# Before any face is seen, the logarithm of the temperature is held to be normally distributed about 0 with this deviation.
PRIOR_DEVIATION = 0.3
# By how much the faces have to be likelier with another temperature than with 1, as a difference of logarithms: half of the
# 95% point of chi squared. Of a few hundred faces with two mistakes, both may be wrong labels.
CLEAR_GAIN = 1.92


@dataclass(frozen=True)
class Temperature:
    """What the logits are divided by before they become probabilities.

    Attributes:
        value: Above 1 the network was too sure of itself, below 1 not sure enough.
        faces: How many validation faces it was fitted on; 0 where there were too few.
        source: One sentence for the page.
    """

    value: float
    faces: int
    source: str

    def to_json(self) -> dict[str, Any]:
        """Return the temperature as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Temperature:
        """Rebuild a temperature from `to_json`."""
        return cls(**values)


@dataclass(frozen=True)
class Reliability:
    """How far probabilities are from the truth.

    Attributes:
        error: Expected calibration error, 0..1: the mean distance between how sure and how right, over all faces.
        log_loss: Mean of -ln(probability of the right person).
        bins: (mean probability of the named person, share named right, faces) of each group of faces, rising.
    """

    error: float
    log_loss: float
    bins: tuple[tuple[float, float, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reliability:
        """Rebuild the figures from `to_json`."""
        return cls(values["error"], values["log_loss"], tuple((row[0], row[1], int(row[2])) for row in values["bins"]))


def fit_temperature(logits: Floats, labels: Labels) -> Temperature:
    """Return the temperature with which validation faces are least surprising, or 1 where another is not clearly better.

    Its logarithm is held near 0 as if by a few faces, so that a handful of perfectly named faces does not call for certainty.

    Args:
        logits: float32 (V, C), of validation faces, by a network that has not learnt from them.
        labels: int (V,), who they show.

    Source:
        Guo et al., "On calibration of modern neural networks" (arXiv 1706.04599), with a log-normal prior and a likelihood
        ratio test.
    """
    from scipy.optimize import minimize_scalar

    if len(labels) < FEWEST_FACES:
        return Temperature(1.0, 0, f"Not adjusted: {len(labels)} validation faces, {FEWEST_FACES} are needed.")

    def surprise(log_temperature: float) -> float:
        prior = log_temperature**2 / (2 * PRIOR_DEVIATION**2)
        return _negative_log_likelihood(logits, labels, float(np.exp(log_temperature))) * len(labels) + prior

    found = minimize_scalar(surprise, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    if surprise(0.0) - found.fun < CLEAR_GAIN:
        return Temperature(1.0, len(labels), f"Left at 1: {len(labels)} validation faces give no clear reason to change it.")
    return Temperature(float(np.exp(found.x)), len(labels), f"Adjusted on {len(labels)} validation faces.")


def _negative_log_likelihood(logits: Floats, labels: Labels, temperature: float) -> float:
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    own = scaled[np.arange(len(labels)), labels]
    return float((np.log(np.exp(scaled).sum(axis=1)) - own).mean())


def reliability(logits: Floats, labels: Labels, temperature: float = 1.0, bins: int = 15) -> Reliability | None:
    """Return how well the probability of the named person agrees with how often the name is right; None without faces.

    The faces are ranked by that probability and cut into groups of equal size, so no group is empty or rests on chance
    more than another.

    Args:
        logits: float32 (N, C).
        labels: int (N,), who the faces show.
        temperature: What the logits are divided by first.
        bins: How many groups, fewer where there are fewer faces.

    Source:
        Expected calibration error with equal-mass bins: Nixon et al., "Measuring calibration in deep learning"
        (arXiv 1904.01685).
    """
    if not len(labels):
        return None
    probabilities = softmax(np.asarray(logits / temperature, np.float32))
    sure, right = probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == labels
    groups = np.array_split(np.argsort(sure, kind="stable"), min(bins, len(labels)))
    found = tuple((float(sure[group].mean()), float(right[group].mean()), len(group)) for group in groups)
    error = sum(abs(confidence - accuracy) * count for confidence, accuracy, count in found) / len(labels)
    return Reliability(error, _negative_log_likelihood(logits, labels, temperature), found)


def error_interval(logits: Floats, labels: Labels, bins: int = 15, seed: int = 0) -> Interval | None:
    """Return the 95% interval of the calibration error of `reliability`, by drawing the faces again; None without faces.

    Chance alone makes an error: each draw has that of the faces and once more its own. So the draws' values lie too high by
    about as much as the measured one does, and the interval is mirrored at it, and stretched to hold it. Where a network
    without any error would show so large a one often enough, the interval begins at 0.

    Args:
        logits: float32 (N, C), calibrated.
        labels: int (N,), who the faces show.
        bins: How many groups, as in `reliability`.
        seed: Of the draws.

    Source:
        The basic bootstrap: Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 5.2. Answers drawn
        as if the network were right: Bröcker and Smith, "Increasing the reliability of reliability diagrams", 2007.
    """
    found = reliability(logits, labels, bins=bins)
    if found is None:
        return None
    probabilities = softmax(logits)
    order = np.argsort(probabilities.max(axis=1), kind="stable")
    sure = probabilities.max(axis=1).astype(np.float64)[order]
    gap = sure - (probabilities.argmax(axis=1) == labels)[order]
    starts = np.cumsum([0, *(count for _, _, count in found.bins[:-1])])
    rng = np.random.default_rng([seed, len(labels), 1])
    errors, by_chance = [], []
    for rows in resamples(len(labels), seed):
        rows.sort(axis=1)  # the faces are in the order of how sure the network was, and so are their draws
        errors.append(_errors(gap[rows], starts))
        by_chance.append(_errors(sure - (rng.random(rows.shape) < sure), starts))
    rare = (1 + CONFIDENCE) / 2
    low, high = (2 * found.error - each for each in np.quantile(np.concatenate(errors), [rare, 1 - rare]).tolist())
    if found.error <= np.quantile(np.concatenate(by_chance), rare):
        low = 0.0
    return Interval(max(0.0, low), max(0.0, high), "bootstrap").around(found.error)


def _errors(gaps: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the calibration error, (B,), of draws of sureness less rightness, (B, N), in groups that start at `starts`."""
    return np.asarray(np.abs(np.add.reduceat(gaps, starts, axis=1)).sum(axis=1) / gaps.shape[1])
