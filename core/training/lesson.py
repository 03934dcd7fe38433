"""What one phase of a training works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import Settings
from core.training.checkpoint import Checkpoints
from core.training.feeding import steps_per_epoch
from core.training.loop import Loop, OneDevice
from core.training.records import Listeners, TrainingFaces

NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What one phase works with.

    Attributes:
        validation: May have no rows, and has none in a refit.
        start: Makes the network to begin with; None: an untrained one as the settings describe it.
        loop: The way through the steps.
        watched: int64 (W,), places in `validation`, or in `faces` without validation: whose answers are told each epoch.
    """

    faces: TrainingFaces
    validation: TrainingFaces
    classes: int
    settings: Settings
    listeners: Listeners
    checkpoints: Checkpoints
    start: Callable[[], Any] | None = None
    loop: Loop = field(default_factory=OneDevice)
    watched: npt.NDArray[np.int64] = field(default_factory=lambda: NOBODY)

    @property
    def steps(self) -> int:
        """Steps of one epoch."""
        return steps_per_epoch(self.faces, self.settings.training.batch_size)

    @property
    def validates(self) -> bool:
        """Whether there are faces to choose the epoch by."""
        return len(self.validation.rows) > 0
