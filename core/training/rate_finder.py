"""Finding a learning rate: it rises from step to step, and where the loss is lowest it is ten times too high."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.models import build
from core.progress import ShouldStop, never
from core.settings import Settings
from core.training.devices import repeat_exactly
from core.training.feeding import training_batches
from core.training.loop import run_epochs
from core.training.records import TrainingFaces
from core.training.trainee import build_trainee

STEPS, LOW, HIGH = 100, 1e-6, 1.0
SMOOTHING = 0.9  # share of the losses before in the smoothed loss
EXPLODED = 4.0  # times the lowest smoothed loss: nothing is to be learnt from higher rates
FELL = 0.98  # of the first smoothed loss: a loss that never fell below it has shown nothing


@dataclass(frozen=True)
class RateCurve:
    """What the steps have shown.

    Attributes:
        rates: The learning rate of each step, rising.
        losses: The smoothed loss of the training faces at each step.
        raw: The loss of each step's batch.
        suggested: A tenth of the rate with the lowest smoothed loss; None where the loss has not fallen.
        stopped: Whether somebody asked to stop.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    raw: tuple[float, ...]
    suggested: float | None
    stopped: bool = False


def find_learning_rate(
    train: TrainingFaces,
    classes: int,
    settings: Settings,
    *,
    steps: int = STEPS,
    low: float = LOW,
    high: float = HIGH,
    report: Callable[[int, int], None] = lambda done, total: None,
    should_stop: ShouldStop = never,
) -> RateCurve:
    """Train a new network for some steps, each with a higher learning rate, until the loss explodes.

    Args:
        train: The faces that teach; no other ones are needed.
        classes: Number of people.
        settings: As for `train`; its learning rate and schedule are not used.
        steps: At most.
        low, high: The learning rates of the first and the last step; in between they grow by the same factor.
        report: Told (steps done, steps at most).
        should_stop: Asked after each step.

    Source:
        Smith, "Cyclical Learning Rates for Training Neural Networks" (arXiv 1506.01186), section 3.3, with rates that grow by
        a factor instead of a summand. A tenth of the rate with the lowest loss: Howard and Gugger, "Fastai: A Layered API for
        Deep Learning" (arXiv 2002.04688), whose finder suggests it.
    """
    if settings.training.deterministic:
        repeat_exactly()
    trainee = build_trainee(build(settings.model, settings.face.size, classes, settings.seed), settings)
    watch = _RateWatch(trainee, [low * (high / low) ** (step / (steps - 1)) for step in range(steps)], report, should_stop)
    # Each step is an epoch of its own for Keras: so it tells the loss of this step, and not the mean over all.
    run_epochs(trainee, training_batches(train, classes, settings), watch, first=0, epochs=steps, steps=1)
    rates, raw = tuple(watch.rates[: len(watch.raw)]), tuple(watch.raw)
    losses = tuple(smoothed(raw))
    return RateCurve(rates, losses, raw, suggest(rates, losses), watch.stopped)


def smoothed(raw: Sequence[float], share: float = SMOOTHING) -> list[float]:
    """Return for each loss the mean of it and those before, older ones counting less.

    Source: Kingma and Ba, Adam (arXiv 1412.6980), section 3: an exponential mean, corrected for its start at zero.
    """
    mean, found = 0.0, []
    for step, loss in enumerate(raw, start=1):
        mean = share * mean + (1 - share) * loss
        found.append(mean / (1 - share**step))
    return found


def suggest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return a tenth of the rate with the lowest smoothed loss, with two digits; None where the loss has not fallen."""
    if not losses or min(losses) > FELL * losses[0]:
        return None
    return float(f"{rates[int(np.argmin(losses))] / 10:.1e}")


class _RateWatch:
    """Raises the learning rate before each step, and ends when the loss explodes."""

    def __init__(self, trainee: Any, rates: list[float], report: Callable[[int, int], None], should_stop: ShouldStop) -> None:
        self.rates, self.stopped = rates, False
        self.raw: list[float] = []
        self._trainee, self._report, self._should_stop = trainee, report, should_stop

    def begin_epoch(self, epoch: int, _logs: Any) -> None:
        """Set the learning rate of the step that comes."""
        self._trainee.optimizer.learning_rate = self.rates[epoch]

    def end_step(self, _step: int, logs: dict[str, float]) -> None:
        """Note the loss, and look whether to go on."""
        self.stopped = self._should_stop()
        if math.isfinite(logs["loss"]):
            self.raw.append(logs["loss"])
            self._report(len(self.raw), len(self.rates))
        means = smoothed(self.raw)
        if self.stopped or not math.isfinite(logs["loss"]) or means[-1] > EXPLODED * min(means):
            self._trainee.stop_training = True

    def end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        """Do nothing: all was noted at the end of the step."""
