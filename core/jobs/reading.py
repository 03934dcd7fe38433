"""What the pages read of a job: a few small files, no look at other processes but its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.errors import JobError
from core.jobs.making import job_directories, kind_of
from core.jobs.queue import queued_directories, training_directory
from core.jobs.start import reap
from core.runs import LIVE, State, layout, read_progress, state_of
from core.runs.run import run_directories
from core.storage import read_json

Kind = Literal[
    "training",
    "preparation",
    "crossvalidation",
    "search",
    "stranger_test",
    "evaluation",
    "honesty",
    "learning_curve",
    "events",
    "speed",
    "health",
    "drift",
    "import",
    "download",
    "export",
    "rate_finder",
    "prediction",
    "packing",
]

_LOST = "Its process has vanished: it was killed, or the machine was switched off."
_LOST_REMEDY = "Resume it: finished work is kept."


@dataclass(frozen=True)
class JobState:
    """Where a job stands.

    Attributes:
        stage, done, total, unit, detail: As in `Progress`.
        rate: Units per second over the recent part of the stage, None while unknown.
        seconds_left: Until the stage is through at that rate, None while unknown.
        started: Seconds since 1970 when it was started last, 0 where it never was.
        error, remedy: What went wrong and what to do next; empty where nothing did.
    """

    directory: Path
    kind: Kind
    title: str
    state: State
    stage: str
    done: int
    total: int
    unit: str
    detail: str
    rate: float | None
    seconds_left: float | None
    started: float
    error: str
    remedy: str

    @property
    def alive(self) -> bool:
        """Whether a process is at work or waits its turn."""
        return self.state in LIVE


def read_job(directory: Path) -> JobState:
    """Return where the job in `directory` stands.

    Raises:
        JobError: there is no such job.
    """
    reap()
    is_run = (directory / layout.SETTINGS).exists()
    if not is_run and not (directory / layout.JOB).exists():
        raise JobError(f"There is no job in {directory}.", "Choose another from the list.")
    state = state_of(directory)  # before the progress: a job that ends in between shows its last progress
    progress = read_progress(directory)
    error, remedy = _read_error(directory, state)
    return JobState(
        directory=directory,
        kind="training" if is_run else cast(Kind, kind_of(directory)),
        title=_title(directory),
        state=state,
        stage=str(progress.get("stage", "")),
        done=int(progress.get("done", 0)),
        total=int(progress.get("total", 0)),
        unit=str(progress.get("unit", "")),
        detail=str(progress.get("detail", "")),
        rate=progress.get("rate"),
        seconds_left=_seconds_left(state, progress),
        started=float(progress.get("started", 0.0)),
        error=error,
        remedy=remedy,
    )


def list_jobs(live_only: bool = False) -> list[JobState]:
    """Return all jobs, those started last first; trainings outside the artifacts folder only while they live."""
    directories = dict.fromkeys([*run_directories(), *job_directories(), *queued_directories()])
    if running := training_directory():
        directories[running] = None
    jobs = [job for directory in directories if (job := _read_if_there(directory))]
    return sorted((job for job in jobs if job.alive or not live_only), key=lambda job: job.started, reverse=True)


def jobs_of_kind(kind: Kind) -> Iterator[JobState]:
    """Yield the jobs of one kind other than trainings, those made last first; the others are not read."""
    for directory in reversed(job_directories()):
        if kind_of(directory) == kind and (job := _read_if_there(directory)):
            yield job


def _read_if_there(directory: Path) -> JobState | None:
    try:
        return read_job(directory)
    except JobError:  # deleted this moment, or a folder of something else
        return None


def _seconds_left(state: State, progress: dict[str, Any]) -> float | None:
    left = progress.get("seconds_left")
    if left is None or state not in LIVE:
        return None
    return float(max(0.0, left - (time.time() - progress["updated"])))


def _title(directory: Path) -> str:
    try:
        about = read_json(directory / layout.RUN) or read_json(directory / layout.JOB) or {}
        return str(about.get("name") or about.get("title") or directory.name)
    except (ValueError, AttributeError, OSError):
        return directory.name


def _read_error(directory: Path, state: State) -> tuple[str, str]:
    if state == "lost":
        return _LOST, _LOST_REMEDY
    if state != "failed":
        return "", ""
    try:
        error = read_json(directory / layout.ERROR) or {}
        return str(error.get("what", "It failed.")), str(error.get("remedy", "The job's log has the details."))
    except (ValueError, AttributeError, OSError):
        return "It failed.", "The job's log has the details."
