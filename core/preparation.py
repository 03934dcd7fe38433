"""From the photos of a dataset to face crops on the disk: what is there already is never worked out again."""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, cast

import joblib

from core.datasets import Catalogue, Photo
from core.datasets.crops import CropIndex, CropStore, open_crops
from core.datasets.face_choice import persons_face
from core.datasets.thumbnails import keep_both
from core.detection import Detection, Detector, create_detector, detector_key
from core.errors import PhotoError
from core.faces import FaceCrop, FaceStatus, crop_key, cut_face
from core.images import read_photo
from core.images.resampling import Pixels
from core.progress import Progress, Report, ShouldStop, never, silent
from core.quality import Quality, measure_quality, quality_key
from core.settings import FaceSettings

SAVE_EVERY = 256  # photos; at most so much work is lost when the process is killed
REPORT_EVERY = 0.2  # seconds

PhotoStatus = FaceStatus | Literal["unreadable"]


@dataclass(frozen=True)
class PhotoProblem:
    """A photo of the catalogue that cannot be read any more.

    Attributes:
        sha256: The photo.
        path: Its path relative to the dataset's root.
        what, remedy: What is wrong and what to do.
    """

    sha256: str
    path: str
    what: str
    remedy: str


@dataclass(frozen=True, eq=False)
class PreparedFaces:
    """The face crops of a dataset.

    Attributes:
        key: What decided the crops; see `core.faces.crop_key`.
        status: sha256 of every photo that was looked at, to "face", "no_face", "several_faces" or "unreadable".
        rows: sha256 of each photo with status "face" to its row in `pixels`.
        pixels: uint8 (N, S, S, 3), RGB, 0..255, read-only; a memory map.
        problems: The photos with status "unreadable".
        complete: Whether every photo of the dataset was looked at; False after a stop.
    """

    key: str
    status: Mapping[str, PhotoStatus]
    rows: Mapping[str, int]
    pixels: Pixels
    problems: tuple[PhotoProblem, ...]
    complete: bool

    def count(self, status: PhotoStatus) -> int:
        """Return how many photos have this status."""
        return sum(each == status for each in self.status.values())


@dataclass(frozen=True)
class _Outcome:
    """What became of one photo; `detections` only where they are new, `choice` where a person has chosen the face."""

    photo: Photo
    status: PhotoStatus
    detections: list[Detection] | None = None
    crop: FaceCrop | None = None
    problem: PhotoError | None = None
    quality: Quality | None = None
    choice: str | None = None


def prepare(
    catalogue: Catalogue, face: FaceSettings, report: Report = silent, should_stop: ShouldStop = never
) -> PreparedFaces:
    """Find the main face of each photo of `catalogue` and cut it out, going on where it stopped the last time.

    All detections are kept in the catalogue, so other margins or sizes are cut without searching again. A photo that has
    vanished or changed is reported and tried again the next time.

    Raises:
        ModelError: the detector's weights are missing or damaged.
        StorageError: the disk refuses; what was finished is kept.
    """
    photos = catalogue.photos()
    store = open_crops(catalogue.directory, crop_key(face), face.size)
    choices = catalogue.face_choices()
    index = _forget_problems(store.read_index()).following(choices)
    done = {*index.rows(), *index.others}
    todo = [photo for photo in photos if photo.sha256 not in done]
    unsaved: list[_Outcome] = []
    outcomes = _outcomes(catalogue, todo, choices, face, should_stop)
    for outcome in _reported(outcomes, len(photos) - len(todo), len(photos), report):
        unsaved.append(outcome)
        if len(unsaved) >= SAVE_EVERY:
            index = _save(catalogue, store, index, face, unsaved)
            unsaved.clear()
    if unsaved:
        index = _save(catalogue, store, index, face, unsaved)
    index = store.compact(index, {photo.sha256 for photo in photos}.__contains__)
    return _prepared(store, index, photos, crop_key(face))


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
    outcome = _work_out(catalogue, face, create_detector(face), photo, None, choices.get(photo.sha256))
    if outcome.problem is not None:
        raise outcome.problem
    return None if outcome.crop is None else outcome.crop.pixels


def _forget_problems(index: CropIndex) -> CropIndex:
    others = {photo: status for photo, status in index.others.items() if photo not in index.problems}
    return replace(index, others=others, problems={})


def _outcomes(
    catalogue: Catalogue, photos: Sequence[Photo], choices: Mapping[str, str], face: FaceSettings, should_stop: ShouldStop
) -> Iterator[_Outcome]:
    """Yield what becomes of each photo, in order, worked out in parallel threads; end early if asked to stop."""
    if not photos:
        return
    known = catalogue.detections(detector_key(face))
    searching = any(photo.sha256 not in known for photo in photos)
    work = partial(_work_out, catalogue, face, create_detector(face) if searching else None)
    # Threads: decoding, networks and resampling all leave Python's lock. One photo per worker is in memory at a time.
    workers = joblib.Parallel(n_jobs=joblib.cpu_count(), prefer="threads", return_as="generator", pre_dispatch="2*n_jobs")
    wanted = (photo for photo in photos if not should_stop())
    results = workers(joblib.delayed(work)(photo, known.get(photo.sha256), choices.get(photo.sha256)) for photo in wanted)
    try:
        for result in results:  # noqa: UP028 (yield from would close `results` before the warning is silenced)
            yield result
    finally:
        with warnings.catch_warnings(action="ignore"):  # that unused results are lost is meant, for example on a full disk
            results.close()


def _work_out(  # noqa: PLR0917 - the first three are the same for all photos
    catalogue: Catalogue,
    face: FaceSettings,
    detector: Detector | None,
    photo: Photo,
    known: list[Detection] | None,
    choice: str | None,
) -> _Outcome:
    try:
        data, decoded = read_photo(catalogue.root / photo.path, photo.path)
        if hashlib.sha256(data).hexdigest() != photo.sha256:
            raise PhotoError(f"{photo.path} has changed since the folder was scanned.", "Scan the folder again.")
    except PhotoError as error:
        return _Outcome(photo, "unreadable", problem=error, choice=choice)
    found = known
    if found is None:
        assert detector is not None
        (found,) = detector.detect([decoded])
    main, status = persons_face(found, decoded, face.main_face_ratio, choice)
    crop = None if main is None else cut_face(decoded, main, face)
    quality = measure_quality(decoded, found, main, status)
    keep_both(catalogue, photo, decoded, None if main is None else main.box)
    return _Outcome(photo, status, found if known is None else None, crop, quality=quality, choice=choice)


def _save(
    catalogue: Catalogue, store: CropStore, index: CropIndex, face: FaceSettings, outcomes: Sequence[_Outcome]
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


def _reported(outcomes: Iterator[_Outcome], done: int, total: int, report: Report) -> Iterator[_Outcome]:
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
