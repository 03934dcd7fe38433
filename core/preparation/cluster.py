"""Working photos out on the machines of a Dask cluster: photos go out, crops come back, and only this process writes.

The workers need no common folder, only the same Visage. A photo's bytes travel to one of them as they are, so a cluster
belongs inside the person's own network.
"""

from __future__ import annotations

import functools
import hashlib
import multiprocessing
import platform
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import joblib

from core.datasets import Catalogue
from core.datasets.thumbnails import keep_made
from core.detection import create_detector
from core.errors import JobError, PhotoError
from core.images import read_bytes
from core.preparation.looking import Outcome, Question, look, unreadable
from core.preparation.threads import until_closed
from core.settings import FaceSettings
from core.storage import PROJECT_ROOT

ANSWER_SECONDS = 10.0  # how long a scheduler may take to answer
PHOTO_SECONDS = 180.0  # how long a single result may take: the detector's libraries load first, photos may be sent again
# What decides the pixels of a crop: a worker with another version of it would make other crops.
DECIDING = ("images", "detection", "alignment.py", "faces.py", "quality.py", "datasets/face_choice.py", "preparation")
LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "pillow-heif")


def on_cluster(address: str, catalogue: Catalogue, face: FaceSettings, questions: Iterator[Question]) -> Iterator[Outcome]:
    """Yield what becomes of each photo, in order, worked out by the workers of a Dask cluster.

    Args:
        address: Of its scheduler, "tcp://HOST:PORT".
        catalogue: Where the photos lie, and where their thumbnails are kept.
        face: Decides what is found and how it is cut.
        questions: Taken as they are needed.

    Raises:
        JobError: Dask is not installed, nobody answers, there is no worker with the same Visage, or all of them are lost.
        ModelError: the detector's weights are missing or damaged on a worker.
        StorageError: the disk refuses.
    """
    with _connected(address) as client:
        _check_workers(client, address)
        with joblib.parallel_config(backend="dask", client=client):
            workers = joblib.Parallel(return_as="generator", pre_dispatch="3*n_jobs", timeout=PHOTO_SECONDS)
            results = workers(joblib.delayed(work_out_far)(*_packed(catalogue, each), face) for each in questions)
        for outcome in until_closed(_guarded(results, address)):
            keep_made(catalogue, outcome.photo.sha256, outcome.thumbnails)
            yield outcome


def work_out_far(question: Question, data: bytes | PhotoError, face: FaceSettings) -> Outcome:
    """Work out what becomes of a photo on a worker, which touches none of its own files.

    Raises:
        ModelError: the detector's weights are missing or damaged.
    """
    if isinstance(data, PhotoError):
        return unreadable(question, data)
    try:
        return look(question, data, face, create_detector(face) if question.known is None else None, lambda box: True)
    except PhotoError as error:
        return unreadable(question, error)


def _packed(catalogue: Catalogue, question: Question) -> tuple[Question, bytes | PhotoError]:
    try:
        return question, read_bytes(catalogue.root / question.photo.path, question.photo.path)
    except PhotoError as error:
        return question, error


def _guarded(results: Iterator[Outcome], address: str) -> Iterator[Outcome]:
    from distributed import CancelledError, KilledWorker

    try:
        yield from results
    except (TimeoutError, multiprocessing.TimeoutError, CancelledError, KilledWorker, OSError) as error:
        raise JobError(
            f"The workers of {address} were lost: {type(error).__name__}.",
            "Start them again, then prepare again: what was finished is kept.",
        ) from error


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError as error:
        raise JobError(
            "Dask is not installed, so no cluster can be used.", "Install it: pip install distributed==2026.8.0"
        ) from error
    try:
        # A client that reaches nobody is closed when its memory is freed, and if that falls into the start of the next one,
        # both wait for the same lock for ever. So there is none until somebody listens.
        socket.create_connection(get_address_host_port(address), ANSWER_SECONDS).close()
        client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise JobError(
            f"No Dask scheduler answers at {address}.",
            "Start one with `dask scheduler`, and give the address it prints, like tcp://192.168.0.5:8786.",
        ) from error
    with client:
        yield client


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or with one that would make other crops."""
    found = client.run(about_program, on_error="return")
    if not found:
        raise JobError(
            f"The scheduler at {address} has no workers.", f"Start some from Visage's folder with `dask worker {address}`."
        )
    own = about_program()
    for worker, theirs in found.items():
        if not isinstance(theirs, dict):
            raise JobError(
                f"The worker at {worker} cannot run Visage: {theirs}.",
                "Start it with Visage's own Python, from Visage's folder.",
            )
        other = [f"{name} {theirs[name]}, not {own[name]}" for name in own if theirs[name] != own[name]]
        if other:
            raise JobError(
                f"The worker at {worker} is another one than this machine: {'; '.join(other)}.",
                "Install the same Visage on all machines: other versions may cut other crops.",
            )


@functools.cache
def about_program() -> dict[str, str]:
    """Return what has to be the same on all machines: versions, and a hash of the code that decides the crops."""
    content = hashlib.sha256()
    for part in DECIDING:
        path = PROJECT_ROOT / "core" / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            content.update(file.read_bytes())
    versions = {name: metadata.version(name) for name in LIBRARIES}
    return {"Visage": content.hexdigest()[:12], "Python": platform.python_version(), **versions}
