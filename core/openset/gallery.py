"""The embeddings of the faces that taught: how alike is a new face to those of one person?"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.storage import write_whole

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]

# One neighbour would trust a single, perhaps wrongly labelled photo; many would ask a rare pose to look like the usual one.
# On pins40 two told strangers apart better than five, five better than eight.
NEIGHBOURS = 2
ROWS_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class Gallery:
    """Faces with a name.

    Attributes:
        vectors: float32 (M, D), rows of length 1.
        labels: int64 (M,), the person of each row.
        people: How many people there are; labels lie below.
    """

    vectors: Vectors
    labels: Labels
    people: int

    def similarities(self, vectors: Vectors) -> Vectors:
        """Return how alike each face is to each person: the mean cosine with the two most similar faces of that person.

        Args:
            vectors: float32 (N, D), rows of length 1.

        Returns:
            float32 (N, P), -1..1; of a person with fewer faces the mean over all, -1 for one without any.
        """
        found = np.full((len(vectors), self.people), -1.0, np.float32)
        order = np.argsort(self.labels, kind="stable")
        ordered, ends = self.vectors[order], np.searchsorted(self.labels[order], np.arange(self.people + 1))
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            cosines = vectors[rows] @ ordered.T
            for person in range(self.people):
                own = cosines[:, ends[person] : ends[person + 1]]
                nearest = min(NEIGHBOURS, own.shape[1])
                if nearest:
                    found[rows, person] = np.partition(own, own.shape[1] - nearest, axis=1)[:, -nearest:].mean(axis=1)
        return found

    def similarity(self, vectors: Vectors, labels: Labels) -> Vectors:
        """Return float32 (N,): how alike each face is to the one person that `labels` names for it."""
        return np.asarray(self.similarities(vectors)[np.arange(len(labels)), labels], np.float32)

    def save(self, path: Path) -> None:
        """Store the gallery in one `.npz` file that needs no pickle."""
        content = io.BytesIO()
        np.savez(content, vectors=self.vectors, labels=np.asarray(self.labels, np.int64), people=np.int64(self.people))
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: Path) -> Gallery:
        """Read what `save` has written."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(stored["vectors"], stored["labels"], int(stored["people"]))


def gallery_of(views: npt.NDArray[np.float32], labels: Labels, people: int) -> Gallery:
    """Return the gallery of faces float32 (N, V, D), each in V views."""
    count, each, dimension = views.shape
    return Gallery(views.reshape(count * each, dimension), np.repeat(labels, each), people)
