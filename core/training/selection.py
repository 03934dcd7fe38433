"""Which epoch is the best so far, when to stop, and how fast to learn next."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from core.settings import TrainingSettings

PLATEAU_PATIENCE = 5  # epochs without a better loss before the learning rate is lowered
PLATEAU_FACTOR = 0.5


@dataclass(frozen=True)
class Selection:
    """What the epochs so far have shown.

    Attributes:
        best_epoch, best_loss: The epoch with the lowest loss; 0 and infinity before the first.
        waited: Epochs since then.
        plateau: Epochs since then or since the learning rate was lowered last.
        drops: How often the learning rate was lowered.
    """

    best_epoch: int = 0
    best_loss: float = math.inf
    waited: int = 0
    plateau: int = 0
    drops: int = 0

    def after(self, epoch: int, loss: float) -> Selection:
        """Return what is known after `epoch` ended with `loss`."""
        if loss < self.best_loss:
            return Selection(best_epoch=epoch, best_loss=loss, drops=self.drops)
        lower = self.plateau + 1 >= PLATEAU_PATIENCE
        return dataclasses.replace(
            self, waited=self.waited + 1, plateau=0 if lower else self.plateau + 1, drops=self.drops + lower
        )


def planned_epochs(settings: TrainingSettings, steps: int) -> int:
    """Return how many epochs of `steps` steps there may be: more than `settings.epochs` if those are too few steps."""
    return max(settings.epochs, math.ceil(settings.steps / steps))


def learning_rate(settings: TrainingSettings, epoch: int, epochs: int, drops: int) -> float:
    """Return the learning rate of `epoch` (from 1) of `epochs`.

    In a warm-up it rises in equal steps, and the first epoch after it has the full rate. Where a training has more epochs
    than the settings name, because they would be too few steps, the warm-up grows alike.

    Args:
        settings: `schedule`, `learning_rate`, `warmup` and `epochs` are used.
        epoch: Which epoch.
        epochs: How many the training may take.
        drops: How often a plateau has lowered the rate before.

    Source:
        Warm-up: Goyal et al., "Accurate, Large Minibatch SGD" (arXiv 1706.02677), section 2.2, a step per epoch.
        Cosine: Loshchilov and Hutter, SGDR, arXiv 1608.03983, equation 5 without restarts, a step per epoch.
    """
    warmup = round(settings.warmup * epochs / settings.epochs)
    if epoch <= warmup:
        return settings.learning_rate * epoch / (warmup + 1)
    if settings.schedule == "cosine":
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (epoch - 1 - warmup) / (epochs - warmup)))
    if settings.schedule == "plateau":
        return settings.learning_rate * PLATEAU_FACTOR**drops
    return settings.learning_rate
