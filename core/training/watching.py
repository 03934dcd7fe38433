"""Following the steps of a phase: reports, validates, keeps the best weights, stops, stores."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import TrainingError
from core.models import compute_logits, softmax
from core.training.course import Course
from core.training.devices import memory_in_use
from core.training.lesson import Lesson
from core.training.records import REFIT, SELECT, EpochReport, Running, TrainingFaces
from core.training.trainee import lasting_variables

TELL_SECONDS = 0.5  # between two reports of the epoch under way


class EpochWatch:
    """Who follows a phase, see `core.training.loop.Watch`.

    Attributes:
        network: With its last weights.
        stopped, paused: Whether somebody asked for it.
        trouble: Why the phase ended though nobody asked; empty where it did not.
    """

    def __init__(self, course: Course, lesson: Lesson, network: Any, trainee: Any) -> None:
        self.course, self.lesson, self.network, self.trainee = course, lesson, network, trainee
        self.stopped = self.paused = False
        self.trouble = ""
        self._step, self._started, self._told = 0, 0.0, 0.0
        self._learning_seconds, self._rate = 0.0, 0.0

    @property
    def is_through(self) -> bool:
        """Whether the phase has ended by itself, with nothing wrong."""
        return not (self.stopped or self.paused or self.trouble)

    def begin_epoch(self, epoch: int, _logs: Any) -> None:
        """Set the epoch's learning rate."""
        self._step, self._started = 0, time.monotonic()
        self._rate = self.course.rate_of(epoch + 1, self.lesson.settings.training)
        self.trainee.optimizer.learning_rate = self._rate

    def end_step(self, _batch: int, logs: dict[str, float]) -> None:
        """Report the step, and look whether to stop."""
        self._step += 1
        listeners, now = self.lesson.listeners, time.monotonic()
        self._learning_seconds = now - self._started
        if not math.isfinite(logs["loss"]):
            self._diverge(logs["loss"])
            return
        listeners.on_step(*self._progress())
        if now - self._told >= TELL_SECONDS:
            self._told = now
            listeners.on_running(self._running(logs))
        if listeners.should_stop():
            self.stopped = self.trainee.stop_training = True

    def _diverge(self, loss: float) -> None:
        """End with the best epoch so far, for which there was nothing wrong yet."""
        epoch, rate = self.course.finished + 1, self.lesson.settings.training.learning_rate
        what, remedy = f"The loss became {loss} in epoch {epoch}.", f"Train again with a learning rate below {rate:g}."
        if not self.course.best_epoch:
            raise TrainingError(what, remedy)
        self.trouble = f"{what} The best epoch until then, {self.course.best_epoch}, was kept. {remedy}"
        self.trainee.stop_training = True

    def _progress(self) -> tuple[int, int]:
        course, steps = self.course, self.lesson.steps
        done = course.finished * steps + self._step
        if course.phase == REFIT:
            before = len(course.reports(SELECT)) * steps
            return before + done, before + course.epochs * steps
        later = course.epochs * steps if self.lesson.settings.training.refit and self.lesson.validates else 0
        return done, course.epochs * steps + later

    def _running(self, logs: dict[str, float]) -> Running:
        course = self.course
        return Running(
            phase=course.phase,
            epoch=course.finished + 1,
            epochs=course.epochs,
            step=self._step,
            steps=self.lesson.steps,
            loss=logs["loss"],
            accuracy=logs["accuracy"],
            learning_rate=self._rate,
            photos_per_second=self._photos_per_second(),
            memory_bytes=memory_in_use(),
        )

    def _photos_per_second(self) -> float:
        photos = min(self._step * self.lesson.settings.training.batch_size, len(self.lesson.faces.rows))
        return photos / max(self._learning_seconds, 1e-9)

    def end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        """Validate and report a whole epoch; one that was broken off leaves no trace."""
        if self._step < self.lesson.steps or self.trouble:
            return
        logits = self._validation_logits()
        loss = _cross_entropy(logits, self.lesson.validation) if len(logits) else None
        if loss is not None and not math.isfinite(loss):
            self._diverge(loss)
            return
        best = self._choose(epoch + 1, logs["loss"] if loss is None else loss, logits)
        report = self._report(epoch + 1, logs, logits, loss, best)
        self.course.history.append(report)
        self.lesson.listeners.on_epoch(report)
        self._tell_answers(report, logits)
        self._store()

    def _validation_logits(self) -> npt.NDArray[np.float32]:
        """Return the network's answers for the validation faces, float32 (V, C); none in a refit."""
        return compute_logits(self.network, self.lesson.validation.pixels, self.lesson.validation.rows)

    def _choose(self, epoch: int, loss: float, logits: npt.NDArray[np.float32]) -> bool:
        """Return whether this epoch is the best so far, and keep its weights."""
        course = self.course
        if course.phase == REFIT:
            return False
        course.selection = course.selection.after(epoch, loss)
        best = not self.lesson.validates or course.selection.best_epoch == epoch
        if best:  # without validation faces nothing speaks against the last epoch
            course.best_epoch, course.best_weights, course.best_logits = epoch, self.network.get_weights(), logits
        return best

    def _report(
        self, epoch: int, logs: dict[str, float], logits: npt.NDArray[np.float32], loss: float | None, best: bool
    ) -> EpochReport:
        course, named = self.course, logits.argmax(axis=1)
        return EpochReport(
            epoch=epoch,
            epochs=course.epochs,
            loss=logs["loss"],
            accuracy=logs["accuracy"],
            validation_loss=loss,
            validation_accuracy=None if loss is None else float((named == self.lesson.validation.labels).mean()),
            learning_rate=self._rate,
            seconds=time.monotonic() - self._started,
            best=best,
            phase=course.phase,
            largest_share=None if loss is None else float(np.bincount(named).max() / len(named)),
            photos_per_second=self._photos_per_second(),
            memory_bytes=memory_in_use(),
        )

    def _tell_answers(self, report: EpochReport, logits: npt.NDArray[np.float32]) -> None:
        watched, faces = self.lesson.watched, self.lesson.faces
        if report.phase != SELECT or not len(watched):
            return
        own = logits[watched] if len(logits) else compute_logits(self.network, faces.pixels, faces.rows[watched])
        self.lesson.listeners.on_answers(report.epoch, own)

    def _store(self) -> None:
        """Store the epoch where it is time, and end the phase where it is over or somebody asks to pause."""
        lesson, checkpoints = self.lesson, self.lesson.checkpoints
        self.paused = lesson.listeners.should_pause()
        if self.paused:
            checkpoints.write(self.course, lasting_variables(self.trainee))
        elif checkpoints.is_due:
            checkpoints.try_to_write(self.course, lasting_variables(self.trainee))
        if self.paused or self.course.is_over(lesson.settings.training, lesson.validates):
            self.trainee.stop_training = True


def _cross_entropy(logits: Any, faces: TrainingFaces) -> float:
    chances = softmax(logits)[np.arange(len(logits)), faces.labels]
    return float(-np.log(np.maximum(chances, np.finfo(np.float32).tiny)).mean())
