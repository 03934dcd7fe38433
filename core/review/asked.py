"""What only the cards of single faces need of an evaluated folder: where the network places them, and a second opinion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.explain import Opinions
from core.runs import Run, layout
from core.runs.opinions import read_opinions, write_opinions
from core.runs.vectors import RunVectors, gathered, read_vectors, write_vectors

ASKED = "asked"  # the part that the faces of a folder belong to


def write_placed(
    directory: Path,
    sha256: tuple[str, ...],
    labels: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32] | None,
    opinions: Opinions | None,
) -> None:
    """Write what there is of both into the directory of an evaluation.

    Args:
        directory: Of the evaluation.
        sha256, labels: The photos of N faces, and whom they show, int64 (N,).
        vectors: float32 (N, D), of any length.
        opinions: Of an embedding.

    Raises:
        StorageError: the disk refuses.
    """
    placed = None if vectors is None else gathered({ASKED: sha256}, {ASKED: labels}, {ASKED: vectors})
    if placed is not None:
        write_vectors(directory / layout.VECTORS, placed)
    if opinions is not None:
        write_opinions(directory / layout.OPINIONS, opinions)


def asked_vectors(run: Run, id: str) -> RunVectors | None:
    """Return where the run's network places the faces of an evaluation; None from an earlier program, which kept none.

    Raises:
        RunError: the file is damaged.
    """
    return read_vectors(run.directory / layout.EVALUATIONS / Path(id).name / layout.VECTORS)


def asked_opinions(run: Run, id: str) -> Opinions | None:
    """Return what an embedding says of the faces of an evaluation that were named wrong; None where none was asked.

    Raises:
        RunError: the file is damaged.
    """
    return read_opinions(run.directory / layout.EVALUATIONS / Path(id).name / layout.OPINIONS)
