"""What a rule looks at, and what it says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.settings import Settings
from core.training import EpochReport

LEAST_EPOCHS = 5  # before that a curve says nothing
BEGINNING = 0.2  # share of the planned epochs that may pass without much to show: warm-up, a slow start
WINDOW = 3  # epochs that are averaged, so that one rough epoch decides nothing
STUCK = 0.95  # of the loss of a network that knows nothing but how often each person occurs


@dataclass(frozen=True)
class Finding:
    """What a rule has found.

    Attributes:
        rule: Its name: "stuck", "rate_too_high", "rate_too_low", "swallowed", "worse_than_majority", "overfitting",
            "validation_easier", "still_improving" or "long_ago".
        level: "warning": something is wrong; "note": worth knowing.
        words: What is to be seen, one or two sentences.
        advice: What to try, one or two sentences.
        epoch: Where it begins, None where it belongs to no epoch.
    """

    rule: str
    level: Literal["note", "warning"]
    words: str
    advice: str
    epoch: int | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A training as the rules look at it: the epochs in which validation chooses."""

    epochs: tuple[EpochReport, ...]
    people: int
    majority: float
    settings: Settings
    unit: str

    @property
    def by_steps(self) -> bool:
        """Whether this is the head of an embedding: its problem has one best end, and no learning rate."""
        return self.unit == "step"

    @property
    def planned(self) -> int:
        """How many epochs there may be."""
        return self.epochs[-1].epochs

    @property
    def has_begun(self) -> bool:
        """Whether enough has passed for the curves to say something."""
        return len(self.epochs) >= max(LEAST_EPOCHS, math.ceil(BEGINNING * self.planned))

    @property
    def losses(self) -> list[float]:
        """Training losses."""
        return [each.loss for each in self.epochs]

    @property
    def validation(self) -> list[float]:
        """Validation losses; empty where any is missing."""
        found = [each.validation_loss for each in self.epochs if each.validation_loss is not None]
        return found if len(found) == len(self.epochs) else []

    @property
    def best(self) -> EpochReport:
        """The epoch that is kept: the lowest validation loss, without validation the last."""
        losses = self.validation
        return self.epochs[losses.index(min(losses))] if losses else self.epochs[-1]

    @property
    def blind(self) -> float:
        """The loss of a network that only knows how often people occur: ln K where all occur alike.

        Of the frequencies only the largest is known here, so the others count as alike: the most it can be.
        """
        share, others = max(self.majority, 1 / self.people), self.people - 1
        rest = 1 - share
        return -share * math.log(share) - (rest * math.log(rest / others) if rest > 0 and others else 0.0)
