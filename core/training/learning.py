"""The whole training: validation chooses the epoch, then all faces teach once more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import TrainingError
from core.models import answering, compute_logits
from core.progress import ShouldStop, never
from core.settings import Settings
from core.training.checkpoint import Checkpoints, fingerprint
from core.training.course import Course
from core.training.phase import Lesson, run_phase
from core.training.records import SELECT, EpochReport, Listeners, TrainedNetwork, TrainingFaces
from core.training.selection import planned_epochs


def train(
    train: TrainingFaces,
    validation: TrainingFaces,
    classes: int,
    settings: Settings,
    *,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    on_step: Callable[[int, int], None] = lambda done, total: None,
    should_stop: ShouldStop = never,
    checkpoint: Path | None = None,
    start: Callable[[], Any] | None = None,
) -> TrainedNetwork:
    """Train a network and keep its best epoch.

    Each epoch ends with the loss of the unchanged validation faces; the epoch with the lowest one is kept. If
    `settings.training.refit`, a new network learns from training and validation faces together, for as many epochs at the
    same rates; it is kept unless it fits clearly worse. Without validation faces the last epoch is kept. The network that
    is returned, and its validation logits, average with the mirror image if `settings.model.mirror_average`.

    Args:
        train: The faces that teach; at least one.
        validation: The faces that choose, in the same pixels; may have no rows.
        classes: Number of people; labels are 0..classes-1.
        settings: `face.size`, `augmentation`, `model`, `training` and `seed` are used.
        on_epoch, on_step: See `Listeners`; not told again of epochs that a checkpoint holds.
        should_stop: Asked after each step; a stopped training keeps the best epoch that validation has chosen.
        checkpoint: Folder that this training is stored in, and goes on from if it is there already.
        start: Makes the network to begin with, in place of an untrained one; called once per phase.

    Raises:
        TrainingError: the memory is full, the loss is no number, or the checkpoint is of another training.
        StorageError: the disk refuses the checkpoint.
        SettingsError: the faces are too small for the network.
    """
    _check(train, validation, classes, settings)
    checkpoints = Checkpoints(checkpoint, fingerprint(settings, classes, train, validation))
    lesson = Lesson(train, validation, classes, settings, Listeners(on_epoch, on_step, should_stop), checkpoints, start)
    course = checkpoints.read() or Course(planned_epochs(settings.training, lesson.steps))
    with _memory_errors(settings):
        return _run(course, lesson)


def _run(course: Course, lesson: Lesson) -> TrainedNetwork:
    stopped = False
    if course.phase == SELECT:
        network, stopped = run_phase(course, lesson)
        if stopped or not lesson.settings.training.refit or not len(lesson.validation.rows):
            return _result(course, lesson, network, stopped)
        course.turn_to_refit()
        lesson.checkpoints.write(course, [])
    nobody = dataclasses.replace(lesson.validation, rows=lesson.validation.rows[:0], labels=lesson.validation.labels[:0])
    everybody = dataclasses.replace(lesson, faces=lesson.faces.joined_with(lesson.validation), validation=nobody)
    network, stopped = run_phase(course, everybody)
    return _result(course, lesson, network, stopped)


def _result(course: Course, lesson: Lesson, network: Any, stopped: bool) -> TrainedNetwork:
    refitted, model, logits = course.refit_holds(), lesson.settings.model, course.best_logits
    refit_weights = network.get_weights() if refitted else []
    if course.best_weights:
        network.set_weights(course.best_weights)
        if model.mirror_average:  # the epochs were compared without it, at half the cost
            logits = compute_logits(answering(network, model), lesson.validation.pixels, lesson.validation.rows)
    if refitted:
        network.set_weights(refit_weights)
    final = answering(network, model)
    return TrainedNetwork(final, course.best_epoch, course.history, stopped, refitted, logits)


def _check(train: TrainingFaces, validation: TrainingFaces, classes: int, settings: Settings) -> None:
    side = settings.face.size
    if not len(train.rows):
        raise ValueError("there are no faces to learn from")
    if tuple(train.pixels.shape[1:]) != (side, side, 3):
        raise ValueError(f"faces are {train.pixels.shape[1:]}, the settings say {(side, side, 3)}")
    labels = np.concatenate([train.labels, validation.labels])
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels have to lie in 0..{classes - 1}")


@contextmanager
def _memory_errors(settings: Settings) -> Iterator[None]:
    import tensorflow as tf

    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise TrainingError(
            f"The memory is too small for batches of {settings.training.batch_size} faces of {settings.face.size} px.",
            "Lower the batch size or the face size, or close other programs, then train again.",
        ) from error
