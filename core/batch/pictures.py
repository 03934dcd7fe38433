"""Pictures of a batch: photos with their faces marked, or hidden."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from PIL import Image

from core.batch.batch import Batch
from core.batch.kept import read_crops
from core.batch.rows import BY_HAND, BatchRow
from core.drawing import draw_faces
from core.errors import PhotoError
from core.images import decode, fit_within
from core.images.decoding import read_bytes

_QUALITY = 92


def photo_bytes(batch: Batch, photo: int) -> bytes:
    """Return the bytes of a photo, by its number.

    Raises:
        PhotoError: it is gone, may not be read, or is not what was answered any more.
    """
    name, known = batch.photos[photo].file, batch.photos[photo].sha256
    if photo >= len(batch.files):
        raise PhotoError(f"{name} is gone.", "The batch was deleted.")
    data = read_bytes(batch.files[photo].path, name)
    if hashlib.sha256(data).hexdigest() != known:
        raise PhotoError(f"{name} has changed since it was answered.", "Start a new batch for it.")
    return data


def crops_of(batch: Batch, rows: Sequence[BatchRow]) -> list[bytes]:
    """Return each face as the network saw it, S x S pixels, as a JPEG file; only what is needed is read.

    Raises:
        JobError: the batch's files are missing or damaged.
    """
    return read_crops(batch.directory, rows)


def annotated(batch: Batch, photo: int, side: int | None = None) -> bytes:
    """Return a photo as a JPEG file on which its faces are marked with number and name.

    Args:
        batch: The batch.
        photo: Its number.
        side: How long the longer side may be, in pixels; None keeps the size in which photos are worked on.

    Raises:
        PhotoError: it is gone, has changed, or cannot be read.
    """
    opened = decode(photo_bytes(batch, photo), batch.photos[photo].file)
    pixels = opened.pixels if side is None else fit_within(opened.pixels, side)
    rows = batch.rows_of(photo)
    faces = [(row.detection, row.decision) for row in rows]
    drawn = draw_faces(pixels, opened.width / pixels.shape[1], faces, [label(row) for row in rows], [row.face for row in rows])
    content = io.BytesIO()
    Image.fromarray(drawn).save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()


def label(row: BatchRow) -> str:
    """Return what is written at a face: the name, with a question mark where it is unsure."""
    if row.decision in ("known", BY_HAND):
        return row.person or ""
    return f"{row.person}?" if row.decision == "unsure" else "unknown"
