"""Is the difference between two shares more than chance?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals import CONFIDENCE, Interval, wilson

Counted = tuple[int, int]  # how many were right, of how many


def newcombe(first: Counted, second: Counted) -> Interval | None:
    """Return the interval of the first share minus the second, -1..1; None where one of them counts nothing.

    Args:
        first, second: Of different photos.

    Source:
        Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998,
        method 10.
    """
    one, other = wilson(*first), wilson(*second)
    if one is None or other is None:
        return None
    left, right = first[0] / first[1], second[0] / second[1]
    down = ((left - one.low) ** 2 + (other.high - right) ** 2) ** 0.5
    up = ((one.high - left) ** 2 + (right - other.low) ** 2) ** 0.5
    return Interval(left - right - down, left - right + up, "newcombe")


def mean_interval_by_t(values: Sequence[float]) -> Interval | None:
    """Return the interval of the mean of repeated measurements; None with fewer than two.

    Source:
        Student's t with (number of values - 1) degrees of freedom.
    """
    from scipy.special import stdtrit

    if len(values) < 2:
        return None
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * spread / len(values) ** 0.5
    return Interval(mean - reach, mean + reach, "student")


def chance_of_worse(part: Counted, rest: Counted) -> float:
    """Return how often chance alone would leave `part` with so few right photos or fewer, if it were as easy as `rest`.

    Source:
        Fisher's exact test, one-sided: the hypergeometric distribution; Fisher, "The Logic of Inductive Inference", Journal
        of the Royal Statistical Society 98, 1935.
    """
    right, count = part[0] + rest[0], part[1] + rest[1]
    hits = np.arange(max(0, right - rest[1]), part[0] + 1)
    # In logarithms: whole numbers of ways to choose among thousands of photos would take a second to count.
    ways = _log_ways(right, hits) + _log_ways(count - right, part[1] - hits) - _log_ways(count, np.array([part[1]]))
    return float(min(1.0, np.exp(ways).sum()))


def _log_ways(count: int, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the logarithm of the number of ways to choose so many of `count`."""
    from scipy.special import gammaln

    return np.asarray(gammaln(count + 1) - gammaln(chosen + 1) - gammaln(count - chosen + 1))
