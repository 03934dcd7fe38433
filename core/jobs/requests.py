"""What a page asks of a job: to stop, to pause, or to vanish."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from core.errors import JobError, disk_errors
from core.jobs.stopping import ask_to
from core.runs import LIVE, layout, state_of


def request_stop(directory: Path) -> None:
    """Ask a live job to stop; it keeps what it has finished. Nothing happens where it has ended.

    Raises:
        JobError: there is no such job.
    """
    _must_exist(directory)
    if state_of(directory) in LIVE:
        ask_to(layout.STOP, directory)


def request_pause(directory: Path) -> None:
    """Ask a live training to end after its epoch, so that it can be resumed; nothing happens where it has ended.

    One that waits its turn, or still looks for faces, ends at once.

    Raises:
        JobError: there is no such job, or it is no training.
    """
    _must_exist(directory)
    if not (directory / layout.SETTINGS).exists():
        raise JobError(f"The job {directory.name} cannot pause.", "Stop it: what it has finished is kept.")
    if state_of(directory) in LIVE:
        ask_to(layout.PAUSE, directory)


def request_discard(directory: Path) -> None:
    """Ask a job to end and to delete all that it has done; what has ended without a result is deleted at once.

    Raises:
        JobError: there is no such job, or it is done.
        StorageError: the disk refuses.
    """
    _must_exist(directory)
    if state_of(directory) in LIVE:
        ask_to(layout.DISCARD, directory)
    state = state_of(directory)  # again: it may have ended before it found the request
    if state == "done" and not (directory / layout.DISCARD).exists():
        raise JobError(f"The job {directory.name} is done.", "Delete it from the list instead.")
    if state not in LIVE:
        vanish(directory)


def vanish(directory: Path) -> None:
    """Delete a job's directory; it is gone from all lists in one step. Nothing happens where it is gone already.

    Raises:
        StorageError: the disk refuses.
    """
    hidden = directory.with_name(f".deleted.{directory.name}.{secrets.token_hex(4)}")
    with disk_errors(directory):
        try:
            directory.rename(hidden)
        except FileNotFoundError:
            return
        shutil.rmtree(hidden, ignore_errors=True)


def _must_exist(directory: Path) -> None:
    if not directory.is_dir():
        raise JobError(f"There is no job in {directory}.", "Choose another from the list.")
