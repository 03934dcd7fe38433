"""The folds of a cross-validation: for each photo answers a network that has not learnt from it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core.calibration import Temperature, fit_temperature
from core.datasets import Photo, are_strangers
from core.errors import SettingsError, SplitError
from core.experiment.embedding import EmbeddedPart, Embedder, fit_head
from core.experiment.learnt import Floats
from core.experiment.lineup import PartFaces, part_faces
from core.experiment.photos import Dataset
from core.jobs import Stopped
from core.models import compute_logits
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop
from core.runs import PhotoRecord, layout
from core.settings import Settings
from core.splits import draw_folds
from core.training import TrainedNetwork, train

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FoldTask:
    """What all folds work with.

    Attributes:
        people: C names.
        folds: The faces of each part, in every fold.
        training_only: People whose photos are all alike, so that none can judge.
    """

    dataset: Dataset
    prepared: PreparedFaces
    settings: Settings
    people: tuple[str, ...]
    folds: tuple[dict[str, PartFaces], ...]
    training_only: tuple[str, ...]
    report: Report
    should_stop: ShouldStop

    def say(self, fold: int) -> None:
        """Report that a fold begins; `fold` counts from 0.

        Raises:
            Stopped: somebody asked to stop.
        """
        if self.should_stop():
            raise Stopped
        self.report(Progress("Training", fold, len(self.folds), "folds"))


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """What came of one fold.

    Attributes:
        number: From 1.
        test: The faces that judged.
        logits: float32 (N, C), of those faces, not yet divided by the temperature.
        temperature: Fitted on the fold's validation faces.
        taught: How many faces the network has learnt from.
        seconds: What the fold took.
    """

    number: int
    test: PartFaces
    logits: Floats
    temperature: Temperature
    taught: int
    seconds: float


def draw_task(
    dataset: Dataset,
    prepared: PreparedFaces,
    settings: Settings,
    folds: int,
    *,
    report: Report,
    should_stop: ShouldStop,
    among: Sequence[Photo] | None = None,
) -> FoldTask:
    """Draw the folds among all photos of the dataset, or among those given.

    Raises:
        SplitError: there are too few people, photos or faces for so many folds.
        SettingsError: fine-tuning is on.
    """
    if settings.model.architecture == "embedding" and settings.embedding.fine_tune:
        raise SettingsError("Cross-validation learns from stored embeddings and cannot fine-tune.", "Switch fine-tuning off.")
    photos = dataset.photos if among is None else among
    splits = draw_folds(photos, dataset.catalogue.groups(settings.split.duplicate_distance), folds, settings.seed)
    people = tuple(sorted({str(photo.person) for photo in photos if not are_strangers(photo.person)}))

    def faces_of(rows: Labels, part: str) -> PartFaces:
        chosen = [photos[row] for row in rows.tolist()]
        records = [PhotoRecord(each.sha256, each.path, str(each.person), part, prepared.status[each.sha256]) for each in chosen]
        return part_faces(records, people, prepared)

    parts = tuple({part: faces_of(getattr(split, part), part) for part in layout.PARTS} for split in splits)
    _check_enough(parts)
    judged = {str(photos[row].person) for split in splits for row in split.test.tolist()}
    alike = tuple(person for person in people if person not in judged)
    return FoldTask(dataset, prepared, settings, people, parts, alike, report, should_stop)


def _check_enough(folds: Sequence[dict[str, PartFaces]]) -> None:
    for number, parts in enumerate(folds, start=1):
        if len(set(parts["train"].labels.tolist())) < 2:
            raise SplitError(
                f"A face was found in the training photos of fewer than two people in fold {number}.",
                "Add photos in which one face is clearly seen, or choose another face detector.",
            )
        if not len(parts["test"].labels) + len(parts["test"].no_face_labels):
            raise SplitError(f"There are too few photos for {len(folds)} folds: one would be empty.", "Choose fewer folds.")


def answer_folds(task: FoldTask, known: Mapping[int, FoldAnswers] = MappingProxyType({})) -> Iterator[FoldAnswers]:
    """Learn fold by fold, and yield what is answered for the photos that were left out.

    Args:
        task: What all folds work with.
        known: Answers that were found before, by fold counted from 0; they are yielded as they are.

    Raises:
        Stopped: somebody asked to stop.
        VisageError: weights, memory or disk do not suffice.
    """
    by_embedding = task.settings.model.architecture == "embedding"
    answer = _ByEmbedding(task).answer if by_embedding else _by_pixels
    for place in range(len(task.folds)):
        if place not in known:
            yield answer(task, place)
        else:
            yield known[place]


class _ByEmbedding:
    """Answers with heads on embeddings: every face is embedded once, when the first fold needs it."""

    def __init__(self, task: FoldTask) -> None:
        self._task = task

    @cached_property
    def _every(self) -> tuple[EmbeddedPart, dict[str, int]]:
        """All faces, and the row of each photo's among them."""
        task = self._task
        task.report(Progress("Embedding faces", 0, 0, "", "Loading"))
        embedder = Embedder(task.dataset.catalogue, task.prepared, task.settings, task.report, task.should_stop)
        first = task.folds[0]  # the parts of any fold together are all faces
        embedded = {part: embedder.part(faces, teaching=True) for part, faces in first.items()}
        order = [sha256 for part in layout.PARTS for sha256 in first[part].sha256]
        every = embedded["train"].joined_with(embedded["validation"]).joined_with(embedded["test"])
        return every, {sha256: row for row, sha256 in enumerate(order)}

    def answer(self, task: FoldTask, place: int) -> FoldAnswers:
        """Return the answers of one fold; `place` counts from 0."""
        every, row_of = self._every
        started, parts = time.monotonic(), task.folds[place]
        task.say(place)
        chosen = {part: every.take(np.array([row_of[each] for each in faces.sha256], int)) for part, faces in parts.items()}
        validation, test, taught = _learn_head(chosen, task)
        temperature = fit_temperature(validation, chosen["validation"].labels)
        return FoldAnswers(place + 1, parts["test"], test, temperature, taught, time.monotonic() - started)


