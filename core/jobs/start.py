"""Starting a job as a process of its own, stopping it, and starting it again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from core.errors import JobError, disk_errors
from core.jobs.making import (
    COMMANDS,
    TAKING_TURNS,
    kind_of,
    new_crossvalidation,
    new_download,
    new_drift,
    new_evaluation,
    new_export,
    new_health,
    new_import,
    new_preparation,
    new_speed,
    new_stranger_test,
)
from core.jobs.progress_file import queued_progress
from core.jobs.queue import take_ticket
from core.jobs.stopping import REQUESTS
from core.runs import LIVE, layout, new_run, state_of
from core.runs.liveness import write_process
from core.settings import FaceSettings, Settings
from core.storage import PROJECT_ROOT, artifacts_root, write_json

_children: dict[int, subprocess.Popen[bytes]] = {}


def start_training(settings: Settings, name: str = "") -> Path:
    """Make a run and start its training in the background; it waits its turn. Return the run's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_run(settings, name=name, progress=queued_progress()))


def start_preparation(source: str, face: FaceSettings) -> Path:
    """Start preparing the faces of a dataset in the background, and return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_preparation(source, face, queued_progress())
    start_process(directory)
    return directory


def start_crossvalidation(settings: Settings, folds: int) -> Path:
    """Start a cross-validation in the background; it waits its turn as trainings do. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_crossvalidation(settings, folds, queued_progress()))


def start_stranger_test(run_directory: Path) -> Path:
    """Start the stranger test of a finished run in the background; it waits its turn. Return the job's directory.

    Raises:
        RunError: there is no run.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_stranger_test(run_directory, queued_progress()))


def start_evaluation(run_directory: Path, source: str) -> Path:
    """Start evaluating a finished run on the photos of a folder in the background. Return the job's directory.

    Raises:
        RunError: there is no run.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_evaluation(run_directory, source, queued_progress())
    start_process(directory)
    return directory


def start_speed() -> Path:
    """Start timing this machine in the background; it waits its turn. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_speed(queued_progress()))


def start_health(source: str, face: FaceSettings) -> Path:
    """Start measuring the health of a dataset in the background; it waits its turn. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_health(source, face, queued_progress()))


def start_drift(source: str) -> Path:
    """Start trying which random changes are dangerous in the background; it waits its turn. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_drift(source, queued_progress()))


def start_export(source: str, what: str, face: FaceSettings) -> Path:
    """Start putting a dataset's photos or face crops into a zip file in the background. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_export(source, what, face, progress=queued_progress())
    start_process(directory)
    return directory


def start_import(staging: Path, title: str, target: dict[str, Any] | None = None) -> Path:
    """Start looking at the photos of a staging, or committing them, in the background. Return the job's directory.

    Args:
        staging, title, target: As in `new_import`.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_import(staging, title, target, queued_progress())
    start_process(directory)
    return directory


def start_download(name: str, title: str) -> Path:
    """Start downloading a public set in the background, and return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_download(name, title, queued_progress())
    start_process(directory)
    return directory


def start_in_turn(directory: Path) -> Path:
    """Enter a job in the queue and start its process, which waits its turn; return the directory."""
    take_ticket(directory)
    start_process(directory)
    return directory


def resume(directory: Path) -> None:
    """Start an interrupted, stopped or failed job again; it goes on from what it has finished.

    Raises:
        JobError: the job is alive or done, or the process cannot be started.
    """
    with FileLock(directory / layout.START_LOCK, timeout=10):  # two pages may ask at the same moment
        state = state_of(directory)
        if state in LIVE:
            raise JobError(f"The job {directory.name} is still {state}.", "Wait for it, or stop it first.")
        if state == "done":
            raise JobError(f"The job {directory.name} is done.", "Start a new one.")
        for name in (*REQUESTS, layout.ERROR, layout.PROCESS, layout.HEARTBEAT):
            (directory / name).unlink(missing_ok=True)
        write_json(directory / layout.PROGRESS, queued_progress())
        if _is_run(directory) or kind_of(directory) in TAKING_TURNS:
            take_ticket(directory)
        start_process(directory)


def reap() -> None:
    """Take note of children of this process that have ended, so that none stays a zombie."""
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def _is_run(directory: Path) -> bool:
    return (directory / layout.SETTINGS).exists()


def command(directory: Path) -> list[str]:
    """Return the command that does the work of a job directory."""
    arguments = ["train", "--run"] if _is_run(directory) else [COMMANDS[kind_of(directory)], "--job"]
    return [sys.executable, "-m", "core", *arguments, str(directory)]


def start_process(directory: Path) -> None:
    """Start the process of a job directory that is ready for it; raises as `start_training`."""
    environment = {**os.environ, "VISAGE_ARTIFACTS": str(artifacts_root()), "PYTHONUNBUFFERED": "1"}
    try:
        with disk_errors(directory), (directory / layout.LOG).open("ab") as log:
            child = subprocess.Popen(
                command(directory),
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interrupt in the server's terminal does not reach it
            )
    except OSError as error:
        raise JobError(
            f"The job {directory.name} cannot be started ({error.strerror}).", "Free some memory, then try again."
        ) from error
    _children[child.pid] = child
    with contextlib.suppress(psutil.NoSuchProcess):  # ended and reaped within this moment: it has noted itself
        write_process(directory, child.pid)
