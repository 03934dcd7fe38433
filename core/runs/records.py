"""What a run remembers of its photos, its scores and the machine it ran on."""

from __future__ import annotations

import hashlib
import io
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from core.calibration import Reliability, Temperature
from core.storage import read_json, write_json, write_whole

LIBRARIES = (
    "tensorflow", "keras", "mtcnn", "opencv-python-headless", "numpy", "scikit-learn", "scipy", "onnx", "onnxruntime",
    "pillow", "pillow-heif", "ImageHash",
)  # fmt: skip


@dataclass(frozen=True)
class DatasetRecord:
    """The photos a run was made from.

    Attributes:
        id, name, source: Of the catalogue; the source is "orl" or an absolute path.
        fingerprint: sha256 over the contents, people and chosen faces of all usable photos; see `fingerprint`.
        people: Names of the classes; a label is an index into them.
    """

    id: str
    name: str
    source: str
    fingerprint: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class PhotoRecord:
    """How a run used one photo.

    Attributes:
        path: POSIX, relative to the dataset's root.
        part: "train", "validation", "test" or "strangers".
        use: "face", or why the photo could not be used: "no_face", "several_faces", "unreadable".
    """

    sha256: str
    path: str
    person: str
    part: str
    use: str


@dataclass(frozen=True)
class SplitRecord:
    """Which photo taught, chose or judged, and who has no photo to be chosen or judged by."""

    photos: tuple[PhotoRecord, ...]
    without_validation: tuple[str, ...] = ()
    without_test: tuple[str, ...] = ()

    def part(self, *names: str) -> list[PhotoRecord]:
        """Return the photos of the named parts, in order."""
        return [photo for photo in self.photos if photo.part in names]


@dataclass(frozen=True)
class PartScores:
    """What the network answered for the faces of one part.

    Attributes:
        sha256: Of each face's photo.
        logits: float32 (N, C).
        labels: int64 (N,), the true classes.
    """

    sha256: tuple[str, ...]
    logits: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        if not len(self.sha256) == len(self.logits) == len(self.labels):
            raise ValueError(f"{len(self.sha256)} photos, {len(self.logits)} rows of logits, {len(self.labels)} labels")


@dataclass(frozen=True)
class CalibrationRecord:
    """How probabilities were made to mean what they say.

    Attributes:
        temperature: What the network's logits were divided by; the saved network has it inside.
        parts: For "validation" and "test" the reliability before and after.
    """

    temperature: Temperature
    parts: dict[str, tuple[Reliability, Reliability]]

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        parts = {name: [each.to_json() for each in pair] for name, pair in self.parts.items()}
        return {"temperature": self.temperature.to_json(), "parts": parts}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CalibrationRecord:
        """Rebuild a record from `to_json`."""
        parts = {
            name: (Reliability.from_json(pair[0]), Reliability.from_json(pair[1])) for name, pair in values["parts"].items()
        }
        return cls(Temperature.from_json(values["temperature"]), parts)


def fingerprint(photos: Iterable[tuple[str, str]], faces: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the fingerprint of photos, whatever their order.

    Args:
        photos: Pairs (sha256, person).
        faces: Which face was chosen by hand, as text, by sha256; may hold other photos, too.
    """
    lines = sorted(f"{sha256} {person}{' ' if sha256 in faces else ''}{faces.get(sha256, '')}\n" for sha256, person in photos)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_dataset(path: Path, record: DatasetRecord) -> None:
    """Store a dataset record."""
    write_json(path, asdict(record))


def read_dataset(path: Path) -> DatasetRecord | None:
    """Return the stored dataset record, None where there is none yet."""
    values = read_json(path)
    return DatasetRecord(**{**values, "people": tuple(values["people"])}) if values else None


def write_split(path: Path, record: SplitRecord) -> None:
    """Store a split record."""
    write_json(path, asdict(record))


def read_split(path: Path) -> SplitRecord | None:
    """Return the stored split record, None where there is none yet."""
    values = read_json(path)
    if values is None:
        return None
    photos = tuple(PhotoRecord(**each) for each in values["photos"])
    return SplitRecord(photos, tuple(values["without_validation"]), tuple(values["without_test"]))


def write_scores(path: Path, parts: Mapping[str, PartScores]) -> None:
    """Store the scores of several parts in one `.npz` file that needs no pickle."""
    arrays: dict[str, Any] = {}
    for name, scores in parts.items():
        arrays[f"{name}_sha256"] = np.array(scores.sha256, dtype="U64")
        arrays[f"{name}_logits"] = scores.logits.astype(np.float32)
        arrays[f"{name}_labels"] = scores.labels.astype(np.int64)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_whole(path, buffer.getvalue())


def read_scores(path: Path) -> dict[str, PartScores]:
    """Return the stored scores of each part; none where there is no such file."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        names = [key.removesuffix("_labels") for key in file.files if key.endswith("_labels")]
        return {
            name: PartScores(tuple(map(str, file[f"{name}_sha256"])), file[f"{name}_logits"], file[f"{name}_labels"])
            for name in names
        }


def environment(devices: Iterable[str]) -> dict[str, Any]:
    """Return what a run ran on: Python, system, library versions, the given devices, number of processors."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "devices": list(devices),
        "processors": os.cpu_count(),
    }