def _learn_head(parts: dict[str, EmbeddedPart], task: FoldTask) -> tuple[Floats, Floats, int]:
    """Return the logits of validation and test, and how many faces taught; as `learn_head` does it for a run."""
    train_part, validation, classes = parts["train"], parts["validation"], len(task.people)
    first = fit_head(train_part, None, classes, task.settings, should_stop=task.should_stop)
    last, taught = first, len(train_part.labels)
    if task.settings.training.refit and len(validation.labels) and not first.stopped:
        last = fit_head(train_part.joined_with(validation), None, classes, task.settings, should_stop=task.should_stop)
        taught += len(validation.labels)
    if first.stopped or last.stopped:
        raise Stopped
    return first.head.logits(validation.vectors), last.head.logits(parts["test"].vectors), taught


def _by_pixels(task: FoldTask, place: int) -> FoldAnswers:
    started, parts = time.monotonic(), task.folds[place]
    task.say(place)
    trained = train_aside(parts, task, place)
    temperature = fit_temperature(trained.validation_logits, parts["validation"].labels)
    logits = compute_logits(trained.network, task.prepared.pixels, parts["test"].rows)
    taught = len(parts["train"].labels) + (len(parts["validation"].labels) if trained.refitted else 0)
    return FoldAnswers(place + 1, parts["test"], logits, temperature, taught, time.monotonic() - started)


def train_aside(parts: dict[str, PartFaces], task: FoldTask, place: int) -> TrainedNetwork:
    """Train the network of one of the trainings that no run keeps, as a run would; `place` counts from 0.

    Raises:
        Stopped: somebody asked to stop.
        TrainingError: the memory is too small, or the loss is no number.
    """
    count = len(task.folds)
    words = f"fold {place + 1} of {count}" if count > 1 else ""
    trained = train(
        parts["train"].teaching(task.prepared),
        parts["validation"].teaching(task.prepared),
        len(task.people),
        task.settings,
        on_step=lambda done, total: task.report(
            Progress("Training", place * total + done, count * total, "steps", words),
        ),
        should_stop=task.should_stop,
    )
    if trained.stopped or trained.best_epoch == 0:
        raise Stopped
    return trained
