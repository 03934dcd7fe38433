"""How right a network can be at best when some of the names that it is judged by are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import Interval, wilson

Labels = npt.NDArray[np.integer[Any]]
Shares = npt.NDArray[np.floating[Any]]

_ROUNDING = 1e-6  # the mean of equal probabilities may be a little larger than each


@dataclass(frozen=True, eq=False)
class SecondOpinion:
    """What networks say about N photos that they have not learnt from.

    Attributes:
        labels: int (N,), whom each photo is filed under.
        likely: int (N,), the most probable person.
        own: (N,), probability of the name that it has, 0..1.
        likely_probability: (N,), of the most probable person, 0..1.
    """

    labels: Labels
    likely: Labels
    own: Shares
    likely_probability: Shares

    @classmethod
    def of(cls, probabilities: Shares, labels: Labels) -> SecondOpinion:
        """Return what whole answers, (N, C), say about the labels, int (N,)."""
        own = probabilities[np.arange(len(labels)), labels]
        return cls(labels, probabilities.argmax(axis=1), own, probabilities.max(axis=1))


@dataclass(frozen=True)
class Ceiling:
    """How many names are probably wrong.

    Attributes:
        photos: How many were looked at.
        wrong: Photos that clearly look like somebody else.
        right: Photos that clearly look like the person whose name they have.
        share: Estimated share of wrong names, 0..1; None where nothing is clear.
        interval: Of that share, 95%.
    """

    photos: int
    wrong: int
    right: int
    share: float | None
    interval: Interval | None

    @property
    def best(self) -> float | None:
        """The accuracy that nobody can exceed honestly: that of always telling the truth."""
        return None if self.share is None else 1 - self.share

    @property
    def best_interval(self) -> Interval | None:
        """The interval of `best`."""
        return None if self.interval is None else Interval(1 - self.interval.high, 1 - self.interval.low, self.interval.method)

    def words(self) -> str:
        """Say what it means; empty where nothing is clear."""
        if self.share is None or self.interval is None:
            return ""
        return (
            f"About {self.share:.1%} of the names that it was judged by are probably wrong (95%: {self.interval.low:.1%} to "
            f"{self.interval.high:.1%}), so nobody can honestly exceed an accuracy of {1 - self.share:.1%}."
        )


def estimate_ceiling(opinion: SecondOpinion, judged: npt.NDArray[np.bool_]) -> Ceiling:
    """Estimate how many of the names of judged photos are wrong.

    A photo clearly looks like a person whose probability is at least what photos filed under that person have on average.
    Photos that look like nobody clearly say nothing; the share among the clear ones is taken for that of all.

    Args:
        opinion: About all photos of the dataset, as they decide what is clear.
        judged: bool (N,), which of them are the judged ones.

    Source:
        The confident joint of Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels" (arXiv
        1911.00068), counted over all people together; the interval by Wilson.
    """
    usual = _usual_probability(opinion) - _ROUNDING
    other = opinion.likely != opinion.labels
    clearly_other = other & (opinion.likely_probability >= usual[opinion.likely])
    clearly_own = ~clearly_other & (opinion.own >= usual[opinion.labels])
    wrong, right = int((clearly_other & judged).sum()), int((clearly_own & judged).sum())
    clear = wrong + right
    return Ceiling(int(judged.sum()), wrong, right, wrong / clear if clear else None, wilson(wrong, clear))


def _usual_probability(opinion: SecondOpinion) -> npt.NDArray[np.float64]:
    """Return the mean probability that photos filed under each person have for them, float64 (C,); 1 without a photo."""
    people = int(max(opinion.labels.max(initial=-1), opinion.likely.max(initial=-1))) + 1
    counts = np.bincount(opinion.labels, minlength=people)
    sums = np.bincount(opinion.labels, weights=opinion.own, minlength=people)
    return np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)
