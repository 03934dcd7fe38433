"""Starting a batch, and making it go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import jobs
from core.batch.batch import KIND
from core.batch.packing import packings_of
from core.batch.sources import is_archive, refer, spool
from core.errors import DatasetError
from core.importing import absolute
from core.importing.spool import Readable
from core.jobs.making import KEPT_FEWER, new_job
from core.jobs.progress_file import queued_progress
from core.jobs.requests import vanish
from core.jobs.start import start_process
from core.openset import Thresholds
from core.recognizer import read_finished_run, read_knowledge
from core.runs import LIVE, layout, state_of
from core.storage import write_json

KEPT_BATCHES = KEPT_FEWER[KIND]  # ended ones; older ones are forgotten when another job starts
Uploads = Iterable[tuple[str, bytes | Readable]]


def start_prediction(
    run_directory: Path, photos: Uploads | Path, *, once: bool = False, lines: Thresholds | None = None, title: str = ""
) -> Path:
    """Start answering many photos in the background, and return the job's directory.

    Args:
        run_directory: Of a finished run.
        photos: Uploads as (file name, bytes or what can be read in pieces): they are copied into the job's directory, and
            archives among them are unpacked there. Or a folder on this computer, which is read where it is, or an archive,
            which is unpacked into the job's directory.
        once: Nobody is twice in a photo.
        lines: Where known and unknown lie; None takes the run's own.
        title: What it is called; found out where it is empty.

    Raises:
        RunError: there is no finished run.
        DatasetError: there is no such folder or archive, or no photo was given.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    path = absolute(str(photos)) if isinstance(photos, Path) else None
    about = describe(run_directory, path, once=once, lines=lines, title=title)
    directory = new_job(about, None)
    whole = False
    try:
        if not isinstance(photos, Path):
            _take(directory, photos, title)
        whole = True
    finally:
        if not whole:  # nothing of it remains, least of all photos
            vanish(directory)
    write_json(directory / layout.PROGRESS, queued_progress())
    start_process(directory)
    return directory


def describe(
    run_directory: Path, path: Path | None, *, once: bool, lines: Thresholds | None, title: str = ""
) -> dict[str, Any]:
    """Return the description of a batch as its job keeps it; arguments and errors as of `start_prediction`.

    Args:
        path: The folder or archive; None for uploads.
    """
    run = read_finished_run(run_directory.absolute())
    return {
        "kind": KIND,
        "title": title or (path.name if path is not None else "Uploaded photos"),
        "run": str(run.directory),
        "run_name": run.name,
        "source": "uploads" if path is None else "archive" if is_archive(path.name) else "folder",
        "path": None if path is None else str(path),
        "once": once,
        "lines": (lines or read_knowledge(run).thresholds).to_json(),
    }


def write_batch(directory: Path, about: dict[str, Any], files: Iterable[Path]) -> None:
    """Make a directory the batch of some files that stay where they are, for a caller who answers it at once."""
    write_json(directory / layout.JOB, {**about, "created": datetime.now(UTC).isoformat()})
    refer(directory, files)


def _take(directory: Path, uploads: Uploads, title: str) -> None:
    """Copy uploads into the batch's directory, and call it after them where nobody has given it a name."""
    names: list[str] = []

    def noted() -> Uploads:  # one at a time: all of them may be more than fits into the memory
        for name, content in uploads:
            names.append(name)
            yield name, content

    spool(directory, noted())
    if not names:
        raise DatasetError("There is no photo to answer.", "Choose photos, a folder, or an archive.")
    if not title:
        told = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
        write_json(directory / layout.JOB, {**jobs.read_description(directory), "title": told})


def delete_batch(directory: Path) -> None:
    """Delete a batch with all that was kept of its photos, and the zip files that were made of it.

    One at work is asked to end; it is gone a moment later. Nothing happens where it is gone already.

    Raises:
        StorageError: the disk refuses.
    """
    for packing in packings_of(directory):
        _go(packing.job.directory)
    _go(directory)


def _go(directory: Path) -> None:
    if state_of(directory) in LIVE:
        jobs.request_discard(directory)
    elif directory.is_dir():
        vanish(directory)
