"""Preparing a dataset, and reading what was prepared."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from core.datasets import Catalogue, Photo
from core.datasets.crops import CropIndex, CropStore, open_crops
from core.detection import create_detector, detector_key
from core.faces import crop_key
from core.images.resampling import Pixels
from core.preparation.cluster import on_cluster
from core.preparation.looking import Outcome, Question
from core.preparation.records import PhotoProblem, PhotoStatus, PreparedFaces
from core.preparation.threads import in_threads, work_out
from core.progress import Progress, Report, ShouldStop, never, silent
from core.quality import quality_key
from core.settings import FaceSettings

SAVE_EVERY = 256  # photos; at most so much work is lost when the process is killed
REPORT_EVERY = 0.2  # seconds


def prepare(
    catalogue: Catalogue,
    face: FaceSettings,
    report: Report = silent,
    should_stop: ShouldStop = never,
    cluster: str | None = None,
) -> PreparedFaces:
    """Find the main face of each photo of `catalogue` and cut it out, going on where it stopped the last time.

    All detections are kept in the catalogue, so other margins or sizes are cut without searching again. A photo that has
    vanished or changed is reported and tried again the next time.

    Args:
        catalogue: The dataset.
        face: Decides what is found and how it is cut.
        report: Told where it stands.
        should_stop: Asked before each photo.
        cluster: Address of a Dask scheduler, "tcp://HOST:PORT", whose workers do the work; None: threads of this process.

    Raises:
        ModelError: the detector's weights are missing or damaged.
        JobError: the cluster cannot be used, or is lost; what was finished is kept.
        StorageError: the disk refuses; what was finished is kept.
    """
    photos = catalogue.photos()
    store = open_crops(catalogue.directory, crop_key(face), face.size)
    choices = catalogue.face_choices()
    index = _forget_problems(store.read_index()).following(choices)
    done = {*index.rows(), *index.others}
    todo = [photo for photo in photos if photo.sha256 not in done]
    outcomes = _outcomes(catalogue, face, _questions(catalogue, todo, choices, face), should_stop, cluster)
    index = _saved(catalogue, store, index, face, _reported(outcomes, len(photos) - len(todo), len(photos), report))
    index = store.compact(index, {photo.sha256 for photo in photos}.__contains__)
    return _prepared(store, index, photos, crop_key(face))


def _saved(
    catalogue: Catalogue, store: CropStore, index: CropIndex, face: FaceSettings, outcomes: Iterator[Outcome]
) -> CropIndex:
    """Store all outcomes, some at a time, and return the index that names them."""
    unsaved: list[Outcome] = []
    for outcome in outcomes:
        unsaved.append(outcome)
        if len(unsaved) >= SAVE_EVERY:
            index = _save(catalogue, store, index, face, unsaved)
            unsaved.clear()
    return _save(catalogue, store, index, face, unsaved) if unsaved else index


def load_prepared(catalogue: Catalogue, face: FaceSettings) -> PreparedFaces | None:
    """Return the crops that `prepare` has made, or None where it has to be run first."""
    photos = catalogue.photos()
    store = open_crops(catalogue.directory, crop_key(face), face.size)
    for _ in range(3):  # another process may replace the files between reading the index and opening them
        index = store.read_index().following(catalogue.face_choices())
        if len(index.shards) > 1 or not {*index.rows(), *index.others} >= {photo.sha256 for photo in photos}:
            return None
        try:
            return _prepared(store, index, photos, crop_key(face))
        except FileNotFoundError:
            continue
    return None


def face_of(catalogue: Catalogue, photo: Photo, face: FaceSettings) -> Pixels | None:
    """Return the main face of one photo as training cuts it, uint8 (S, S, 3) RGB; None where there is none.

    Taken from the stored crops if `prepare` has made them, else found now.

    Raises:
        PhotoError: the photo cannot be read any more.
        ModelError: the detector's weights are missing or damaged.
    """
    store = open_crops(catalogue.directory, crop_key(face), face.size)
    choices = catalogue.face_choices()
    index = _forget_problems(store.read_index()).following(choices)
    if photo.sha256 in index.others:
        return None
    stored = store.read_face(index, photo.sha256)
    if stored is not None:
        return stored
    question = Question(photo, None, choices.get(photo.sha256))
    outcome = work_out(catalogue, face, create_detector(face), question)
    if outcome.problem is not None:
        raise outcome.problem
    return None if outcome.crop is None else outcome.crop.pixels


def _forget_problems(index: CropIndex) -> CropIndex:
    others = {photo: status for photo, status in index.others.items() if photo not in index.problems}
    return replace(index, others=others, problems={})


def _questions(catalogue: Catalogue, photos: Sequence[Photo], choices: Mapping[str, str], face: FaceSettings) -> list[Question]:
    known = catalogue.detections(detector_key(face)) if photos else {}
    return [Question(photo, known.get(photo.sha256), choices.get(photo.sha256)) for photo in photos]


def _outcomes(
    catalogue: Catalogue, face: FaceSettings, questions: Sequence[Question], should_stop: ShouldStop, cluster: str | None
) -> Iterator[Outcome]:
    """Return what becomes of each photo, in order; end early if asked to stop."""
    wanted = (question for question in questions if not should_stop())
    if not questions:
        return iter(())
    if cluster is not None:
        return on_cluster(cluster, catalogue, face, wanted)
    searching = any(question.known is None for question in questions)
    return in_threads(catalogue, face, wanted, create_detector(face) if searching else None)


def _save(
    catalogue: Catalogue, store: CropStore, index: CropIndex, face: FaceSettings, outcomes: Sequence[Outcome]
) -> CropIndex:
    """Store detections and figures, then crops, then the index that makes all count; return that index."""
    found = {each.photo.sha256: each.detections for each in outcomes if each.detections is not None}
    if found:
        catalogue.save_detections(detector_key(face), found)
    measured = {each.photo.sha256: each.quality for each in outcomes if each.quality is not None}
    if measured:
        catalogue.save_qualities(quality_key(face), measured)
    crops = [(each.photo.sha256, each.crop.pixels) for each in outcomes if each.crop is not None]
    index = store.add(index, [photo for photo, _ in crops], [pixels for _, pixels in crops])
    others = {each.photo.sha256: each.status for each in outcomes if each.crop is None}
    problems = {each.photo.sha256: (each.problem.what, each.problem.remedy) for each in outcomes if each.problem}
    choices = {each.photo.sha256: each.choice for each in outcomes if each.choice is not None}
    index = replace(index, others={**index.others, **others}, problems={**index.problems, **problems})
    index = replace(index, choices={**index.choices, **choices})
    store.save_index(index)
    return index


def _reported(outcomes: Iterator[Outcome], done: int, total: int, report: Report) -> Iterator[Outcome]:
    """Pass `outcomes` on, and tell a few times a second how many photos are done."""
    report(Progress("Finding faces", done, total))
    last = time.monotonic()
    for outcome in outcomes:
        yield outcome
        done += 1
        if time.monotonic() - last >= REPORT_EVERY or done == total:
            report(Progress("Finding faces", done, total))
            last = time.monotonic()


def _prepared(store: CropStore, index: CropIndex, photos: Sequence[Photo], key: str) -> PreparedFaces:
    paths = {photo.sha256: photo.path for photo in photos}
    rows = {sha256: row for sha256, row in index.rows().items() if sha256 in paths}
    status: dict[str, PhotoStatus] = dict.fromkeys(rows, "face")
    for sha256, why in index.others.items():
        if sha256 in paths:
            status[sha256] = cast(PhotoStatus, why)
    problems = tuple(PhotoProblem(each, paths[each], *index.problems[each]) for each in index.problems if each in paths)
    return PreparedFaces(key, status, rows, store.pixels(index), problems, complete=len(status) == len(paths))
