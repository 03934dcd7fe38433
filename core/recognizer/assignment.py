"""Each person at most once in a photo: which face gets which name, where several would like the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
NOBODY = -1
SMALLEST_GAIN = 1e-6  # a name that the lines allow is always worth a little more than none
SMALLEST_LINE = 1e-3  # keeps a line at probability 0 from making any name worth infinitely much


def give_once(probabilities: Floats, scores: Floats, unknown: float, scale: float | None = None) -> npt.NDArray[np.int64]:
    """Return whom each face is given, int64 (N,), nobody twice; `NOBODY` where no name is left for it.

    Of all ways to give out the names, the one with the largest sum of gains is taken. The gain of a name is a logarithm
    of odds: how much surer than the line for unknown the face is that it shows a known person at all, and how probable the
    name is beside the face's most probable one. No name gains 0. So without a quarrel every face keeps its most probable
    name, and in a quarrel the surer face wins.

    Args:
        probabilities: float32 (N, P), of each person for each face.
        scores: float32 (N, P), what the lines are compared with; see `core.openset.Thresholds.score`.
        unknown: The line below which a name may not be given.
        scale: How many logarithms of odds a similarity of 1 is worth; None where scores are probabilities.

    Source:
        The assignment problem: Kuhn 1955; solved as in Crouse 2016 (`scipy.optimize.linear_sum_assignment`).
    """
    faces = len(probabilities)
    given = np.full(faces, NOBODY, np.int64)
    allowed = _allowed(probabilities, scores, unknown)
    people = np.flatnonzero(allowed.any(axis=0))
    if not len(people):
        return given
    from scipy.optimize import linear_sum_assignment

    gains = np.maximum(_gains(probabilities, scores, unknown, scale), SMALLEST_GAIN)[:, people]
    gains[~allowed[:, people]] = -1  # worse than nobody, of whom there are enough for all
    rows, columns = linear_sum_assignment(np.column_stack([gains, np.zeros((faces, faces))]), maximize=True)
    named = columns < len(people)
    given[rows[named]] = people[columns[named]]
    return given


def _allowed(probabilities: Floats, scores: Floats, unknown: float) -> npt.NDArray[np.bool_]:
    """Return which names may be given, bool (N, P): none to a face that would be unknown if it were alone."""
    best = probabilities.argmax(axis=1)
    known = scores[np.arange(len(scores)), best] >= unknown
    return np.asarray((scores >= unknown) & known[:, None])


def _gains(probabilities: Floats, scores: Floats, unknown: float, scale: float | None) -> npt.NDArray[np.float64]:
    exact = np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(exact))
    most = exact[rows, best]
    if scale is None:
        sure = np.log(most / max(unknown, SMALLEST_LINE))
    else:
        sure = scale * (scores[rows, best].astype(np.float64) - unknown)
    return np.asarray(np.maximum(sure, 0)[:, None] + np.log(exact / most[:, None]))
