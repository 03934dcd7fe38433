"""What goes into a training and what comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.progress import never

SELECT, REFIT = "select", "refit"


@dataclass(frozen=True)
class EpochReport:
    """How one epoch went.

    Attributes:
        epoch, epochs: Which epoch of how many this phase may take, from 1.
        loss, accuracy: Of the training faces as the network saw them, changed at random and with dropout.
        validation_loss, validation_accuracy: Of the unchanged validation faces; None where there are none, and in a refit.
        learning_rate: Used in this epoch.
        seconds: What it took, validation included.
        best: Better than all epochs before.
        phase: "select" (validation chooses the epoch) or "refit" (training and validation faces together).
        largest_share: Share of the validation answers that name the most-named person, 0..1; None as for `validation_loss`.
        photos_per_second: How fast the network learnt, validation apart; None in histories of an earlier program.
        memory_bytes: Memory that the process held at the end of the epoch; None as before.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    best: bool
    phase: str
    largest_share: float | None = None
    photos_per_second: float | None = None
    memory_bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> EpochReport:
        """Rebuild a report from `to_json`; what a newer program has added is left out."""
        known = {each.name for each in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def timeless(self) -> EpochReport:
        """Return the report without what depends on the machine: two exact trainings differ in nothing else."""
        return dataclasses.replace(self, seconds=0.0, photos_per_second=None, memory_bytes=None)


@dataclass(frozen=True)
class Running:
    """The epoch under way.

    Attributes:
        phase, epoch, epochs, learning_rate: As in `EpochReport`.
        step, steps: Steps of this epoch that are done, and all of them.
        loss, accuracy: Mean over those steps.
        photos_per_second: Over those steps.
        memory_bytes: Memory that the process holds.
    """

    phase: str
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float
    photos_per_second: float
    memory_bytes: int


@dataclass(frozen=True, eq=False)
class TrainingFaces:
    """The faces that teach or choose.

    Attributes:
        pixels: uint8 (N, S, S, 3), RGB, 0..255; may be memory-mapped, is only ever asked for a batch of rows.
        rows: int64 (R,), which rows of `pixels` are meant.
        labels: int32 (R,), the person in each of `rows`.
        names: What each face is called wherever its row may change, as the hash of its photo; empty where that is not known.

    Raises:
        ValueError: as many labels as rows are needed, and as many names or none.
    """

    pixels: Any
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int32]
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows.ndim != 1 or self.rows.shape != self.labels.shape:
            raise ValueError(f"rows {self.rows.shape} and labels {self.labels.shape} have to be two lists of one length")
        if len(self.names) not in (0, len(self.rows)):
            raise ValueError(f"{len(self.names)} names for {len(self.rows)} rows")

    def joined_with(self, other: TrainingFaces) -> TrainingFaces:
        """Return these faces and those of `other`, which lie in the same pixels."""
        rows, labels = np.concatenate([self.rows, other.rows]), np.concatenate([self.labels, other.labels])
        names = self.names + other.names if self.names and other.names else ()
        return TrainingFaces(self.pixels, rows, labels, names)


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """What a training leaves.

    Attributes:
        network: keras.Model, uint8 faces in, logits out.
        best_epoch: The epoch whose weights (or whose number of epochs, after a refit) it has; 0 if stopped in the first.
        history: One report per epoch, first of the selection, then of the refit.
        stopped: Whether somebody asked to stop.
        refitted: Whether the network learnt from the validation faces too; False also where that went badly.
        validation_logits: float32 (V, C), of the network that validation chose, never of a refitted one.
        paused: Whether somebody asked to pause; all is in the checkpoint then, and the network is not finished.
        trouble: Why the training ended before its time without anybody asking, in a sentence; empty where it did not.
    """

    network: Any
    best_epoch: int
    history: list[EpochReport]
    stopped: bool
    refitted: bool
    validation_logits: npt.NDArray[np.float32]
    paused: bool = False
    trouble: str = ""


def _nothing(*_: Any) -> None:
    pass


@dataclass(frozen=True)
class Listeners:
    """Who hears of a training.

    Attributes:
        on_epoch: Told of each finished epoch.
        on_step: Told (steps done, steps at most); the second number shrinks when training ends early.
        should_stop: Asked after each step.
        should_pause: Asked after each epoch.
        on_running: Told of the epoch under way, at most twice a second.
        on_answers: Told (epoch, logits float32 (W, C) of the watched faces) after each epoch of the selection.
        on_warning: Told in a sentence what went wrong though the training goes on; with an empty one that it is mended.
    """

    on_epoch: Callable[[EpochReport], None] = _nothing
    on_step: Callable[[int, int], None] = _nothing
    should_stop: Callable[[], bool] = never
    should_pause: Callable[[], bool] = never
    on_running: Callable[[Running], None] = _nothing
    on_answers: Callable[[int, npt.NDArray[np.float32]], None] = _nothing
    on_warning: Callable[[str], None] = _nothing
