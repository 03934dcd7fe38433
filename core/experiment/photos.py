"""From a source of photos to prepared faces: read what is new, find the faces, cut them out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.datasets import Catalogue, Photo, ScanResult, open_dataset, scan
from core.errors import DatasetError
from core.jobs import Stopped, waiting_lock
from core.preparation import PreparedFaces, prepare
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import FaceSettings

LOCK = "preparation.lock"  # in the dataset's directory: one process at a time reads and prepares its photos


@dataclass(frozen=True)
class Dataset:
    """A dataset whose photos have been read and, where `prepared` is there, whose faces have been found.

    Attributes:
        photos: The usable photos with a person.
        scanned: What reading the folder has found.
    """

    catalogue: Catalogue
    photos: tuple[Photo, ...]
    scanned: ScanResult


def scan_dataset(source: str, report: Report = silent, should_stop: ShouldStop = never) -> Dataset:
    """Read the photos of `source`; only what changed since the last time is opened.

    Raises:
        DatasetError: the folder is missing or holds no person.
        Stopped: somebody asked to stop.
    """
    catalogue = open_dataset(source)
    with _turn(catalogue, report, should_stop):
        return _scan(catalogue, report, should_stop)


def prepare_dataset(
    source: str,
    face: FaceSettings,
    report: Report = silent,
    should_stop: ShouldStop = never,
    cluster: str | None = None,
) -> tuple[Dataset, PreparedFaces]:
    """Read the photos of `source`, find their faces and cut them out; what was done before is not done again.

    `cluster` is the address of a Dask scheduler whose workers find the faces; None: this process does.

    Raises:
        DatasetError: the folder is missing, or holds no usable photo of a person.
        JobError: the cluster cannot be used; what was finished is kept.
        Stopped: somebody asked to stop; what was finished is kept.
    """
    catalogue = open_dataset(source)
    with _turn(catalogue, report, should_stop):
        dataset = _scan(catalogue, report, should_stop)
        if not dataset.photos:
            raise DatasetError(
                f"{catalogue.name} holds no photo that can be used.", "Choose a folder with one folder of photos per person."
            )
        prepared = prepare(catalogue, face, report, should_stop, cluster)
        _raise_if(should_stop)
    return dataset, prepared


def _scan(catalogue: Catalogue, report: Report, should_stop: ShouldStop) -> Dataset:
    scanned = scan(catalogue, report, should_stop)
    _raise_if(should_stop)
    return Dataset(catalogue, tuple(photo for photo in catalogue.photos() if photo.person is not None), scanned)


@contextmanager
def _turn(catalogue: Catalogue, report: Report, should_stop: ShouldStop) -> Iterator[None]:
    waiting = Progress("Waiting", 0, 0, "", f"another process is preparing {catalogue.name}")
    with waiting_lock(catalogue.directory / LOCK, lambda: _raise_if(should_stop), lambda: report(waiting)):
        yield


def _raise_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Stopped
