"""Rules on how the loss falls: not at all, by steps that are too large or too small, or still at the end."""

from __future__ import annotations

import math

import numpy as np

from core.doctor.case import LEAST_EPOCHS, STUCK, WINDOW, Case, Finding

JUMP, JUMP_BY, JUMPS = 1.5, 0.1, 2  # training loss over that of the epoch before: factor, difference, and how often
EVEN = 0.7  # fall of the second half of an even curve over that of the first
LITTLE, FAR = 0.02, 0.5  # an even fall that counts, and the loss above which a network has hardly learnt, of a blind one's
GAINED = 0.05  # share by which the validation loss still fell in the last fifth


def no_number(case: Case) -> Finding:
    """Tell in which epoch the loss became no number."""
    epoch = next(each.epoch for each in case.epochs if not math.isfinite(each.loss))
    words = f"The loss became no number in {case.unit} {epoch}: the steps were far too large."
    return Finding("rate_too_high", "warning", words, _lower_rate(case), epoch)


def stuck(case: Case) -> Finding | None:
    """Find a loss that stays where a network that knows nothing begins."""
    recent = case.losses[-WINDOW:]
    if not case.has_begun or _diverged(case) or min(recent) < STUCK * case.blind or _learns(case):
        return None
    return Finding(
        "stuck",
        "warning",
        f"The loss stays near {case.blind:.2f}, that of a network that knows nothing but how often each person occurs.",
        "Try another learning rate; the learning-rate finder shows a good one. If that does not help, use fewer random "
        "changes, or look on Explore whether the photos lie under the right names.",
    )


def _learns(case: Case) -> bool:
    """Whether validation shows that something was learnt, whatever random changes do to the training loss."""
    losses = case.validation
    return bool(losses) and min(losses[-WINDOW:]) < STUCK * case.blind


def rate_too_high(case: Case) -> Finding | None:
    """Find a loss that jumps, or ends above where it began."""
    if case.by_steps or len(case.epochs) < LEAST_EPOCHS:
        return None
    jumps = _jumps(case)
    if len(jumps) < JUMPS and not _diverged(case):
        return None
    epoch = jumps[0] if jumps else None
    words = "The loss jumps up again and again" if len(jumps) >= JUMPS else "The loss is higher than at the start"
    return Finding("rate_too_high", "warning", f"{words}: the steps are too large.", _lower_rate(case), epoch)


def _jumps(case: Case) -> list[int]:
    """Return the epochs whose training loss is clearly above that of the epoch before."""
    pairs = zip(case.epochs, case.epochs[1:], strict=False)
    return [now.epoch for before, now in pairs if now.loss > JUMP * before.loss + JUMP_BY]


def _diverged(case: Case) -> bool:
    """Whether the loss of the last epochs is far above that of a network that knows nothing."""
    return len(case.epochs) >= LEAST_EPOCHS and not case.by_steps and min(case.losses[-WINDOW:]) > JUMP * case.blind


def _lower_rate(case: Case) -> str:
    rate = case.settings.training.learning_rate
    return f"Train again with a lower learning rate, such as {rate / 10:.1g}; the learning-rate finder shows a good one."


def rate_too_low(case: Case) -> Finding | None:
    """Find a loss that falls so evenly and slowly that the planned epochs will not do."""
    losses = case.losses
    if case.by_steps or not case.has_begun or len(losses) < 2 * LEAST_EPOCHS or _learns_well(case):
        return None
    middle = len(losses) // 2
    first, second = losses[0] - losses[middle], losses[middle] - losses[-1]
    falls = np.diff(losses) < 0
    even = second >= EVEN * first > 0 and falls.mean() > 0.9  # a good rate falls fast first, then ever more slowly
    to_come = second / (len(losses) - middle - 1) * (case.planned - case.epochs[-1].epoch)
    if not even or second < LITTLE * case.blind or losses[-1] - to_come < FAR * case.blind:
        return None
    rate = case.settings.training.learning_rate
    return Finding(
        "rate_too_low",
        "warning",
        f"The loss falls evenly and slowly, and after {len(losses)} {case.unit}s it is still high: the steps are too small.",
        f"Train again with a higher learning rate, such as {min(1.0, rate * 5):.1g}; the learning-rate finder helps.",
    )


def _learns_well(case: Case) -> bool:
    losses = case.validation
    return bool(losses) and losses[-1] < FAR * case.blind


def still_improving(case: Case) -> Finding | None:
    """Find a training that ended while its loss was still falling."""
    last, count = case.epochs[-1], len(case.epochs)
    losses = case.validation or case.losses
    if last.epoch < case.planned or count < LEAST_EPOCHS or losses.index(min(losses)) < 0.9 * count - 1:
        return None
    before = min(losses[: max(1, math.floor(0.8 * count))])
    if before - min(losses) < max(GAINED * before, 0.01 * case.blind):
        return None
    more = math.ceil(0.5 * case.planned)
    words = f"The loss was still falling in the last of {case.planned} {case.unit}s."
    return Finding("still_improving", "note", words, f"Train longer, for {more} more {case.unit}s or so.", last.epoch)
