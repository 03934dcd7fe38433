"""A training on disk, so that a killed process goes on from one of its last epochs, and a finished one can be made longer."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import StorageError, TrainingError, disk_errors
from core.settings import Settings, to_json
from core.storage import write_whole
from core.training.course import Course
from core.training.records import EpochReport, TrainingFaces
from core.training.selection import Selection

FILE = "training.npz"
# A dense network and its optimiser are 80 MB, its epoch a second: writing each epoch would take longer than learning.
SECONDS_BETWEEN = 10.0
SHARE_OF_TIME = 0.02

# Settings that decide nothing where they have these values, as in trainings of a program that did not know them yet.
_NEWER: dict[str, Any] = {"mixup": 0.0, "deterministic": False}
_DECIDING = ("face", "augmentation", "model", "training", "seed")


@dataclass(frozen=True)
class Identity:
    """What decides a training.

    Attributes:
        exact: Hashes of the whole of it; a checkpoint under any of them is of the same training.
        but_length: Hashes of all but how long it may take; a longer training has these in common with a shorter one.
    """

    exact: tuple[str, ...]
    but_length: tuple[str, ...]


def identify(settings: Settings, classes: int, faces: TrainingFaces, validation: TrainingFaces) -> Identity:
    """Return what decides a training; a checkpoint of another one is never continued.

    Faces count by their names where they have some: their rows move when other photos of the dataset go.
    """
    length = dataclasses.replace(settings, training=dataclasses.replace(settings.training, epochs=1, steps=0))
    named = [True, False] if faces.names else [False]
    return Identity(
        tuple(_hash(settings, classes, faces, validation, by_name) for by_name in named),
        tuple(_hash(length, classes, faces, validation, by_name) for by_name in named),
    )


def _hash(settings: Settings, classes: int, faces: TrainingFaces, validation: TrainingFaces, by_name: bool) -> str:
    values = {part: value for part, value in to_json(settings).items() if part in _DECIDING}
    training = values["training"]
    del training["keep_state"]
    values["training"] = {name: value for name, value in training.items() if name not in _NEWER or value != _NEWER[name]}
    digest = hashlib.sha256(json.dumps([values, classes], sort_keys=True).encode())
    for each in (faces, validation):
        who = "".join(each.names).encode() if by_name else each.rows.astype(np.int64).tobytes()
        digest.update(who + each.labels.astype(np.int64).tobytes() + b"|")
    return digest.hexdigest()


@dataclass(frozen=True)
class Places:
    """Where a training is stored; None: not at all.

    Attributes:
        checkpoint: Folder of the checkpoint.
        state: File of the end of the selection.
        earlier: File of the end of a shorter training, which this one goes on from.
    """

    checkpoint: Path | None = None
    state: Path | None = None
    earlier: Path | None = None


class Checkpoints:
    """Writes the state of one training, not more often than it is worth.

    Args:
        places: Where to.
        identity: Of the training.
        on_warning: Told what went wrong though the training goes on; with an empty text that it is mended.
    """

    def __init__(self, places: Places, identity: Identity, on_warning: Callable[[str], None] = lambda text: None) -> None:
        self._places, self._identity, self._warn = places, identity, on_warning
        self._next = time.monotonic() + SECONDS_BETWEEN

    @property
    def is_due(self) -> bool:
        """Whether the last time is long enough ago."""
        return self._places.checkpoint is not None and time.monotonic() >= self._next

    def read(self, epochs: int) -> Course:
        """Return where this training stood, or the start of one with so many epochs.

        Raises:
            TrainingError: the checkpoint is damaged or of another training.
        """
        folder, earlier = self._places.checkpoint, self._places.earlier
        if folder is not None and (folder / FILE).exists():
            return _read_course(folder / FILE, "identity", self._identity.exact)
        if earlier is None:
            return Course(epochs)
        course = _read_course(earlier, "but_length", self._identity.but_length)
        course.epochs = epochs
        # Who ended early for want of patience would end at once again.
        course.selection = dataclasses.replace(course.selection, waited=0)
        return course

    def try_to_write(self, course: Course, variables: list[Any]) -> None:
        """Store the end of an epoch; where the disk refuses, the older checkpoint stays and the training goes on."""
        try:
            self.write(course, variables)
        except StorageError as error:
            self._warn(f"No new checkpoint. {error.what}")
            self._next = time.monotonic() + SECONDS_BETWEEN
        else:
            self._warn("")

    def write(self, course: Course, variables: list[Any]) -> None:
        """Store the end of an epoch; the old checkpoint stays whole until the new one is.

        Raises:
            StorageError: the disk refuses.
        """
        folder = self._places.checkpoint
        if folder is None:
            return
        started = time.monotonic()
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._write(folder / FILE, course, variables)
        now = time.monotonic()
        self._next = now + max(SECONDS_BETWEEN, (now - started) / SHARE_OF_TIME)

    def keep_state(self, course: Course, variables: list[Any]) -> None:
        """Keep the end of the selection, which a longer training goes on from; without room for it there will be none."""
        if self._places.state is None:
            return
        try:
            self._write(self._places.state, course, variables)
        except StorageError as error:
            self._warn(f"This run cannot be trained longer later. {error.what}")

    def _write(self, file: Path, course: Course, variables: list[Any]) -> None:
        arrays: dict[str, Any] = {"logits": course.best_logits}
        arrays |= {f"best_{number:05}": each for number, each in enumerate(course.best_weights)}
        arrays |= {f"variable_{number:05}": np.asarray(each) for number, each in enumerate(variables)}
        buffer = io.BytesIO()
        np.savez(buffer, course=np.frombuffer(self._describe(course), np.uint8), **arrays)
        write_whole(file, buffer.getbuffer())

    def _describe(self, course: Course) -> bytes:
        values = {
            "identity": self._identity.exact[0],
            "but_length": self._identity.but_length[0],
            "phase": course.phase,
            "epochs": course.epochs,
            "history": [each.to_json() for each in course.history],
            "selection": dataclasses.asdict(course.selection),
            "best_epoch": course.best_epoch,
        }
        return json.dumps(values).encode()


def finished_epochs(checkpoint: Path, earlier: Path | None = None) -> list[EpochReport]:
    """Return the epochs that a resumed training will not repeat: what its history has to be cut to.

    Args:
        checkpoint, earlier: As in `Places`.

    Raises:
        TrainingError: the file is damaged.
    """
    file = checkpoint / FILE if (checkpoint / FILE).exists() or earlier is None else earlier
    return [EpochReport.from_json(each) for each in _read(file, whole=False)[0]["history"]] if file.exists() else []


def _read_course(file: Path, kind: str, known: tuple[str, ...]) -> Course:
    values, arrays = _read(file)
    if values.get(kind) not in known:
        raise TrainingError(
            f"{file} holds the checkpoint of another training.", "Delete it, or restore the settings it was made with."
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


def _read(file: Path, *, whole: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            values = json.loads(stored["course"].tobytes())
            return values, {name: stored[name] for name in stored.files if name != "course"} if whole else {}
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise TrainingError(f"The checkpoint {file} is damaged.", "Delete it and train again.") from error
