"""Rules on what validation says of the network."""

from __future__ import annotations

import numpy as np

from core.doctor.case import LEAST_EPOCHS, STUCK, WINDOW, Case, Finding

RISEN, RISEN_BY = 1.25, 0.1  # validation loss over its best, when training photos are learnt by heart
BY_HEART = 5  # epochs that all have to show it: in the first ones of a good training, too, validation jumps up and down
LONG_AGO, AT_LEAST = 0.5, 10  # share of the epochs, and epochs, without a better one
EASIER, EASIER_LOSS, FAR_EASIER = 0.03, 0.8, 0.1  # validation over training: accuracy, loss, accuracy where nothing explains it


def swallowed(case: Case) -> Finding | None:
    """Find a network that gives nearly all photos one name, and is wrong with it."""
    last = case.epochs[-1]
    share, accuracy = last.largest_share, last.validation_accuracy
    if share is None or accuracy is None or not case.has_begun:
        return None
    if share < (1 + case.majority) / 2 or accuracy > case.majority + 0.1 * (1 - case.majority):
        return None
    return Finding(
        "swallowed",
        "warning",
        f"The network gives {share:.0%} of the validation photos one and the same name.",
        "Switch class weights on, so that people with few photos count as much as others, or add photos of those; "
        "a lower learning rate may help, too.",
        last.epoch,
    )


def worse_than_majority(case: Case) -> Finding | None:
    """Find a network that is no better than always naming the most frequent person."""
    accuracy = case.best.validation_accuracy
    if accuracy is None or not case.has_begun or accuracy > case.majority or case.majority <= 0:
        return None
    return Finding(
        "worse_than_majority",
        "warning",
        f"Giving every photo the most frequent name would be right for {case.majority:.0%} of the validation photos; "
        f"the network is right for {accuracy:.0%}.",
        "It has learnt nothing of use yet. Try another learning rate or a preset with an embedding, and check the photos.",
    )


def overfitting(case: Case) -> Finding | None:
    """Find the epoch from which training photos are learnt by heart."""
    losses, best = case.validation, case.best
    place = case.epochs.index(best)
    if case.by_steps or len(losses) - place <= BY_HEART:
        return None
    risen = min(losses[-BY_HEART:]) > RISEN * losses[place] + RISEN_BY
    if not risen or case.losses[-1] >= case.losses[place]:
        return None
    return Finding(
        "overfitting",
        "warning",
        f"From {case.unit} {best.epoch + 1} on the network learns its training photos by heart: their loss goes on falling, "
        "that of the validation photos rises.",
        f"The best {case.unit}, {best.epoch}, is kept. More photos per person help most; then more random changes, "
        "more dropout or weight decay.",
        best.epoch + 1,
    )


def validation_easier(case: Case) -> Finding | None:
    """Explain why validation looks better than training."""
    recent = [each for each in case.epochs[-WINDOW:] if each.validation_loss is not None]
    if len(recent) < WINDOW or len(case.epochs) < LEAST_EPOCHS:
        return None
    ahead = float(np.mean([(each.validation_accuracy or 0.0) - each.accuracy for each in recent]))
    share = float(np.mean([(each.validation_loss or 0.0) / max(each.loss, 1e-9) for each in recent]))
    causes = _harder_training(case)
    if causes and (ahead >= EASIER or share <= EASIER_LOSS):
        words = f"Validation looks better than training. That is normal here: {' and '.join(causes)}."
        return Finding("validation_easier", "note", words, "There is nothing to do.")
    if not causes and ahead >= FAR_EASIER:
        words = "Validation is clearly better than training, though nothing makes training harder."
        advice = "The validation photos may be few or easy; a cross-validation tells how much is chance."
        return Finding("validation_easier", "note", words, advice)
    return None


def _harder_training(case: Case) -> list[str]:
    """Return what makes the training faces harder than the validation faces, in words."""
    settings, causes = case.settings, []
    changes = settings.augmentation
    changed = any(getattr(changes, name) for name in vars(changes))
    if changed and not (case.by_steps and settings.embedding.views < 2):
        causes.append("training faces are changed at random, validation faces are not")
    if settings.model.dropout and not case.by_steps:
        causes.append("dropout silences a part of the network while it trains")
    if settings.training.label_smoothing or settings.training.mixup:
        causes.append("its training targets are softened on purpose")
    return causes[:2]


def long_ago(case: Case) -> Finding | None:
    """Find a training whose best epoch was long ago."""
    losses, best = case.validation, case.best
    waited = case.epochs[-1].epoch - best.epoch
    learnt = bool(losses) and min(losses) < STUCK * case.blind  # else the first epochs are the best by chance
    if case.by_steps or not learnt or not case.has_begun or waited < max(AT_LEAST, LONG_AGO * len(case.epochs)):
        return None
    advice = "Stop and keep the best, or set early stopping to fewer epochs."
    if case.epochs[-1].epoch >= case.planned:
        advice = f"Next time fewer {case.unit}s do as well, or early stopping ends the training by itself."
    words = f"The best {case.unit} was {best.epoch}; the {waited} since then brought nothing better."
    return Finding("long_ago", "note", words, advice, best.epoch)
