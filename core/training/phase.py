"""One phase of a training: a single fit, watched step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import TrainingError
from core.models import build, compute_logits, softmax
from core.settings import Settings
from core.training.checkpoint import Checkpoints
from core.training.course import Course
from core.training.feeding import balancing_weights, batch_reader, endless_batches, steps_per_epoch
from core.training.records import REFIT, SELECT, EpochReport, Listeners, TrainingFaces
from core.training.trainee import build_trainee


@dataclass(frozen=True, eq=False)
class Lesson:
    """What one phase works with: `validation` may have no rows, and has none in a refit.

    `start` makes the network to begin with; None: an untrained one as the settings describe it.
    """

    faces: TrainingFaces
    validation: TrainingFaces
    classes: int
    settings: Settings
    listeners: Listeners
    checkpoints: Checkpoints
    start: Callable[[], Any] | None = None

    @property
    def steps(self) -> int:
        """Steps of one epoch."""
        return steps_per_epoch(self.faces, self.settings.training.batch_size)


def run_phase(course: Course, lesson: Lesson) -> tuple[Any, bool]:
    """Train for the epochs that `course` has left in its phase.

    Returns:
        The network with its last weights, and whether somebody asked to stop.

    Raises:
        TrainingError: the loss is no number any more.
    """
    import keras

    settings = lesson.settings
    network = lesson.start() if lesson.start else build(settings.model, settings.face.size, lesson.classes, settings.seed)
    trainee = build_trainee(network, settings)
    for variable, value in zip(_variables(trainee) if course.variables else [], course.variables, strict=True):
        variable.assign(value)
    course.variables = []  # a second copy would only take memory
    watch = _Watch(course, lesson, network, trainee)
    if not course.is_over(settings.training, watch.validates):
        callback = keras.callbacks.LambdaCallback(
            on_epoch_begin=watch.begin_epoch, on_train_batch_end=watch.end_step, on_epoch_end=watch.end_epoch
        )
        trainee.fit(
            _batches(lesson, course.finished * lesson.steps),
            initial_epoch=course.finished,
            epochs=course.epochs,
            steps_per_epoch=lesson.steps,
            callbacks=[callback],
            verbose=0,
            shuffle=False,
        )
    return network, watch.stopped


def _variables(trainee: Any) -> list[Any]:
    """Return all that outlives an epoch: weights, the states of the random generators, the optimiser's memory."""
    of_metrics = {id(each) for each in trainee.metrics_variables}
    return [*(each for each in trainee.variables if id(each) not in of_metrics), *trainee.optimizer.variables]


def _batches(lesson: Lesson, first_step: int) -> Any:
    faces, settings = lesson.faces, lesson.settings
    balanced = settings.training.class_weights
    weights = balancing_weights(faces.labels) if balanced else np.ones(len(faces.rows), np.float32)
    read = batch_reader(faces, weights, lesson.classes, settings.training.batch_size, settings.seed)
    return endless_batches(read, first_step, settings.face.size, lesson.classes)


class _Watch:
    """Follows a fit: reports, validates, keeps the best weights, stops, stores."""

    def __init__(self, course: Course, lesson: Lesson, network: Any, trainee: Any) -> None:
        self.course, self.lesson, self.network, self.trainee = course, lesson, network, trainee
        self.stopped = False
        self.validates = len(lesson.validation.rows) > 0
        self._step, self._started = 0, 0.0

    def begin_epoch(self, epoch: int, _logs: Any) -> None:
        """Set the epoch's learning rate."""
        self._step, self._started = 0, time.monotonic()
        self.trainee.optimizer.learning_rate = self.course.rate_of(epoch + 1, self.lesson.settings.training)

    def end_step(self, _batch: int, logs: dict[str, float]) -> None:
        """Report the step, and look whether to stop."""
        self._step += 1
        if not math.isfinite(logs["loss"]):
            raise TrainingError(
                f"The loss became {logs['loss']} in epoch {self.course.finished + 1}.",
                f"Train again with a learning rate below {self.lesson.settings.training.learning_rate:g}.",
            )
        self.lesson.listeners.on_step(*self._progress())
        if self.lesson.listeners.should_stop():
            self.stopped = self.trainee.stop_training = True

    def _progress(self) -> tuple[int, int]:
        course, steps = self.course, self.lesson.steps
        done = course.finished * steps + self._step
        if course.phase == REFIT:
            before = len(course.reports(SELECT)) * steps
            return before + done, before + course.epochs * steps
        later = course.epochs * steps if self.lesson.settings.training.refit and self.validates else 0
        return done, course.epochs * steps + later

    def end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        """Validate and report a whole epoch; one that was broken off leaves no trace."""
        if self._step < self.lesson.steps:
            return
        course, training = self.course, self.lesson.settings.training
        rate = course.rate_of(epoch + 1, training)
        loss, accuracy, best = self._validate(epoch + 1, logs["loss"])
        report = EpochReport(
            epoch=epoch + 1,
            epochs=course.epochs,
            loss=logs["loss"],
            accuracy=logs["accuracy"],
            validation_loss=loss,
            validation_accuracy=accuracy,
            learning_rate=rate,
            seconds=time.monotonic() - self._started,
            best=best,
            phase=course.phase,
        )
        course.history.append(report)
        self.lesson.listeners.on_epoch(report)
        self.lesson.checkpoints.write_if_due(course, _variables(self.trainee))
        if course.is_over(training, self.validates):
            self.trainee.stop_training = True

    def _validate(self, epoch: int, training_loss: float) -> tuple[float | None, float | None, bool]:
        """Return validation loss, accuracy and whether they are the best, and keep the best weights."""
        if self.course.phase == REFIT:
            return None, None, False
        course, validation = self.course, self.lesson.validation
        logits = compute_logits(self.network, validation.pixels, validation.rows)
        loss = _cross_entropy(logits, validation) if self.validates else None
        accuracy = float((logits.argmax(axis=1) == validation.labels).mean()) if self.validates else None
        course.selection = course.selection.after(epoch, training_loss if loss is None else loss)
        best = loss is None or course.selection.best_epoch == epoch
        if best:  # without validation faces nothing speaks against the last epoch
            course.best_epoch, course.best_weights, course.best_logits = epoch, self.network.get_weights(), logits
        return loss, accuracy, best


def _cross_entropy(logits: Any, faces: TrainingFaces) -> float:
    chances = softmax(logits)[np.arange(len(logits)), faces.labels]
    return float(-np.log(np.maximum(chances, np.finfo(np.float32).tiny)).mean())
