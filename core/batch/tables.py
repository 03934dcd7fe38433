"""A batch as a table for other programs: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.batch.batch import Batch
from core.batch.rows import COLUMNS, BatchPhoto, BatchRow

NO_FACE_FOUND, UNREADABLE = "no face", "error"  # decisions about photos that have no row of their own
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a text that begins so for a formula, and runs it
_DIGITS = 6


def to_csv(batch: Batch) -> bytes:
    """Return a line for each face, and one without a face for each photo in which none was found or that cannot be read.

    UTF-8 without a byte order mark: some programs take that for a part of the first column's name. A text that a
    spreadsheet would take for a formula gets an apostrophe before it. Source: OWASP, "CSV Injection".
    """
    out = io.StringIO()
    lines = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for values in _lines(batch):
        lines.writerow({column: _cell(values[column]) for column in COLUMNS})
    return out.getvalue().encode("utf-8", "replace")


def to_json(batch: Batch) -> bytes:
    """Return all photos with their faces, as the command `predict --json` prints them."""
    return json.dumps(photos_as_json(batch), ensure_ascii=False, indent=1).encode("utf-8", "replace")


def photos_as_json(batch: Batch) -> list[dict[str, Any]]:
    """Return each photo with its faces as JSON values."""
    return [
        {"file": photo.file, "faces": [_face(row) for row in batch.rows_of(photo.number)], "error": photo.error}
        for photo in batch.photos
    ]


def values_of(row: BatchRow) -> dict[str, Any]:
    """Return a face's columns by their names, in their order."""
    return {column: getattr(row, column) for column in COLUMNS}


def _lines(batch: Batch) -> Iterator[Mapping[str, Any]]:
    """Yield the values of each line of the table."""
    for photo in batch.photos:
        rows = batch.rows_of(photo.number)
        yield from map(values_of, rows)
        if not rows:
            yield _without_face(photo, batch)


def _without_face(photo: BatchPhoto, batch: Batch) -> dict[str, Any]:
    said = {"decision": NO_FACE_FOUND} if photo.error is None else {"decision": UNREADABLE, "quality": photo.error}
    known = {"file": photo.file, "run": batch.run_id, "threshold": batch.lines.known}
    return {**dict.fromkeys(COLUMNS), **known, **said}


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _face(row: BatchRow) -> dict[str, Any]:
    return {
        "box": list(row.detection.box),
        "landmarks": [list(point) for point in row.landmarks],
        "detection_score": row.detection_score,
        "person": row.person,
        "decision": row.decision,
        "probability": row.probability,
        "score": row.score,
        "route": row.route,
        "top": [list(each) for each in row.best],
        "runner_up": row.runner_up,
        "runner_up_probability": row.runner_up_probability,
        "taken": row.taken,
        "quality": row.quality,
    }
