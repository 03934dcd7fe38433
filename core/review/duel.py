"""A duel: two runs on the same photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import RunError
from core.evaluation.comparing import Paired, compare_pairs
from core.review.judged import Judged


@dataclass(frozen=True)
class Side:
    """What one of the two runs said about a photo; nobody, None, where it found no face."""

    named: str | None
    probability: float
    right: bool


@dataclass(frozen=True)
class Disagreement:
    """A photo that only one of the two runs named right."""

    sha256: str
    path: str
    person: str
    first: Side
    second: Side


@dataclass(frozen=True)
class Duel:
    """Two runs on the photos that both were judged by.

    Attributes:
        paired: The counts, and whether the difference may be luck.
        disagreements: The photos that only one of them named right, the surest mistakes first.
        left_out: How many photos of the first run could not be compared: the second was not judged by them, or they were
            filed under another name then.
    """

    paired: Paired
    disagreements: tuple[Disagreement, ...]
    left_out: int

    def words(self, first: str, second: str) -> str:
        """Say who is better, and whether it may be luck.

        Args:
            first, second: What to call the two runs.
        """
        pairs = self.paired
        apart = pairs.only_first + pairs.only_second
        if not apart:
            return "Both are right about the very same photos."
        if not pairs.better:
            return f"They are level: of {apart} photos that only one of them names right, each has half."
        winner, loser = (first, second) if pairs.better == 1 else (second, first)
        more, fewer = max(pairs.only_first, pairs.only_second), min(pairs.only_first, pairs.only_second)
        counts = f"{winner} is right about {more} photos that {loser} gets wrong; the other way round it is {fewer}."
        chance = f"Two equally good networks would differ at least so much in {_often(pairs.p_value)} such comparisons."
        if pairs.clear:
            return f"{counts} {chance} So {winner} is better on photos like these."
        return f"{counts} {chance} So it may be luck: nobody knows yet which is better."


def _often(p_value: float) -> str:
    if p_value >= 0.995:
        return "nearly all"
    if p_value >= 0.01:
        return f"{100 * p_value:.0f} of 100"
    return f"{1000 * p_value:.0f} of 1,000" if p_value >= 0.001 else "fewer than 1 of 1,000"


def fight(first: Judged, second: Judged) -> Duel:
    """Compare two runs by the photos that both were judged by; a photo without a face is a mistake.

    Raises:
        RunError: there is no such photo.
    """
    ours, theirs = _answers(first), _answers(second)
    common = [each for each in ours if each in theirs and ours[each][1] == theirs[each][1]]
    if not common:
        raise RunError(
            "The two runs were not judged by the same photos.", "Choose two runs of the same dataset, split with the same seed."
        )
    rows = [(each, *ours[each][:2], ours[each][2], theirs[each][2]) for each in common]
    paired = compare_pairs(np.array([row[3].right for row in rows]), np.array([row[4].right for row in rows]))
    apart = [Disagreement(*row) for row in rows if row[3].right != row[4].right]
    return Duel(paired, tuple(sorted(apart, key=_sureness, reverse=True)), len(ours) - len(common))


def _sureness(found: Disagreement) -> float:
    return found.first.probability if not found.first.right else found.second.probability


def _answers(judged: Judged) -> dict[str, tuple[str, str, Side]]:
    """Return path, true person, and what was said of each photo."""
    people = judged.people
    sure = judged.probabilities.max(axis=1).tolist() if len(judged.labels) else []
    rows = zip(judged.sha256, judged.paths, judged.labels.tolist(), judged.predicted.tolist(), sure, strict=True)
    found = {
        sha256: (path, people[label], Side(people[named], probability, named == label))
        for sha256, path, label, named, probability in rows
    }
    faceless = {each.sha256: (each.path, people[each.label], Side(None, 0.0, False)) for each in judged.no_face}
    return found | faceless
