"""The open-set scores of single faces, kept so that a line can be moved and its cost told without asking the network again."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.openset.thresholds import SCORES, Thresholds
from core.storage import write_whole

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
MOST_POINTS = 400  # of a curve; a screen shows no more


def _no_scores() -> Floats:
    return np.zeros(0, np.float32)


def _no_flags() -> Flags:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True)
class LineCost:
    """What a line does to faces.

    Attributes:
        strangers, strangers_named: How many faces of strangers there are, and how many of them get a name.
        known: How many faces of known people there are.
        right, wrong: How many of them get their right name, and a wrong one.
        unsure, unknown: How many of them are called unsure and unknown.
    """

    strangers: int
    strangers_named: int
    known: int
    right: int
    wrong: int
    unsure: int
    unknown: int

    def words(self) -> str:
        """Return the cost for a hundred faces of either kind."""
        parts = []
        if self.strangers:
            named = per_hundred(self.strangers_named, self.strangers)
            parts.append(f"Of 100 strangers {named} {'gets' if named == '1' else 'get'} a name")
        if self.known:
            unknown, unsure = per_hundred(self.unknown, self.known), per_hundred(self.unsure, self.known)
            wrong = per_hundred(self.wrong, self.known)
            start = "of" if parts else "Of"
            parts.append(
                f"{start} 100 known faces {unknown} {'is' if unknown == '1' else 'are'} called unknown, "
                f"{unsure} {'is' if unsure == '1' else 'are'} unsure, and {wrong} {'gets' if wrong == '1' else 'get'} "
                "a wrong name"
            )
        return f"{'; '.join(parts)}." if parts else "There is no face to judge the line by."


def per_hundred(part: int, whole: int) -> str:
    """Return how many of a hundred that is, with one digit where it is few but not none."""
    share = 100 * part / whole
    return f"{share:.1f}" if 0 < share < 10 and round(share, 1) != round(share) else f"{share:.0f}"


@dataclass(frozen=True, eq=False)
class OpenSetScores:
    """The scores that a run's line is judged by.

    Attributes:
        score: "similarity" or "probability".
        known: float32 (N,), of validation faces, by the network that has not learnt from them.
        right: bool (N,), whether the best name of each is right.
        strangers: float32 (M,), of faces of people who were left out, or of the folder of strangers; may be empty.
        who: Who the strangers are, for the page.
        test, test_right: The same as `known` and `right` for the test faces, by the saved network; they draw no line.
    """

    score: str
    known: Floats
    right: Flags
    strangers: Floats = field(default_factory=_no_scores)
    who: str = ""
    test: Floats = field(default_factory=_no_scores)
    test_right: Flags = field(default_factory=_no_flags)

    def __post_init__(self) -> None:
        """Check that scores and names belong together.

        Raises:
            ValueError: they do not, or nobody knows such a score.
        """
        if len(self.known) != len(self.right) or len(self.test) != len(self.test_right) or self.score not in SCORES:
            raise ValueError(f"{len(self.known)} and {len(self.test)} scores ({self.score}) do not fit their names")

    def cost(self, lines: Thresholds) -> LineCost:
        """Return what lines do to validation faces and strangers."""
        return _cost(self.known, self.right, self.strangers, lines)

    def test_cost(self, lines: Thresholds) -> LineCost:
        """Return what lines do to test faces; a line is never chosen by that."""
        return _cost(self.test, self.test_right, _no_scores(), lines)

    def curve(self) -> npt.NDArray[np.float64]:
        """Return every line with what it does: (P, 4), lines falling.

        The columns: the line, the share of strangers with a name, of known faces with their right name, and of known faces
        without a name. Empty without strangers or known faces.
        """
        if not len(self.known) or not len(self.strangers):
            return np.zeros((0, 4))
        lines = np.unique(np.concatenate([self.known, self.strangers]).astype(np.float64))[::-1]
        if len(lines) > MOST_POINTS:
            lines = lines[np.unique(np.linspace(0, len(lines) - 1, MOST_POINTS).round().astype(int))]
        columns = (self.strangers, self.known[self.right])
        counts = [len(each) - np.searchsorted(np.sort(each).astype(np.float64), lines) for each in columns]
        below = np.searchsorted(np.sort(self.known).astype(np.float64), lines)
        known = len(self.known)
        return np.stack([lines, counts[0] / len(self.strangers), counts[1] / known, below / known], axis=1)

    def save(self, path: Path) -> None:
        """Store the scores in one `.npz` file that needs no pickle."""
        content = io.BytesIO()
        arrays: dict[str, Any] = {name: getattr(self, name) for name in ("known", "right", "strangers", "test", "test_right")}
        np.savez(content, score=np.array(self.score), who=np.array(self.who), **arrays)
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: Path) -> OpenSetScores:
        """Read what `save` has written."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in ("known", "right", "strangers", "test", "test_right")}
            return cls(str(stored["score"]), who=str(stored["who"]), **arrays)


def _cost(known: Floats, right: Flags, strangers: Floats, lines: Thresholds) -> LineCost:
    # Compared with all digits of the line, as `decide` does.
    scores = known.astype(np.float64)
    named, unknown = scores >= lines.known, scores < lines.unknown
    return LineCost(
        len(strangers),
        int((strangers.astype(np.float64) >= lines.known).sum()),
        len(known),
        int((named & right).sum()),
        int((named & ~right).sum()),
        int((~named & ~unknown).sum()),
        int(unknown.sum()),
    )
