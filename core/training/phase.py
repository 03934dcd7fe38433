"""One phase of a training: a single way through its epochs, watched step by step."""

from __future__ import annotations

from core.models import build
from core.training.course import Course
from core.training.feeding import training_batches
from core.training.lesson import Lesson
from core.training.records import SELECT
from core.training.trainee import build_trainee, lasting_variables, restore
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
        restore(trainee, course.variables)
    course.variables = []  # a second copy would only take memory
    watch = EpochWatch(course, lesson, network, trainee)
    if not course.is_over(settings.training, lesson.validates):
        batches = training_batches(lesson.faces, lesson.classes, settings, course.finished * lesson.steps)
        first, epochs = course.finished, course.epochs
        lesson.loop.run_epochs(trainee, batches, watch, first=first, epochs=epochs, steps=lesson.steps)
    if course.phase == SELECT and watch.is_through:
        lesson.checkpoints.keep_state(course, lasting_variables(trainee))
    return watch
