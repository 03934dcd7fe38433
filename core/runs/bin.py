"""The bin: a deleted run leaves all lists at once and can be brought back for a week, then it is gone for good.

It lies beside the runs, so that putting a run in and taking it out is one rename.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import RunError, disk_errors
from core.runs import layout
from core.runs.making import must_be_run
from core.runs.state import LIVE, state_of
from core.storage import disk_use, read_json, runs_root, write_json

KEPT = timedelta(days=7)
FOLDER = ".bin"  # in the folder of the runs; lists pass over names that begin with a point
LOCK_SECONDS = 5.0  # starting a process takes a moment
BINNED = "binned.json"  # in the run's directory: when it was put into the bin


@dataclass(frozen=True)
class BinnedRun:
    """A run in the bin.

    Attributes:
        id: Of the run; `restore` takes it.
        name: As it was shown.
        directory: Where it lies now.
        binned: When it was put there, UTC.
    """

    id: str
    name: str
    directory: Path
    binned: datetime

    @property
    def goes(self) -> datetime:
        """When it is removed for good, UTC."""
        return self.binned + KEPT

    @property
    def disk_bytes(self) -> int:
        """Bytes of all its files."""
        return disk_use(self.directory)


def bin_run(directory: Path) -> BinnedRun:
    """Put a run into the bin: it leaves all lists at once, and `restore` brings it back.

    Raises:
        RunError: there is no run, its process is alive, or it lies outside the artifacts folder.
        StorageError: the disk refuses; the run is still in its place.
    """
    must_be_run(directory)
    if directory.resolve().parent != runs_root():
        raise RunError(f"The run in {directory} lies outside the artifacts folder.", "Delete its folder by hand.")
    target = _folder() / directory.name
    with disk_errors(directory), _nobody_starts(directory):
        if state_of(directory) in LIVE:
            raise RunError(f"The run {directory.name} is still being trained.", "Stop it first, then delete it.")
        _folder().mkdir(exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)  # of a run that was brought back by hand, as a copy
        write_json(directory / BINNED, {"binned": datetime.now(UTC).isoformat()})
        directory.rename(target)
    return _read(target)


@contextmanager
def _nobody_starts(directory: Path) -> Iterator[None]:
    """Hold the lock under which jobs are started again; its file moves along with the run."""
    lock = FileLock(directory / layout.START_LOCK)
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise RunError(f"The run {directory.name} is being started just now.", "Stop it first, then delete it.") from error
    try:
        yield
    finally:
        lock.release()


def binned() -> tuple[BinnedRun, ...]:
    """Return the runs in the bin, those put there last first; what has lain there for a week is removed now."""
    found = [_read(each) for each in _directories()]
    for run in found:
        if run.goes < datetime.now(UTC):
            shutil.rmtree(run.directory, ignore_errors=True)
    kept = (run for run in found if run.goes >= datetime.now(UTC))
    return tuple(sorted(kept, key=lambda run: run.binned, reverse=True))


def restore(id: str) -> Path:
    """Take a run out of the bin, and return its directory.

    Raises:
        RunError: it is not in the bin, or another run has taken its place.
        StorageError: the disk refuses.
    """
    source = next((each for each in _directories() if each.name == id), None)
    if source is None:
        raise RunError(f"The run {id} is not in the bin.", "It was brought back already, or has been removed for good.")
    target = runs_root() / id
    if target.exists():
        raise RunError(f"There is another run called {id}.", "Rename or delete that folder, then bring the run back.")
    with disk_errors(target):
        source.rename(target)
        (target / BINNED).unlink(missing_ok=True)
    return target


def empty_bin() -> int:
    """Remove all runs in the bin for good, and return how many there were.

    Raises:
        StorageError: the disk refuses.
    """
    found = _directories()
    for directory in found:
        erase_binned(directory)
    return len(found)


def erase_binned(directory: Path) -> None:
    """Remove one run in the bin for good.

    Raises:
        StorageError: the disk refuses.
    """
    with disk_errors(directory):
        shutil.rmtree(directory)


def _folder() -> Path:
    return runs_root() / FOLDER


def _directories() -> list[Path]:
    folder = _folder()
    return sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def _read(directory: Path) -> BinnedRun:
    """Return a binned run; what its files do not tell is taken from its directory."""
    try:
        name = str((read_json(directory / layout.RUN) or {}).get("name", directory.name))
        when = datetime.fromisoformat((read_json(directory / BINNED) or {})["binned"])
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        changed = datetime.fromtimestamp(directory.stat().st_mtime, UTC)
        return BinnedRun(directory.name, directory.name, directory, changed)
    return BinnedRun(directory.name, name, directory, when)
