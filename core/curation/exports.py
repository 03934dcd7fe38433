"""Exports as jobs: what such a job writes, which zip files there are, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import jobs
from core.curation.export import export_photos
from core.datasets import Catalogue
from core.errors import JobError
from core.jobs import Stopped
from core.progress import Report, ShouldStop, never, silent
from core.runs import layout
from core.settings import FaceSettings
from core.storage import read_json


@dataclass(frozen=True)
class Finished:
    """An export that is done.

    Attributes:
        directory: Of its job; the file goes with it where it lies in there.
        path: The zip file.
        what: "photos" or "crops".
        photos, people: How many photos or crops it holds, and of how many people.
        missing: Path and reason of each photo that is not in it.
        bytes: Size of the file.
        made: When it was made, ISO 8601 in UTC.
    """

    directory: Path
    path: Path
    what: str
    photos: int
    people: int
    missing: tuple[tuple[str, str], ...]
    bytes: int
    made: str


def run_export(
    directory: Path, catalogue: Catalogue, report: Report = silent, should_stop: ShouldStop = never
) -> dict[str, Any]:
    """Do the work of an export's job, and return its result as JSON values.

    Args:
        directory: Of the job.
        catalogue: Scanned; for crops prepared, too.

    Raises:
        DatasetError: there is no photo to export.
        JobError: the job's description is damaged.
        StorageError: the disk refuses; nothing of it is left.
        Stopped: somebody asked to stop; nothing of it is left.
    """
    about = jobs.read_description(directory)
    to = Path(about["to"]) if about["to"] else directory / f"{about['what']}.zip"  # short: see its temporary name
    for half in to.parent.glob(f".{to.name}.*") if not about["to"] else ():  # of a process that was killed
        half.unlink(missing_ok=True)
    exported = export_photos(catalogue, to, about["what"], FaceSettings(**about["face"]), report, should_stop)
    if exported is None:
        raise Stopped
    return {
        "file": str(exported.path),
        "what": about["what"],
        "photos": exported.photos,
        "people": exported.people,
        "missing": [{"path": path, "reason": reason} for path, reason in exported.missing],
        "bytes": exported.path.stat().st_size,
    }


def export_job(catalogue: Catalogue) -> jobs.JobState | None:
    """Return the export of a dataset that was started last; None where there is none."""
    return next(iter(_jobs_of(catalogue)), None)


def finished_exports(catalogue: Catalogue) -> list[Finished]:
    """Return the exports of a dataset whose files are still there, newest first."""
    return [found for job in _jobs_of(catalogue) if job.state == "done" and (found := _finished(job.directory))]


def erase_exports(catalogue: Catalogue) -> int:
    """Remove the exports of a dataset that Visage keeps, unfinished ones too, and return how many files there were.

    What was exported to another place stays there.
    """
    kept = [job for job in _jobs_of(catalogue) if not job.alive]
    files = sum(1 for job in kept for _ in job.directory.glob("*.zip"))
    for job in kept:
        jobs.forget_job(job.directory)
    return files


def _jobs_of(catalogue: Catalogue) -> list[jobs.JobState]:
    found = [job for job in jobs.list_jobs() if job.kind == "export"]
    return [job for job in found if _description(job.directory).get("source") == catalogue.source]


def _description(directory: Path) -> dict[str, Any]:
    try:
        return jobs.read_description(directory)
    except JobError:  # damaged: nobody can say whose it is
        return {}


def _finished(directory: Path) -> Finished | None:
    try:
        values = read_json(directory / layout.RESULT) or {}
        path = Path(values["file"])
        missing = tuple((each["path"], each["reason"]) for each in values["missing"])
        about = _description(directory)
        counts = (int(values["photos"]), int(values["people"]))
        size = path.stat().st_size
    except (ValueError, KeyError, TypeError, OSError):  # damaged, or the file was taken away
        return None
    return Finished(directory, path, values["what"], *counts, missing, size, str(about.get("created", "")))
