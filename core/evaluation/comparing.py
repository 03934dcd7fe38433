"""Two networks on the same photos: is one better, or was it luck?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
import numpy.typing as npt

UNLIKELY = 0.05


@dataclass(frozen=True)
class Paired:
    """What two networks did with the same photos.

    Attributes:
        both, neither: How many photos both, or none of the two, named right.
        only_first, only_second: How many only one of them named right.
        p_value: How often chance alone would tell two equally good networks apart at least so far.
    """

    both: int
    neither: int
    only_first: int
    only_second: int
    p_value: float

    @property
    def photos(self) -> int:
        """How many photos were compared."""
        return self.both + self.neither + self.only_first + self.only_second

    @property
    def first_accuracy(self) -> float:
        """Share of the photos that the first network named right."""
        return (self.both + self.only_first) / self.photos

    @property
    def second_accuracy(self) -> float:
        """Share of the photos that the second network named right."""
        return (self.both + self.only_second) / self.photos

    @property
    def better(self) -> int:
        """1 or 2: the network that named more photos right; 0 where both are level."""
        if self.only_first == self.only_second:
            return 0
        return 1 if self.only_first > self.only_second else 2

    @property
    def clear(self) -> bool:
        """Whether chance alone would rarely (in fewer than 1 of 20 cases) show such a difference."""
        return self.p_value < UNLIKELY


def compare_pairs(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> Paired:
    """Compare two networks by the photos on which they disagree.

    Args:
        first, second: bool (N,), which of the same photos each network named right.

    Raises:
        ValueError: there is no photo, or the counts differ.
    """
    if len(first) != len(second) or not len(first):
        raise ValueError(f"{len(first)} and {len(second)} answers cannot be paired")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return Paired(
        int((first & second).sum()), int((~first & ~second).sum()), only_first, only_second, mcnemar(only_first, only_second)
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    Of two equally good networks each is as likely to be the one that is right where only one is: a fair coin. The p-value is
    the chance that so many throws fall at least so unevenly.

    Source:
        McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12, 1947; exact form by the binomial distribution.
    """
    throws, fewer = only_first + only_second, min(only_first, only_second)
    ways = sum(comb(throws, k) for k in range(fewer + 1))  # whole numbers: exact for any count
    return min(1.0, float(Fraction(2 * ways, 2**throws)))  # as a fraction: 2**throws may be too large for a float
