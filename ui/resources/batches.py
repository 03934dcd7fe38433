"""What is kept in memory about batches: their answers, faces and photos as pictures, groups of unknown faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core import batch as batches
from core.batch import Batch, BatchRow
from core.openset import Thresholds
from core.runs import Run, layout
from ui.resources.runs import knowledge_of


def batch_of(directory: Path, run: Run | None = None, lines: Thresholds | None = None) -> Batch:
    """Return the answers of a batch as they are by now.

    Args:
        directory: Of the batch's job.
        run: The batch's, where it is still there: whoever was added to it since is recognised, too.
        lines: Where known and unknown lie by now; None takes those that held when the batch was made.

    Raises:
        JobError: there is no such batch, or it is damaged.
        RunError: the run is damaged.
    """
    version = batches.batch_version(directory)
    if run is None:
        return _batch(str(directory), version)
    enrolled = run.directory / layout.ENROLLED
    changed = enrolled.stat().st_mtime_ns if enrolled.exists() else 0
    drawn = (lines.known, lines.unknown) if lines else None
    return _named(str(directory), version, changed, drawn, run, lines)


@st.cache_resource(max_entries=3, show_spinner=False)
def _batch(directory: str, version: int) -> Batch:
    return batches.read_batch(Path(directory))


@st.cache_resource(max_entries=3, show_spinner=False)
def _named(
    directory: str, version: int, enrolled: int, drawn: tuple[float, float] | None, _run: Run, _lines: Thresholds | None
) -> Batch:
    batch = _batch(directory, version)
    lines = _lines or batch.lines
    if not enrolled and not batch.once:
        return batch.decided(lines)
    return batches.named_again(batch, replace(knowledge_of(_run), thresholds=lines))


def face_pictures(batch: Batch, rows: Sequence[BatchRow]) -> list[bytes]:
    """Return faces of a batch as JPEG files."""
    return _faces(str(batch.directory), tuple(row.number for row in rows), batch, rows)


@st.cache_data(max_entries=80, show_spinner=False)
def _faces(directory: str, numbers: tuple[int, ...], _batch: Batch, _rows: Sequence[BatchRow]) -> list[bytes]:
    return batches.crops_of(_batch, _rows)


def photo_with_boxes(batch: Batch, photo: int, side: int) -> bytes:
    """Return a photo of a batch as a JPEG file, with numbered boxes, at most `side` px on its longer side.

    Raises:
        PhotoError: the photo is gone or changed.
    """
    said = tuple((row.decision, row.person) for row in batch.rows_of(photo))
    return _with_boxes(str(batch.directory), photo, side, said, batch)


@st.cache_data(max_entries=12, show_spinner=False)
def _with_boxes(directory: str, photo: int, side: int, said: tuple[tuple[str, str | None], ...], _batch: Batch) -> bytes:
    return batches.annotated(_batch, photo, side)


def groups_of(batch: Batch, rows: Sequence[BatchRow], limit: float | None = None) -> list[tuple[int, ...]]:
    """Return faces of a batch in groups that look alike, by their numbers, the largest group first.

    Args:
        batch: Whose faces.
        rows: The faces.
        limit: Cosine distance up to which faces are one person's; None takes what the run's own line says.
    """
    return _groups(str(batch.directory), tuple(row.number for row in rows), limit, batch, rows)


@st.cache_data(max_entries=8, show_spinner="Comparing the unknown faces …")
def _groups(
    directory: str, numbers: tuple[int, ...], limit: float | None, _batch: Batch, _rows: Sequence[BatchRow]
) -> list[tuple[int, ...]]:
    return [tuple(row.number for row in group) for group in batches.group_faces(_batch, _rows, limit)]


def forget() -> None:
    """Drop all that the server keeps of batches in memory: one was deleted."""
    for cached in (_batch, _named, _faces, _with_boxes, _groups):
        cached.clear()
