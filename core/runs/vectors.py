"""Where a run's network places each face that it has met: what its nearest faces are, and its map, are read from here."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.runs.run import damage_named
from core.storage import write_whole

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RunVectors:
    """The faces of a run as its network sees them just before it names them.

    Attributes:
        sha256: The photo of each of N faces.
        parts: "train", "validation", "test" or, in a folder that was evaluated, "asked" for each face.
        labels: int64 (N,), whom each face showed when the run was made.
        halves: float16 (N, D), rows of length 1; a row of zeros stays one. Their cosines are off by 0.001 at most.
    """

    sha256: tuple[str, ...]
    parts: tuple[str, ...]
    labels: Labels
    halves: Halves

    def __post_init__(self) -> None:
        """Check that all are about the same faces.

        Raises:
            ValueError: the lengths differ.
        """
        lengths = {len(self.sha256), len(self.parts), len(self.labels), len(self.halves)}
        if len(lengths) > 1 or self.halves.ndim != 2:
            raise ValueError(f"the vectors are about different numbers of faces: {sorted(lengths)}")

    @cached_property
    def vectors(self) -> Floats:
        """All vectors, float32 (N, D), rows of length 1."""
        return of_length_one(self.halves.astype(np.float32))

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each photo."""
        return {sha256: row for row, sha256 in enumerate(self.sha256)}

    def vector(self, sha256: str) -> Floats | None:
        """Return float32 (D,), the vector of one photo; None where the run has not met it."""
        row = self.row_of.get(sha256)
        return None if row is None else self.vectors[row]

    def rows_in(self, *parts: str) -> npt.NDArray[np.int64]:
        """Return int64 (M,), the rows of the faces in some parts."""
        return np.flatnonzero(np.isin(np.array(self.parts, dtype=str), parts)).astype(np.int64)


def with_others(own: RunVectors, others: RunVectors | None) -> RunVectors:
    """Return a run's faces and those that it was asked about later; faces that another network saw are left out."""
    if others is None or others.halves.shape[1] != own.halves.shape[1]:
        return own
    return RunVectors(
        own.sha256 + others.sha256,
        own.parts + others.parts,
        np.concatenate([own.labels, others.labels]),
        np.concatenate([own.halves, others.halves]),
    )


def gathered(
    sha256: Mapping[str, tuple[str, ...]], labels: Mapping[str, Labels], vectors: Mapping[str, Floats]
) -> RunVectors | None:
    """Return the faces of all parts together; None without any vector.

    Args:
        sha256, labels: The photos of each part, and whom they show, int64 (n,).
        vectors: float32 (n, D) of each part, of any length.
    """
    parts = [part for part in vectors if len(vectors[part])]
    if not parts:
        return None
    return RunVectors(
        tuple(photo for part in parts for photo in sha256[part]),
        tuple(part for part in parts for _ in sha256[part]),
        np.concatenate([labels[part] for part in parts]).astype(np.int64),
        of_length_one(np.concatenate([vectors[part] for part in parts])).astype(np.float16),
    )


def write_vectors(path: Path, found: RunVectors) -> None:
    """Store the vectors in one `.npz` file that needs no pickle.

    Raises:
        StorageError: the disk refuses.
    """
    content = io.BytesIO()
    photos, parts = np.array(found.sha256, dtype="S64"), np.array(found.parts, dtype="S16")
    np.savez_compressed(content, sha256=photos, parts=parts, labels=found.labels, vectors=found.halves)
    write_whole(path, content.getvalue())


def read_vectors(path: Path) -> RunVectors | None:
    """Return what `write_vectors` has stored; None where there is no such file, as in runs of an earlier program.

    Raises:
        RunError: the file is damaged or cannot be read.
    """
    if not path.exists():
        return None
    with damage_named(path), np.load(path, allow_pickle=False) as stored:
        return RunVectors(_texts(stored["sha256"]), _texts(stored["parts"]), stored["labels"], stored["vectors"])


def _texts(letters: Any) -> tuple[str, ...]:
    return tuple(letters.astype(str).tolist())


def of_length_one(vectors: Floats) -> Floats:
    """Return float32 (N, D), the rows stretched to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
