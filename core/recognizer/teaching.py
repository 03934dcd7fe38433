"""A photo that is to teach one person: which face is meant, how it compares, and what of it is worth keeping."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.detection import Detection
from core.errors import PhotoError
from core.faces import choose_main_face, cut_face
from core.images import DecodedPhoto, decode
from core.recognizer.recognizer import Recognizer

SURROUNDINGS = (0.6, 0.3, 0.1)  # of the face's size, around a face that is cut out of a photo of several people
SAME_FACE = 0.5  # overlap, as intersection over union, from which two boxes are one face


@dataclass(frozen=True, eq=False)
class TeachingPhoto:
    """A photo in which one face is the person's.

    Attributes:
        file: Its name as it was given.
        identity: What two copies of it have in common: a sha256.
        vectors: float32 (2, D), of length 1: the face and its mirror image, alike where the network averages them.
        kept: The file to keep for the next training, None where another face would be taken for the person's.
        suffix: The ending for that file.
    """

    file: str
    identity: str
    vectors: npt.NDArray[np.float32]
    kept: bytes | None
    suffix: str


def teaching_photo(recognizer: Recognizer, data: bytes, file: str, chosen: Detection | None = None) -> TeachingPhoto:
    """Return what a photo teaches of a person.

    Args:
        recognizer: Of a run with an embedding.
        data: The photo file's bytes.
        file: What to call it.
        chosen: The face that is meant; None means the main face.

    Raises:
        PhotoError: it cannot be read, or it shows no face, or several and none of them the main one.
    """
    photo = decode(data, file)
    main = _main_face(recognizer, photo)
    if chosen is None and isinstance(main, str):
        raise PhotoError(*_WITHOUT_FACE[main])
    face = chosen or main
    assert isinstance(face, Detection)
    crop = cut_face(photo, face, recognizer.face).pixels
    vectors = recognizer.answer([crop, crop[:, ::-1]]).vectors
    assert vectors is not None  # a run with an embedding
    identity = identity_of(data, face) if chosen else hashlib.sha256(data).hexdigest()
    if isinstance(main, Detection) and _overlap(main, face) > SAME_FACE:
        return TeachingPhoto(file, identity, vectors, data, Path(file).suffix)
    return TeachingPhoto(file, identity, vectors, _around(recognizer, photo, face), ".png")


def identity_of(data: bytes, face: Detection) -> str:
    """Return what tells a face that was chosen from others, also from those in the same photo: a sha256."""
    return hashlib.sha256(data + repr(face.box).encode()).hexdigest()


_WITHOUT_FACE = {
    "no_face": ("No face was found.", "Choose a photo in which the face is larger, or better lit."),
    "several_faces": (
        "Several faces were found, and none is clearly the main one.",
        "Choose a photo of this person alone, or cut the face out.",
    ),
}


def _main_face(recognizer: Recognizer, photo: DecodedPhoto) -> Detection | str:
    """Return the main face, or why there is none."""
    (found,) = recognizer.detector.detect([photo])
    main = choose_main_face(found, photo.width, photo.height, recognizer.face.main_face_ratio)
    return main.status if main.index is None else found[main.index]


def _around(recognizer: Recognizer, photo: DecodedPhoto, face: Detection) -> bytes | None:
    """Return a part of the photo, as a PNG file, in which this face is the main one; None where others are too near."""
    for margin in SURROUNDINGS:
        pixels, corner = cut_out(photo, face, margin)
        part = DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], "PNG")
        main = _main_face(recognizer, part)
        if isinstance(main, Detection) and _overlap(main, face, corner, photo.width / photo.pixels.shape[1]) > SAME_FACE:
            return as_png(pixels)
    return None


def as_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return uint8 (H, W, 3) RGB as a PNG file, without loss; the same pixels give the same file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def cut_out(photo: DecodedPhoto, face: Detection, margin: float) -> tuple[npt.NDArray[np.uint8], tuple[float, float]]:
    """Return the photo around a face, uint8 (H, W, 3) RGB, and where its corner lies in pixels of the full-size photo.

    Args:
        photo: It may have been opened reduced; what is cut out is as it was opened.
        face: The face.
        margin: How far around its box, as a share of the box's longer side.
    """
    high, wide = photo.pixels.shape[:2]
    reduced = photo.width / wide
    left, top, width, height = (value / reduced for value in face.box)
    room = margin * max(width, height)
    columns = [int(np.clip(value, 0, wide)) for value in (left - room, left + width + room + 1)]
    rows = [int(np.clip(value, 0, high)) for value in (top - room, top + height + room + 1)]
    pixels = np.ascontiguousarray(photo.pixels[slice(*rows), slice(*columns)])
    return pixels, (columns[0] * reduced, rows[0] * reduced)


def _overlap(one: Detection, other: Detection, corner: tuple[float, float] = (0, 0), scale: float = 1) -> float:
    """Return intersection over union of two boxes; `one` was found in a part that starts at `corner`, reduced by `scale`."""
    first = np.array([one.box[0], one.box[1], one.box[0] + one.box[2], one.box[1] + one.box[3]]) * scale + [*corner, *corner]
    second = np.array([other.box[0], other.box[1], other.box[0] + other.box[2], other.box[1] + other.box[3]])
    sides = np.minimum(first, second)[2:] - np.maximum(first, second)[:2]
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / (one.area * scale**2 + other.area - shared)
