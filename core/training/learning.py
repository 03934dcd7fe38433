"""The whole training: validation chooses the epoch, then all faces teach once more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import TrainingError
from core.models import answering, compute_logits
from core.settings import Settings
from core.training.checkpoint import Checkpoints, Places, identify
from core.training.course import Course
from core.training.devices import repeat_exactly
from core.training.lesson import NOBODY, Lesson
from core.training.loop import Loop, OneDevice
from core.training.phase import run_phase
from core.training.records import SELECT, Listeners, TrainedNetwork, TrainingFaces
from core.training.selection import planned_epochs
from core.training.watching import EpochWatch


def train(
    train: TrainingFaces,
    validation: TrainingFaces,
    classes: int,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    state: Path | None = None,
    earlier: Path | None = None,
    start: Callable[[], Any] | None = None,
    loop: Loop | None = None,
    watched: npt.NDArray[np.int64] = NOBODY,
    **hear: Any,
) -> TrainedNetwork:
    """Train a network and keep its best epoch: the one with the lowest validation loss, without validation the last.

    If `settings.training.refit`, a new network learns from training and validation faces together, for as many epochs at
    the same rates; it is kept unless it fits clearly worse. What is returned averages with the mirror image if asked to.

    Args:
        train, validation: The faces that teach, at least one, and those that choose, in the same pixels; maybe none.
        classes: Number of people; labels are below it.
        settings: `face.size`, `augmentation`, `model`, `training` and `seed` are used.
        checkpoint: Folder that this training is stored in, and goes on from if it is there already.
        state: File that the end of the selection is kept in, for a longer training; None: nowhere.
        earlier: Such a file of a shorter training, which this one goes on from.
        start, loop: See `Lesson`.
        watched: See `Lesson`; their answers are what `on_answers` hears.
        hear: See `Listeners`; nobody hears again of epochs that a checkpoint holds.

    Raises:
        TrainingError: the memory is full, the loss is no number, or the checkpoint is of another training.
        StorageError: the disk refuses the checkpoint of a pause; another one is tried again later.
        SettingsError: the faces are too small.
    """
    _check(train, validation, classes, settings)
    listeners, identity = Listeners(**hear), identify(settings, classes, train, validation)
    checkpoints = Checkpoints(Places(checkpoint, state, earlier), identity, listeners.on_warning)
    lesson = Lesson(train, validation, classes, settings, listeners, checkpoints, start, loop or OneDevice(), watched)
    return _teach(lesson)


def _teach(lesson: Lesson) -> TrainedNetwork:
    training = lesson.settings.training
    if training.deterministic:
        repeat_exactly()
    course = lesson.checkpoints.read(planned_epochs(training, lesson.steps))
    with _memory_errors(lesson.settings):
        return _run(course, lesson)


def _run(course: Course, lesson: Lesson) -> TrainedNetwork:
    if course.phase == SELECT:
        watch = run_phase(course, lesson)
        if not watch.is_through or not lesson.settings.training.refit or not lesson.validates:
            return _result(course, lesson, watch)
        course.turn_to_refit()
        lesson.checkpoints.try_to_write(course, [])
    everybody = dataclasses.replace(lesson, faces=lesson.faces.joined_with(lesson.validation), validation=_none_of(lesson))
    return _result(course, lesson, run_phase(course, everybody))


def _none_of(lesson: Lesson) -> TrainingFaces:
    faces = lesson.validation
    return TrainingFaces(faces.pixels, faces.rows[:0], faces.labels[:0])


def _result(course: Course, lesson: Lesson, watch: EpochWatch) -> TrainedNetwork:
    refitted, model, logits = course.refit_holds(), lesson.settings.model, course.best_logits
    network = watch.network
    refit_weights = network.get_weights() if refitted else []
    if course.best_weights:
        network.set_weights(course.best_weights)
        chosen = answering(network, model)
        if chosen is not network and not watch.paused:  # the epochs were compared by one view, at a fraction of the cost
            logits = compute_logits(chosen, lesson.validation.pixels, lesson.validation.rows)
    if refitted:
        network.set_weights(refit_weights)
    final = answering(network, model)
    return TrainedNetwork(
        final, course.best_epoch, course.history, watch.stopped, refitted, logits, watch.paused, watch.trouble
    )


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
