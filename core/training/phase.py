"""One phase of a training: a single way through its epochs, watched step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.models import build
from core.training.course import Course
from core.training.feeding import balancing_weights, batch_reader, endless_batches
from core.training.lesson import Lesson
from core.training.records import SELECT
from core.training.trainee import build_trainee, lasting_variables
from core.training.watching import EpochWatch


def run_phase(course: Course, lesson: Lesson) -> EpochWatch:
    """Train for the epochs that `course` has left in its phase.

    Returns:
        Who has watched it: knows the network with its last weights, and why it ended.

    Raises:
        TrainingError: the loss is no number any more, and there is no better epoch to keep.
        StorageError: somebody asked to pause, and the disk refuses the checkpoint.
    """
    settings = lesson.settings
    with lesson.loop.scope(settings, lesson.classes):
        network = lesson.start() if lesson.start else build(settings.model, settings.face.size, lesson.classes, settings.seed)
        trainee = build_trainee(network, settings)
        for variable, value in zip(lasting_variables(trainee) if course.variables else [], course.variables, strict=True):
            variable.assign(value)
    course.variables = []  # a second copy would only take memory
    watch = EpochWatch(course, lesson, network, trainee)
    if not course.is_over(settings.training, lesson.validates):
        batches = _batches(lesson, course.finished * lesson.steps)
        first, epochs = course.finished, course.epochs
        lesson.loop.run_epochs(trainee, batches, watch, first=first, epochs=epochs, steps=lesson.steps)
    if course.phase == SELECT and watch.is_through:
        lesson.checkpoints.keep_state(course, lasting_variables(trainee))
    return watch


def _batches(lesson: Lesson, first_step: int) -> Any:
    faces, settings = lesson.faces, lesson.settings
    balanced = settings.training.class_weights
    weights = balancing_weights(faces.labels) if balanced else np.ones(len(faces.rows), np.float32)
    read = batch_reader(faces, weights, lesson.classes, settings.training, settings.seed)
    return endless_batches(read, first_step, settings.face.size, lesson.classes)
