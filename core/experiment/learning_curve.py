"""How accuracy grows with the number of training photos, and what more of them would bring; test photos have no part in it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import RunError, SplitError
from core.evaluation.forecast import Draw
from core.experiment.careless import answers_of
from core.experiment.curve_record import LearningCurve, curve_of
from core.experiment.folds import FoldAnswers, FoldTask
from core.experiment.lineup import PartFaces, part_faces
from core.experiment.photos import Dataset, prepare_dataset
from core.jobs import load_tensorflow
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import read_finished_run
from core.runs import PhotoRecord, Run, layout
from core.settings import Settings, rng_for
from core.splits import Split, draw_folds
from core.storage import write_json

SHARES = (1.0, 0.25, 0.5, 0.75)  # all photos first: then every face is embedded at once
FOLDS = 5
DRAWS_OF_EMBEDDING, DRAWS_OF_NETWORK = 5, 1


@dataclass(frozen=True, eq=False)
class _Pool:
    """The photos that taught or chose, and one face of each.

    Attributes:
        photos: Those with a face.
        folds: Which of them teach, choose and judge in each draw.
    """

    photos: tuple[PhotoRecord, ...]
    folds: tuple[Split, ...]


def usual_draws(settings: Settings) -> int:
    """Return how many draws are made where nobody says how many."""
    return DRAWS_OF_EMBEDDING if settings.model.architecture == "embedding" else DRAWS_OF_NETWORK


def measure_learning_curve(
    directory: Path,
    draws: int | None = None,
    report: Report = silent,
    should_stop: ShouldStop = never,
    *,
    folder: Path,
) -> dict[str, Any]:
    """Learn from 25, 50, 75 and 100% of a run's training photos, judge by others, and keep it in the run.

    The photos that taught or chose are cut into five folds, near-duplicates together. In each draw one fold judges, and of
    each person's other photos a share teaches; a larger share holds the smaller ones. With an embedding only heads learn, a
    fine-tuned one is not tuned again; other networks are trained each time, with a tenth of the photos to choose the epoch,
    and do not learn from those again.

    Args:
        directory: The run.
        draws: How many folds judge, 1 to 5; None: all for an embedding, one for other networks.
        report, should_stop: Told where it stands, and asked often.
        folder: Where finished trainings are kept, and taken from.

    Returns:
        JSON values, as kept in the run, and `words`.

    Raises:
        VisageError: the run is unfinished or its photos are gone; they are too few; memory or disk do not suffice.
        Stopped: somebody asked to stop; what was finished is kept in `folder`.
    """
    started = time.monotonic()
    run = read_finished_run(directory)
    dataset, prepared = _photos_of(run, report, should_stop)
    pool = _pool(run, dataset, draws or usual_draws(run.settings))
    parts = tuple(_parts(run, pool, place, share, prepared) for place in range(len(pool.folds)) for share in SHARES)
    told = _renamed(report)
    task = FoldTask(dataset, prepared, _settings(run.settings), run.class_names, parts, (), told, should_stop)
    answers = answers_of(task, folder)
    report(Progress("Forecasting", 0, 0, ""))
    curve = _curve(run, pool, answers, time.monotonic() - started)
    _keep(directory, curve)
    return {"run": str(directory), **curve.to_json(), "words": curve.words()}


def _keep(directory: Path, curve: LearningCurve) -> None:
    read_finished_run(directory)  # fails where the run was deleted meanwhile
    write_json(directory / layout.LEARNING_CURVE, curve.to_json())


def _photos_of(run: Run, report: Report, should_stop: ShouldStop) -> tuple[Dataset, PreparedFaces]:
    from core.datasets import open_dataset

    open_dataset(run.settings.data.source)  # a vanished folder is told before TensorFlow takes its seconds
    load_tensorflow()
    return prepare_dataset(run.settings.data.source, run.settings.face, report, should_stop)


def _pool(run: Run, dataset: Dataset, draws: int) -> _Pool:
    """Draw the folds among the photos that taught or chose, as the run has recorded them."""
    recorded = {photo.sha256: photo for photo in run.split.part("train", "validation")} if run.split else {}
    usable = [
        (replace(photo, person=recorded[photo.sha256].person), recorded[photo.sha256])
        for photo in dataset.photos
        if photo.sha256 in recorded and recorded[photo.sha256].use == "face"
    ]
    if len(usable) < len([each for each in recorded.values() if each.use == "face"]):
        raise RunError(
            f"Some of the photos that taught {run.name} were changed or removed since.", "Put them back, or train again."
        )
    photos = [photo for photo, _ in usable]
    folds = draw_folds(photos, dataset.catalogue.groups(run.settings.split.duplicate_distance), FOLDS, run.settings.seed)
    kept = [fold for fold in folds if len(fold.test)][:draws]
    if not kept:
        raise SplitError("There are too few photos to spare some for judging.", "Add photos, then train again.")
    return _Pool(tuple(record for _, record in usable), tuple(kept))


def _settings(settings: Settings) -> Settings:
    plain = replace(settings.embedding, fine_tune=False)
    return replace(settings, embedding=plain, training=replace(settings.training, refit=False))


def _parts(run: Run, pool: _Pool, place: int, share: float, prepared: PreparedFaces) -> dict[str, PartFaces]:
    """Return who teaches, chooses and judges; a head needs nobody to choose, so those who would choose teach."""
    by_embedding = run.settings.model.architecture == "embedding"
    fold = pool.folds[place]
    choosing = [] if by_embedding else fold.validation.tolist()
    teaching = [*fold.train.tolist(), *(fold.validation.tolist() if by_embedding else ())]
    rows = {"train": _some(pool, teaching, share, run.settings.seed, place), "validation": choosing, "test": fold.test.tolist()}
    return {part: part_faces([pool.photos[row] for row in each], run.class_names, prepared) for part, each in rows.items()}


def _some(pool: _Pool, rows: Sequence[int], share: float, seed: int, draw: int) -> list[int]:
    """Return a share of each person's photos, at least one; a larger share of the same draw holds the smaller ones."""
    by_person: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: pool.photos[row].sha256):
        by_person.setdefault(pool.photos[row].person, []).append(row)
    chosen: list[int] = []
    for person, own in by_person.items():
        name = int.from_bytes(hashlib.sha256(person.encode()).digest()[:4])
        order = rng_for(seed, "learning curve", draw, name).permutation(len(own))
        chosen += [own[place] for place in order[: max(1, round(share * len(own)))].tolist()]
    return sorted(chosen)


def _curve(run: Run, pool: _Pool, answers: Sequence[FoldAnswers], seconds: float) -> LearningCurve:
    order = np.argsort(SHARES)
    people, size = run.class_names, len(SHARES)
    of_draws = [answers[start : start + size] for start in range(0, len(answers), size)]
    draws = [Draw(np.stack([_right(each[place]) for place in order]), each[0].test.labels) for each in of_draws]
    taught = np.array([[each[place].taught for place in order] for each in of_draws], float).mean(axis=0)
    own = np.bincount([people.index(photo.person) for photo in pool.photos], minlength=len(people))
    return curve_of(
        sorted(SHARES), taught / max(1, len(set(own.nonzero()[0].tolist()))), draws, people, own=own, seconds=seconds
    )


def _right(answers: FoldAnswers) -> npt.NDArray[np.bool_]:
    return np.asarray(answers.logits.argmax(axis=1) == answers.test.labels, np.bool_)


def _renamed(report: Report) -> Report:
    """Return a listener to whom folds are trainings."""

    def tell(progress: Progress) -> None:
        words = progress.detail.replace("fold ", "training ")
        report(replace(progress, unit="trainings" if progress.unit == "folds" else progress.unit, detail=words))

    return tell
