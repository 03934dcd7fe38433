"""A training on disk, so that a killed process goes on from one of its last epochs."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import TrainingError, disk_errors
from core.settings import Settings, to_json
from core.storage import write_whole
from core.training.course import Course
from core.training.records import EpochReport, TrainingFaces
from core.training.selection import Selection

FILE = "training.npz"
# A dense network and its optimiser are 80 MB, its epoch a second: writing each epoch would take longer than learning.
SECONDS_BETWEEN = 10.0
SHARE_OF_TIME = 0.05


def fingerprint(settings: Settings, classes: int, faces: TrainingFaces, validation: TrainingFaces) -> str:
    """Return a hash of all that decides a training; a checkpoint of another training is never continued."""
    values = {
        part: value
        for part, value in to_json(settings).items()
        if part in ("face", "augmentation", "model", "training", "seed")
    }
    digest = hashlib.sha256(json.dumps([values, classes], sort_keys=True).encode())
    for each in (faces, validation):
        digest.update(each.rows.astype(np.int64).tobytes() + each.labels.astype(np.int64).tobytes() + b"|")
    return digest.hexdigest()


class Checkpoints:
    """Writes the state of one training, not more often than it is worth; None as directory: never."""

    def __init__(self, directory: Path | None, identity: str) -> None:
        self._directory, self._identity = directory, identity
        self._next = time.monotonic() + SECONDS_BETWEEN

    def read(self) -> Course | None:
        """Return where this training stood, or None if nothing was stored.

        Raises:
            TrainingError: the checkpoint is damaged or of another training.
        """
        stored = _read(self._directory)
        if stored is None:
            return None
        values, arrays = stored
        if values["identity"] != self._identity:
            raise TrainingError(
                f"{self._directory} holds the checkpoint of another training.",
                "Delete it, or restore the settings it was made with.",
            )
        return Course(
            epochs=values["epochs"],
            phase=values["phase"],
            history=[EpochReport.from_json(each) for each in values["history"]],
            selection=Selection(**values["selection"]),
            best_epoch=values["best_epoch"],
            best_weights=[arrays[name] for name in sorted(arrays) if name.startswith("best_")],
            best_logits=arrays["logits"],
            variables=[arrays[name] for name in sorted(arrays) if name.startswith("variable_")],
        )

    def write_if_due(self, course: Course, variables: list[Any]) -> None:
        """Store the end of an epoch, if the last time is long enough ago."""
        if self._directory is not None and time.monotonic() >= self._next:
            self.write(course, variables)

    def write(self, course: Course, variables: list[Any]) -> None:
        """Store the end of an epoch; the old checkpoint stays whole until the new one is.

        Raises:
            StorageError: the disk refuses.
        """
        if self._directory is None:
            return
        started = time.monotonic()
        arrays: dict[str, Any] = {"logits": course.best_logits}
        arrays |= {f"best_{number:05}": each for number, each in enumerate(course.best_weights)}
        arrays |= {f"variable_{number:05}": np.asarray(each) for number, each in enumerate(variables)}
        buffer = io.BytesIO()
        np.savez(buffer, course=np.frombuffer(self._describe(course), np.uint8), **arrays)
        with disk_errors(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)
        write_whole(self._directory / FILE, buffer.getvalue())
        now = time.monotonic()
        self._next = now + max(SECONDS_BETWEEN, (now - started) / SHARE_OF_TIME)

    def _describe(self, course: Course) -> bytes:
        values = {
            "identity": self._identity,
            "phase": course.phase,
            "epochs": course.epochs,
            "history": [each.to_json() for each in course.history],
            "selection": dataclasses.asdict(course.selection),
            "best_epoch": course.best_epoch,
        }
        return json.dumps(values).encode()


def finished_epochs(checkpoint: Path) -> list[EpochReport]:
    """Return the epochs that a resumed training will not repeat: what its history has to be cut to.

    Raises:
        TrainingError: the checkpoint is damaged.
    """
    stored = _read(checkpoint)
    return [] if stored is None else [EpochReport.from_json(each) for each in stored[0]["history"]]


def _read(directory: Path | None) -> tuple[dict[str, Any], dict[str, Any]] | None:
    if directory is None or not (directory / FILE).exists():
        return None
    try:
        with np.load(directory / FILE, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(arrays.pop("course").tobytes()), arrays
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise TrainingError(f"The checkpoint in {directory} is damaged.", "Delete it and train again.") from error
