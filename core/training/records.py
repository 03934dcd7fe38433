"""What goes into a training and what comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> EpochReport:
        """Rebuild a report from `to_json`."""
        return cls(**values)


@dataclass(frozen=True, eq=False)
class TrainingFaces:
    """The faces that teach or choose.

    Attributes:
        pixels: uint8 (N, S, S, 3), RGB, 0..255; may be memory-mapped, is only ever asked for a batch of rows.
        rows: int64 (R,), which rows of `pixels` are meant.
        labels: int32 (R,), the person in each of `rows`.

    Raises:
        ValueError: as many labels as rows are needed.
    """

    pixels: Any
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        if self.rows.ndim != 1 or self.rows.shape != self.labels.shape:
            raise ValueError(f"rows {self.rows.shape} and labels {self.labels.shape} have to be two lists of one length")

    def joined_with(self, other: TrainingFaces) -> TrainingFaces:
        """Return these faces and those of `other`, which lie in the same pixels."""
        rows, labels = np.concatenate([self.rows, other.rows]), np.concatenate([self.labels, other.labels])
        return TrainingFaces(self.pixels, rows, labels)


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
    """

    network: Any
    best_epoch: int
    history: list[EpochReport]
    stopped: bool
    refitted: bool
    validation_logits: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Listeners:
    """Who hears of a training.

    Attributes:
        on_epoch: Told of each finished epoch.
        on_step: Told (steps done, steps at most); the second number shrinks when training ends early.
        should_stop: Asked after each step.
    """

    on_epoch: Callable[[EpochReport], None]
    on_step: Callable[[int, int], None]
    should_stop: Callable[[], bool]
