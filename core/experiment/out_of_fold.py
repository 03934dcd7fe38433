"""What is said about each face by a network that has not learnt from it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.experiment.learnt import Floats
from core.models import softmax
from core.storage import write_whole

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What is said about N faces, each by a network that has not learnt from it.

    Attributes:
        people: C names; a label is an index into them.
        sha256: The photo of each face.
        logits: float32 (N, C), calibrated.
        labels: int64 (N,), the person each photo is filed under.
        fold: int64 (N,), in which fold each face was judged, from 1.
    """

    people: tuple[str, ...]
    sha256: tuple[str, ...]
    logits: Floats
    labels: Labels
    fold: Labels

    @property
    def probabilities(self) -> Floats:
        """The probability of each person, float32 (N, C)."""
        return softmax(self.logits)

    def save(self, path: Path) -> None:
        """Store the answers in one `.npz` file that needs no pickle."""
        content = io.BytesIO()
        people, photos = np.array(self.people, dtype=str), np.array(self.sha256, dtype="U64")
        np.savez_compressed(content, people=people, sha256=photos, logits=self.logits, labels=self.labels, fold=self.fold)
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: Path) -> OutOfFold:
        """Read what `save` has written."""
        with np.load(path, allow_pickle=False) as stored:
            people, photos = (tuple(map(str, stored[name])) for name in ("people", "sha256"))
            return cls(people, photos, stored["logits"], stored["labels"], stored["fold"])
