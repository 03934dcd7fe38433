"""One training at a time: tickets in the order of creation, and an operating-system lock that a killed process gives back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import disk_errors
from core.jobs.stopping import StopRequest
from core.runs import LIVE, state_of
from core.storage import artifacts_root, read_json, slug, write_json

LOOK_SECONDS = 0.3
Waiting = Callable[[Path | None, int], None]
"""Called with the directory that is being waited for, where it is known, and how many are in front."""


def take_ticket(directory: Path) -> None:
    """Enter `directory` in the queue, unless it is in it."""
    if directory.resolve() in _tickets().values():
        return
    folder = artifacts_root() / "queue"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{slug(directory.name, 60)}.json"
    write_json(folder / name, {"directory": str(directory.resolve())})


def queued_directories() -> list[Path]:
    """Return the directories of live trainings that wait, first come first; forget those that no longer live."""
    waiting = []
    for ticket, directory in _tickets().items():
        if state_of(directory) in LIVE:
            waiting.append(directory)
        else:
            ticket.unlink(missing_ok=True)
    return waiting


def training_directory() -> Path | None:
    """Return the directory of the training that runs now, None where none does."""
    directory = _read_directory(artifacts_root() / "training.json")
    return directory if directory and state_of(directory) in LIVE and directory not in _tickets().values() else None


@contextmanager
def training_turn(directory: Path, request: StopRequest, on_wait: Waiting) -> Iterator[None]:
    """Wait until it is this directory's turn to train, and keep the others waiting during the block.

    Raises:
        Stopped: somebody asked this job to stop while it waited.
    """
    take_ticket(directory)
    try:
        lock = _wait_for_lock(directory, request, on_wait)
    finally:
        _leave_queue(directory)
    try:
        write_json(artifacts_root() / "training.json", {"directory": str(directory.resolve())})
        yield
    finally:
        lock.release()


def _wait_for_lock(directory: Path, request: StopRequest, on_wait: Waiting) -> FileLock:
    lock = FileLock(artifacts_root() / "training.lock")
    while True:
        request.raise_if_asked()
        queue = queued_directories()
        before = queue[: queue.index(directory.resolve())] if directory.resolve() in queue else []
        if not before and _try(lock):
            return lock
        running = training_directory()
        in_front = [running, *before] if running else before
        on_wait(in_front[0] if in_front else None, len(in_front))
        time.sleep(LOOK_SECONDS)


@contextmanager
def waiting_lock(path: Path, request_check: Callable[[], None], on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path` during the block; while another process holds it, call both functions and wait."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    while not _try(lock):
        request_check()
        on_wait()
        time.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _try(lock: FileLock) -> bool:
    try:
        with disk_errors(Path(lock.lock_file)):
            lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _leave_queue(directory: Path) -> None:
    for ticket, waiting in _tickets().items():
        if waiting == directory.resolve():
            ticket.unlink(missing_ok=True)


def _tickets() -> dict[Path, Path]:
    folder = artifacts_root() / "queue"
    found = {ticket: _read_directory(ticket) for ticket in sorted(folder.glob("*.json"))} if folder.is_dir() else {}
    return {ticket: directory for ticket, directory in found.items() if directory}


def _read_directory(path: Path) -> Path | None:
    try:
        values = read_json(path)
        return Path(values["directory"]) if values else None
    except (json.JSONDecodeError, KeyError, TypeError, OSError):
        return None
