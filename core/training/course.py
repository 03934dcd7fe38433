"""Where a training stands: all that has to survive a killed process, beside the variables of the network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.settings import TrainingSettings
from core.training.records import REFIT, SELECT, EpochReport
from core.training.selection import Selection, learning_rate

Arrays = list[npt.NDArray[np.generic]]

# On the built-in faces good refits end below 1.2 times the chosen network's training loss; one that started badly, at 3.9.
REFIT_TOLERANCE = 1.5
REFIT_SLACK = 0.1  # losses close to zero may differ by any factor


@dataclass
class Course:
    """Where a training stands.

    Attributes:
        phase: "select" or "refit".
        epochs: How many epochs this phase may take.
        history: The reports of all finished epochs.
        selection: What the validation losses have shown.
        best_epoch, best_weights, best_logits: Of the epoch that validation prefers so far (the last one without validation).
        variables: Of the trainee and its optimiser when this phase was stored last; empty: it starts afresh.
    """

    epochs: int
    phase: str = SELECT
    history: list[EpochReport] = field(default_factory=list)
    selection: Selection = field(default_factory=Selection)
    best_epoch: int = 0
    best_weights: Arrays = field(default_factory=list)
    best_logits: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    variables: Arrays = field(default_factory=list)

    def reports(self, phase: str) -> list[EpochReport]:
        """Return the reports of one phase."""
        return [each for each in self.history if each.phase == phase]

    @property
    def finished(self) -> int:
        """How many epochs of this phase are finished."""
        return len(self.reports(self.phase))

    def is_over(self, settings: TrainingSettings, validated: bool) -> bool:
        """Whether this phase has no epoch left, or has waited too long for a better one."""
        early = self.phase == SELECT and validated and 0 < settings.patience <= self.selection.waited
        return early or self.finished >= self.epochs

    def rate_of(self, epoch: int, settings: TrainingSettings) -> float:
        """Return the learning rate of `epoch` in this phase; a refit repeats the rates that led to the best epoch."""
        if self.phase == REFIT:
            return self.reports(SELECT)[epoch - 1].learning_rate
        return learning_rate(settings, epoch, self.epochs, self.selection.drops)

    def turn_to_refit(self) -> None:
        """Begin the second phase: as many epochs as validation has chosen, from new weights."""
        self.phase, self.epochs, self.variables = REFIT, self.best_epoch, []

    def refit_holds(self) -> bool:
        """Whether the refit is whole and fits its faces about as well as the network that validation chose fitted its own.

        A network that starts anew may start badly. No validation face is left to show that, but the training loss does.
        """
        if self.phase != REFIT or self.finished < self.epochs:
            return False
        chosen, last = self.reports(SELECT)[self.best_epoch - 1], self.reports(REFIT)[-1]
        return last.loss <= REFIT_TOLERANCE * chosen.loss + REFIT_SLACK
