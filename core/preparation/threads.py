"""Working photos out on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial

import joblib

from core.datasets import Catalogue
from core.datasets.thumbnails import keep_made, lacks_thumbnail
from core.detection import Detector
from core.errors import PhotoError
from core.images import read_bytes
from core.preparation.looking import Outcome, Question, look, unreadable
from core.settings import FaceSettings


def in_threads(
    catalogue: Catalogue, face: FaceSettings, questions: Iterator[Question], detector: Detector | None
) -> Iterator[Outcome]:
    """Yield what becomes of each photo, in order, worked out in parallel threads.

    Args:
        catalogue: Where the photos lie, and where their thumbnails are kept.
        face: Decides what is found and how it is cut.
        questions: Taken as they are needed.
        detector: Searches the photos; None where all faces are known.

    Raises:
        StorageError: the disk refuses.
    """
    work = partial(work_out, catalogue, face, detector)
    # Threads: decoding, networks and resampling all leave Python's lock. One photo per worker is in memory at a time.
    workers = joblib.Parallel(n_jobs=joblib.cpu_count(), prefer="threads", return_as="generator", pre_dispatch="2*n_jobs")
    yield from until_closed(workers(joblib.delayed(work)(question) for question in questions))


def until_closed(results: Iterator[Outcome]) -> Iterator[Outcome]:
    """Pass on the results of joblib, and let go of those that nobody wants any more, for example on a full disk."""
    try:
        for result in results:  # noqa: UP028 (yield from would close `results` before the warning is silenced)
            yield result
    finally:
        with warnings.catch_warnings(action="ignore"):  # that unused results are lost is meant
            results.close()  # type: ignore[attr-defined]


def work_out(catalogue: Catalogue, face: FaceSettings, detector: Detector | None, question: Question) -> Outcome:
    """Work out what becomes of one photo of a catalogue, and keep its thumbnails there.

    Raises:
        ModelError: the detector's weights are missing or damaged.
        StorageError: the disk refuses.
    """
    photo = question.photo
    missing = partial(lacks_thumbnail, catalogue, photo.sha256)
    try:
        outcome = look(question, read_bytes(catalogue.root / photo.path, photo.path), face, detector, missing)
    except PhotoError as error:
        return unreadable(question, error)
    keep_made(catalogue, photo.sha256, outcome.thumbnails)
    return outcome
