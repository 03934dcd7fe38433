"""A second opinion on faces that were named wrong, by an embedding that has learnt nothing of the run.

A network from scratch is wrong too often to tell a wrong label from a mistake of its own; an embedding that millions of faces
have taught hardly ever is, and one photo more or less in a folder means nothing to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.openset import Gallery

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# How much more alike, in cosine, a face has to be to another person than to the one on its label. Chosen on every second
# person of pins40, judged on the others and on ORL: benchmarks/bench_verdict.py prints the shares.
CLEAR_GAP = 0.1


@dataclass(frozen=True)
class Opinion:
    """What the embedding says of one face.

    Attributes:
        likely: The person whose training photos it is most like; the one on the label where that is so.
        gap: How much more alike it is to them than to the photo's person, in cosine; 0 for that person.
    """

    likely: str
    gap: float

    @property
    def says_wrong(self) -> bool:
        """Whether the label is clearly wrong in its eyes."""
        return self.gap >= CLEAR_GAP


@dataclass(frozen=True, eq=False)
class Opinions:
    """What the embedding says of N faces.

    Attributes:
        sha256: The photo of each.
        labels, likely: int64 (N,), whom the label names and whom the face is most like.
        gaps: float32 (N,), see `Opinion`.
    """

    sha256: tuple[str, ...]
    labels: Labels
    likely: Labels
    gaps: Floats

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each photo."""
        return {sha256: row for row, sha256 in enumerate(self.sha256)}

    def of(self, sha256: str, label: int, people: Sequence[str]) -> Opinion | None:
        """Return what is said of one face under a label; None where it was not asked about that."""
        row = self.row_of.get(sha256)
        if row is None or int(self.labels[row]) != label:
            return None
        return Opinion(people[int(self.likely[row])], float(self.gaps[row]))


def form_opinions(gallery: Gallery, sha256: Sequence[str], vectors: Floats, labels: npt.NDArray[np.integer[Any]]) -> Opinions:
    """Compare faces with training photos of everybody.

    Args:
        gallery: Some training photos of each person, embedded. Nothing is said of faces whose person has none in it.
        sha256: The photos of N faces.
        vectors: float32 (N, D), rows of length 1: the faces, embedded.
        labels: int (N,), whom their labels name.
    """
    known = np.isin(labels, gallery.labels)
    alike, own = gallery.similarities(vectors[known]), labels[known].astype(np.int64)
    likely = alike.argmax(axis=1).astype(np.int64) if len(alike) else own
    rows = np.arange(len(own))
    photos = tuple(photo for photo, there in zip(sha256, known.tolist(), strict=True) if there)
    return Opinions(photos, own, likely, np.asarray(alike[rows, likely] - alike[rows, own], np.float32))
