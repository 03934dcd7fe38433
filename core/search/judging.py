"""Judging settings by faces that they have not learnt from. The test photos of the split have no part in it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.calibration import fit_temperature
from core.datasets import are_strangers
from core.errors import SplitError
from core.evaluation import EvaluationReport
from core.experiment.embedding import EmbeddedPart, Embedder, fit_head
from core.experiment.folds import draw_task
from core.experiment.learnt import Floats
from core.experiment.lineup import PartFaces, describe, part_faces
from core.experiment.measuring import report_on
from core.experiment.photos import Dataset
from core.jobs import Stopped
from core.models import compute_logits
from core.preparation import PreparedFaces
from core.progress import Report, ShouldStop
from core.runs import PhotoRecord
from core.search.records import SearchSettings
from core.settings import Settings
from core.splits import draw_split
from core.training import EpochReport, train

Parts = dict[str, PartFaces]
FIRST_RANDOM_VIEW = 3  # the first is the face, the second its mirror image
OnEpoch = Callable[[EpochReport], None]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What came of one training.

    Attributes:
        report: On the faces that judged.
        epochs: How many were trained; 0 for a head.
    """

    report: EvaluationReport
    epochs: int


@dataclass(frozen=True, eq=False)
class Embedded:
    """The embeddings of all faces that teach or judge.

    Attributes:
        key: What decides them beside the faces.
        every: All of them.
        rows: The row of each photo's face in `every`.
    """

    key: object
    every: EmbeddedPart
    rows: dict[str, int]

    def faces(self, part: PartFaces) -> EmbeddedPart:
        """Return those of one part."""
        return self.every.take(np.array([self.rows[sha256] for sha256 in part.sha256], int))


class Jury:
    """The photos that teach and those that judge, drawn once for all trials.

    Without folds they are the training and the validation photos of the very split that a run with these settings and seed
    would draw. With folds, both together are cut into folds. Either way no test photo is among them.

    Raises:
        SplitError: there are too few people, photos or faces.
    """

    def __init__(self, dataset: Dataset, prepared: PreparedFaces, search: SearchSettings) -> None:
        self._dataset, self._prepared, self._search = dataset, prepared, search
        settings, photos = search.settings, dataset.photos
        split = draw_split(photos, dataset.catalogue.groups(settings.split.duplicate_distance), settings.split, settings.seed)
        self.people = tuple(sorted({str(each.person) for each in photos if not are_strangers(each.person)}))
        if search.folds:
            rest = [photos[row] for row in sorted([*split.train.tolist(), *split.validation.tolist()])]
            asking = {"report": lambda progress: None, "should_stop": lambda: False}
            drawn = draw_task(dataset, prepared, settings, search.folds, among=rest, **asking)  # type: ignore[arg-type]
            self.people, self.rounds, self.judges = drawn.people, drawn.folds, "test"
        else:
            parts = {part: self._faces(getattr(split, part), part) for part in ("train", "validation")}
            _check(parts)
            self.rounds, self.judges = (parts,), "validation"
        self._embedded: Embedded | None = None

    @property
    def contents(self) -> str:
        """A hash of the photos, their people and the faces chosen in them."""
        return describe(self._dataset, self.people).fingerprint

    def _faces(self, rows: Any, part: str) -> PartFaces:
        photos, status = [self._dataset.photos[row] for row in rows.tolist()], self._prepared.status
        records = [PhotoRecord(each.sha256, each.path, str(each.person), part, status[each.sha256]) for each in photos]
        return part_faces(records, self.people, self._prepared)

    def judge(self, settings: Settings, report: Report, should_stop: ShouldStop, on_epoch: OnEpoch) -> Iterator[Judgement]:
        """Learn with `settings`, and yield what is said of the faces that judge: once, or once for each fold.

        Args:
            settings: Of the trial; nothing is refitted, as only the judged network counts.
            report: Told where it stands.
            should_stop: Asked often.
            on_epoch: Told of each epoch where there is but one training; heads on embeddings have none.

        Raises:
            Stopped: `should_stop` said so, and this training was not brought to its end.
            VisageError: these settings cannot be trained with, or weights, memory or disk do not suffice.
        """
        settings = replace(settings, training=replace(settings.training, refit=False))
        by_embedding = settings.model.architecture == "embedding"
        for parts in self.rounds:
            if should_stop():
                raise Stopped
            if by_embedding:
                yield self._judge_head(parts, self._embed(settings, report, should_stop), settings, should_stop)
            else:
                yield self._judge_network(parts, settings, should_stop, on_epoch)

    def _embed(self, settings: Settings, report: Report, should_stop: ShouldStop) -> Embedded:
        """Return all faces embedded; kept until a trial needs other views."""
        averaged, views = settings.model.mirror_average, settings.embedding.views
        key = (averaged, views, settings.augmentation if views >= FIRST_RANDOM_VIEW else None)
        if self._embedded is None or self._embedded.key != key:
            embedder = Embedder(self._dataset.catalogue, self._prepared, settings, report, should_stop)
            every = list(self.rounds[0].values())  # the parts of any round together are all faces
            found = [embedder.part(faces, teaching=True) for faces in every]
            order = [sha256 for faces in every for sha256 in faces.sha256]
            rows = {sha256: row for row, sha256 in enumerate(order)}
            self._embedded = Embedded(key, functools.reduce(EmbeddedPart.joined_with, found), rows)
        return self._embedded

    def _judge_head(self, parts: Parts, found: Embedded, settings: Settings, should_stop: ShouldStop) -> Judgement:
        taught, validating, judging = (found.faces(parts[part]) for part in ("train", "validation", self.judges))
        course = fit_head(taught, None, len(self.people), settings, should_stop=should_stop)
        if course.stopped:
            raise Stopped
        validation, judged = (course.head.logits(each.vectors) for each in (validating, judging))
        return Judgement(self._report(validation, parts, judged), 0)

    def _judge_network(self, parts: Parts, settings: Settings, should_stop: ShouldStop, on_epoch: OnEpoch) -> Judgement:
        import keras

        keras.utils.clear_session()  # else the networks of all trials stay in memory
        trained = train(
            parts["train"].teaching(self._prepared),
            parts["validation"].teaching(self._prepared),
            len(self.people),
            settings,
            on_epoch=on_epoch if len(self.rounds) == 1 else lambda epoch: None,
            should_stop=should_stop,
        )
        if trained.stopped or trained.best_epoch == 0:
            raise Stopped
        judged = trained.validation_logits
        if self.judges != "validation":
            judged = compute_logits(trained.network, self._prepared.pixels, parts[self.judges].rows)
        return Judgement(self._report(trained.validation_logits, parts, judged), len(trained.history))

    def _report(self, validation: Floats, parts: Parts, judged: Floats) -> EvaluationReport:
        """Return the report on the faces that judge, with the probabilities that a run would give them."""
        temperature = fit_temperature(validation, parts["validation"].labels)
        return report_on(judged / np.float32(temperature.value), parts[self.judges], self.people)


def _check(parts: Parts) -> None:
    taught = len(set(parts["train"].labels.tolist()))
    if taught < 2:
        raise SplitError(
            f"A face was found in the training photos of {taught} people; at least 2 are needed.",
            "Add photos in which one face is clearly seen, or choose another face detector.",
        )
    if not len(parts["validation"].labels):
        raise SplitError("There is no validation photo with a face to judge by.", "Add photos, or judge by folds.")
