"""The photos that a network has answered for, from wherever they came: every part of the Evaluate page is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import RunError
from core.evaluation import EvaluationReport, evaluate
from core.models import softmax
from core.review import folds
from core.review.evaluations import SCORES, Evaluation, Strangers, list_evaluations, read_evaluation
from core.runs import PhotoRecord, Run, layout

TITLES = {"test": "Test photos", "validation": "Validation photos"}
CROSSVALIDATION = "crossvalidation"
FOLDER = "folder:"


class Faceless(NamedTuple):
    """A photo in which no face was found: its content, where it lies, and the label of the person it is filed under."""

    sha256: str
    path: str
    label: int


@dataclass(frozen=True, eq=False)
class Judged:
    """Photos that a network has answered for.

    Attributes:
        key: "test", "validation", "crossvalidation" or "folder:" with the id of an evaluation.
        title: As the page shows it.
        people: C names; a label is an index into them.
        dataset_id: Whose catalogue has the photos.
        sha256, paths: Of the N photos with a face; paths as they were then, relative to the dataset's root.
        labels: int64 (N,), the person each photo was filed under then.
        logits: float32 (N, C), calibrated.
        no_face: The photos without a found face; they count as wrong.
        set_aside: How many photos were not judged because they show several faces.
        strangers: The faces of people whom the network does not know; only in new folders.
        seen: How many photos were left out because the network was taught or chosen with them; only in new folders.
    """

    key: str
    title: str
    people: tuple[str, ...]
    dataset_id: str
    sha256: tuple[str, ...]
    paths: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]
    no_face: tuple[Faceless, ...] = ()
    set_aside: int = 0
    strangers: Strangers = field(default_factory=Strangers)
    seen: int = 0

    def __post_init__(self) -> None:
        faces, shape = len(self.sha256), (len(self.sha256), len(self.people))
        if not len(self.paths) == len(self.labels) == faces or self.logits.shape != shape:
            raise ValueError(
                f"{faces} photos, {len(self.paths)} paths, {len(self.labels)} labels and logits {self.logits.shape} "
                f"for {len(self.people)} people do not fit together"
            )

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """The probability of each person, float32 (N, C)."""
        return softmax(self.logits)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """The most probable person of each face, int64 (N,)."""
        return np.asarray(self.logits.argmax(axis=1), np.int64) if len(self.logits) else np.zeros(0, np.int64)

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """Which faces were given another name than they are filed under, bool (N,)."""
        return np.asarray(self.predicted != self.labels, np.bool_)

    @property
    def no_face_labels(self) -> npt.NDArray[np.int64]:
        """The labels of the photos without a face, int64 (M,)."""
        return np.array([each.label for each in self.no_face], np.int64)

    @property
    def photos(self) -> int:
        """How many photos were judged, those without a face included."""
        return len(self.sha256) + len(self.no_face)

    @cached_property
    def report(self) -> EvaluationReport:
        """All figures.

        Raises:
            RunError: there is no photo to judge by.
        """
        if not self.photos:
            raise RunError(f"There is no photo to judge by among: {self.title}.", "Choose other photos.")
        return evaluate(self.probabilities, self.labels, self.no_face_labels, self.people, self.set_aside)


def judged_sets(run: Run) -> list[tuple[str, str]]:
    """Return key and title of each set of photos that a finished run can be judged by, the honest ones first.

    Only small files are read. Sets without a photo are left out.
    """
    if run.result is None:
        return []
    found = [(part, title) for part, title in TITLES.items() if _photos_of(run, part)]
    job = folds.newest(run)
    if job is not None:
        found.append((CROSSVALIDATION, folds.title_of(job)))
    return [*found, *((f"{FOLDER}{each.id}", each.title) for each in list_evaluations(run.directory))]


def _photos_of(run: Run, part: str) -> int:
    figures = (run.result or {}).get(part)
    if isinstance(figures, dict) and "photos" in figures:
        return int(figures["photos"])
    report = run.reports.get(part)
    return report.photos if report else 0


def stored_in(run: Run, key: str) -> Path:
    """Return the file that holds the answers of a set: when it changes, the set has to be read again."""
    if key == CROSSVALIDATION:
        return (folds.newest(run) or run.directory) / layout.OUT_OF_FOLD
    if key.startswith(FOLDER):
        return run.directory / layout.EVALUATIONS / Path(key.removeprefix(FOLDER)).name / SCORES
    return run.directory / layout.SCORES


def read_judged(run: Run, key: str) -> Judged:
    """Return one of a run's `judged_sets`; the dataset itself is not needed, so it may be gone.

    Raises:
        RunError: there is no such set, or its files are damaged.
    """
    if key == CROSSVALIDATION:
        return _of_folds(run)
    if key.startswith(FOLDER):
        return _of_folder(read_evaluation(run, key.removeprefix(FOLDER)), run)
    return _of_part(run, key)


def _of_part(run: Run, part: str) -> Judged:
    if part not in TITLES or run.dataset is None or run.split is None or part not in run.scores:
        raise RunError(f"The run {run.name} keeps no answers for its {part} photos.", "Train again to have them.")
    scores, records = run.scores[part], run.split.part(part)
    paths = {photo.sha256: photo.path for photo in records}
    return Judged(
        part,
        TITLES[part],
        run.class_names,
        run.dataset.id,
        scores.sha256,
        tuple(paths.get(each, "") for each in scores.sha256),
        scores.labels,
        scores.logits,
        _faceless(records, run.class_names),
        sum(photo.use not in ("face", "no_face") for photo in records),
    )


def _faceless(records: list[PhotoRecord], people: tuple[str, ...]) -> tuple[Faceless, ...]:
    label_of = {person: label for label, person in enumerate(people)}
    return tuple(
        Faceless(photo.sha256, photo.path, label_of[photo.person])
        for photo in records
        if photo.use == "no_face" and photo.person in label_of
    )


def _of_folds(run: Run) -> Judged:
    job = folds.newest(run)
    if job is None or run.dataset is None:
        raise RunError(f"There is no finished cross-validation for {run.name}.", "Cross-validate first.")
    answers = folds.read(job)
    records = run.split.part(*layout.PARTS) if run.split else []
    paths = {photo.sha256: photo.path for photo in records}
    judged = [photo for photo in records if photo.person not in folds.only_taught(job)]
    return Judged(
        CROSSVALIDATION,
        folds.title_of(job),
        answers.people,
        run.dataset.id,
        answers.sha256,
        tuple(paths.get(each, "") for each in answers.sha256),
        answers.labels,
        answers.logits,
        _faceless(judged, answers.people),
        sum(photo.use not in ("face", "no_face") for photo in judged),
    )


def _of_folder(found: Evaluation, run: Run) -> Judged:
    return Judged(
        f"{FOLDER}{found.id}",
        found.title,
        run.class_names,
        found.dataset_id,
        found.sha256,
        found.paths,
        found.labels,
        found.logits,
        tuple(Faceless(*each) for each in found.no_face),
        found.set_aside,
        found.strangers,
        found.seen,
    )
