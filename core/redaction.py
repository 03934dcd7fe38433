"""Making faces unrecognisable in a photo, for good: what is written holds neither the faces nor the file's hidden data."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.detection import Detection
from core.images import decode, resize
from core.images.resampling import Pixels

HOW = ("blur", "pixelate", "cover")
MARGIN = 0.2  # of the box's longer side, hidden around it too: hair, ears and chin tell who somebody is
# So many colours along the longer side are all that is left of a face. A blur of any width could be sharpened again, and
# networks recognise what a person does not, down to 16 x 16 squares. Source: McPherson et al., arXiv 1609.00408. With 6 YuNet
# still takes one blurred face in eight for a face, with 5 none.
SQUARES = 4
COVER = 0  # black
JPEG_QUALITY = 92


def redact(pixels: Pixels, detections: Sequence[Detection], how: str = "blur", scale: float = 1.0) -> Pixels:
    """Return a copy of a photo in which faces are hidden.

    "pixelate" leaves 4 mean colours along a face's longer side, "blur" the same with soft edges; "cover" leaves nothing,
    and is the only one that hides who somebody is from a comparison with a few people who may be meant.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        detections: The faces to hide, in pixels of the full-size photo.
        how: One of `HOW`.
        scale: Pixels of the full-size photo per pixel of `pixels`.

    Raises:
        ValueError: nobody knows this way.
    """
    if how not in HOW:
        raise ValueError(f"faces are hidden by one of {HOW}, not {how!r}")
    redacted = pixels.copy()
    for each in detections:
        rows, columns = _part(redacted, each, scale)
        face = redacted[rows, columns]
        if face.size:
            redacted[rows, columns] = _hidden(face, how)
    return redacted


def redacted_photo(data: bytes, name: str, detections: Sequence[Detection], how: str = "blur") -> tuple[bytes, str]:
    """Return a photo's file with hidden faces, and the ending for its name: PNG where it was one, else JPEG.

    The photo is upright and of full size. EXIF data, the place where it was taken, comments and the small preview inside
    the file, which would show the faces, are left out.

    Args:
        data: The photo file's bytes.
        name: What to call it in messages.
        detections, how: See `redact`.

    Raises:
        PhotoError: the photo cannot be read, or not at full size.
    """
    photo = decode(data, name, whole=True)
    pixels = redact(photo.pixels, detections, how)
    content = io.BytesIO()
    if photo.format == "PNG":
        Image.fromarray(pixels).save(content, "PNG")
        return content.getvalue(), ".png"
    Image.fromarray(pixels).save(content, "JPEG", quality=JPEG_QUALITY)
    return content.getvalue(), ".jpg"


def _part(pixels: Pixels, face: Detection, scale: float) -> tuple[slice, slice]:
    """Return the rows and columns that hold a face with its margin; none where it lies outside the photo."""
    height, width = pixels.shape[:2]
    left, top, wide, high = (value / scale for value in face.box)
    room = MARGIN * max(wide, high)
    columns = [int(np.clip(value, 0, width)) for value in (np.floor(left - room), np.ceil(left + wide + room))]
    rows = [int(np.clip(value, 0, height)) for value in (np.floor(top - room), np.ceil(top + high + room))]
    return slice(*rows), slice(*columns)


def _hidden(face: Pixels, how: str) -> Pixels:
    height, width = face.shape[:2]
    if how == "cover":
        return np.full_like(face, COVER)
    share = SQUARES / max(height, width)
    down, across = max(1, round(height * share)), max(1, round(width * share))
    few = resize(face, min(across, width), min(down, height))
    if how == "blur":
        return resize(few, width, height)
    places = [np.arange(size) * count // size for size, count in ((height, few.shape[0]), (width, few.shape[1]))]
    return np.asarray(few[np.ix_(*places)])
