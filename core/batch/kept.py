"""What a batch keeps of its answers: a line of text for each photo, and files with the faces of some photos together."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.batch.rows import BatchRow
from core.errors import JobError, disk_errors
from core.models.logits import Answers
from core.storage import append_json_lines, read_json_lines, write_whole

ANSWERS = "answers.jsonl"  # a line for each photo, in their order; a torn last line does not count
_PARTS = "parts"  # a folder of files with the faces of some photos each: crops as JPEG, logits and vectors
_CROP_QUALITY = 92

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Faces:
    """Some faces of a batch: a row for each.

    Attributes:
        crops: JPEG files of S x S pixels, as the network saw them.
        answers: Of the network.
    """

    crops: tuple[bytes, ...]
    answers: Answers


def read_lines(directory: Path) -> list[Any]:
    """Return the lines of the answers that are there by now.

    Raises:
        JobError: they are damaged.
    """
    try:
        return read_json_lines(directory / ANSWERS)
    except ValueError as error:
        raise JobError(f"{directory / ANSWERS} is damaged ({error}).", "Delete this batch, and start it again.") from error


def cut_torn_line(directory: Path) -> None:
    """Remove a last line that a killed process left unfinished, so that the next one starts on a new line."""
    path = directory / ANSWERS
    with disk_errors(path):
        if path.exists():
            whole = path.read_bytes()
            end = whole.rfind(b"\n") + 1
            if end < len(whole):
                with path.open("r+b") as file:
                    file.truncate(end)


def keep_faces(directory: Path, part: int, faces: Faces) -> None:
    """Store some faces; before the lines that refer to them.

    Raises:
        StorageError: the disk refuses.
    """
    content = io.BytesIO()
    vectors = faces.answers.vectors
    np.savez(
        content,
        crops=np.frombuffer(b"".join(faces.crops), np.uint8),
        ends=np.cumsum([len(crop) for crop in faces.crops], dtype=np.int64),
        logits=faces.answers.logits,
        vectors=np.empty((len(faces.crops), 0), np.float32) if vectors is None else vectors,
    )
    path = _path(directory, part)
    with disk_errors(path):
        path.parent.mkdir(exist_ok=True)
    write_whole(path, content.getvalue())


def keep_lines(directory: Path, lines: Iterable[Any]) -> None:
    """Add lines to the answers, all of them with one wait for the disk.

    Raises:
        StorageError: the disk refuses.
    """
    append_json_lines(directory / ANSWERS, lines)


def as_jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return a crop uint8 (S, S, 3) RGB as a JPEG file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=_CROP_QUALITY)
    return content.getvalue()


def read_crops(directory: Path, rows: Sequence[BatchRow]) -> list[bytes]:
    """Return the crop of each face as a JPEG file.

    Raises:
        JobError: they are missing or damaged.
    """
    found: dict[tuple[int, int], bytes] = {}
    for part, places in _by_part(rows).items():
        stored = _read(directory, part, ("crops", "ends"))
        starts = np.concatenate([[0], stored["ends"][:-1]])
        for place in places:
            found[part, place] = stored["crops"][starts[place] : stored["ends"][place]].tobytes()
    return [found[row.kept_in] for row in rows]


def read_answers(directory: Path, rows: Sequence[BatchRow]) -> Answers:
    """Return what the network has answered for each face; vectors are None where it gives none.

    Raises:
        JobError: they are missing or damaged.
    """
    if not rows:
        return Answers(np.empty((0, 0), np.float32), None)
    found: dict[tuple[int, int], tuple[Floats, Floats]] = {}
    for part, places in _by_part(rows).items():
        stored = _read(directory, part, ("logits", "vectors"))
        found.update({(part, place): (stored["logits"][place], stored["vectors"][place]) for place in places})
    logits, vectors = (np.stack([found[row.kept_in][which] for row in rows]) for which in (0, 1))
    return Answers(logits, vectors if vectors.shape[1] else None)


def _by_part(rows: Iterable[BatchRow]) -> dict[int, list[int]]:
    places: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        places[row.kept_in[0]].append(row.kept_in[1])
    return places


def _read(directory: Path, part: int, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    path = _path(directory, part)
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise JobError(f"{path} is missing or damaged ({error}).", "Delete this batch, and start it again.") from error


def _path(directory: Path, part: int) -> Path:
    return directory / _PARTS / f"{part:05d}.npz"
