"""All rules applied to one training.

Each rule looks at the epochs so far and finds something or nothing. It is cautious: a training that has barely begun, or one
whose curve is merely rough, gets no finding. The limits were set so that hand-made sick curves are found and no epoch of real
trainings of the presets is called sick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from core.doctor import judging, learning
from core.doctor.case import Case, Finding
from core.settings import Settings
from core.training import SELECT, EpochReport

RULES: tuple[Callable[[Case], Finding | None], ...] = (
    learning.stuck,
    learning.rate_too_high,
    learning.rate_too_low,
    judging.swallowed,
    judging.worse_than_majority,
    judging.overfitting,
    judging.validation_easier,
    learning.still_improving,
    judging.long_ago,
)


def diagnose(
    history: Sequence[EpochReport], people: int, majority_share: float, settings: Settings, unit: str
) -> tuple[Finding, ...]:
    """Say what the curves of a training show, warnings first.

    Args:
        history: All reports so far, of a training that goes on or has ended; those of a refit are passed over.
        people: How many people the network tells apart.
        majority_share: Share of the validation photos, 0..1, that show the person with the most of them.
        settings: Of the run.
        unit: What the history counts: "Epoch", or "Step" for a head on an embedding.
    """
    epochs = tuple(each for each in history if each.phase == SELECT)
    if not epochs or people < 2:
        return ()
    case = Case(epochs, people, majority_share, settings, unit.lower())
    if not all(math.isfinite(each) for each in case.losses):
        return (learning.no_number(case),)
    found = [finding for rule in RULES if (finding := rule(case)) is not None]
    return tuple(sorted(found, key=lambda each: each.level != "warning"))
