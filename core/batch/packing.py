"""Zip files of a batch, made by a job of their own; and the same as folders, for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from core import jobs
from core.batch.batch import Batch, named_again, read_batch
from core.batch.files import Piece, annotated_files, face_files, redacted_files, sorted_files
from core.errors import JobError, RunError, disk_errors
from core.importing import check_space
from core.jobs import JobState, Stopped
from core.jobs.making import new_job
from core.jobs.progress_file import queued_progress
from core.jobs.start import start_process
from core.openset import Thresholds
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import read_knowledge
from core.redaction import HOW
from core.runs import layout, read_run
from core.storage import new_zip, read_json, write_whole

What = Literal["annotated", "sorted", "faces", "redacted"]
WHAT: tuple[What, ...] = ("annotated", "sorted", "faces", "redacted")
KIND: Literal["packing"] = "packing"
_BETWEEN_LOOKS = 25  # files between two looks at the space that is left on the disk
_TITLES = {
    "annotated": "Marked photos of {}",
    "sorted": "Sorted photos of {}",
    "faces": "Faces of {}",
    "redacted": "Redacted photos of {}",
}


@dataclass(frozen=True)
class Packing:
    """A zip file that is made, or was.

    Attributes:
        job: Where it stands.
        what: What it holds.
        path: The zip file; None until it is done.
        photos: How many photos it was made from.
        bytes: Its size.
        made: When it was asked for, UTC.
        missing: File and reason of each photo that is not in it.
        about: How it was asked for: "how" and "whom" where faces are hidden.
    """

    job: JobState
    what: What
    path: Path | None
    photos: int
    bytes: int
    made: datetime
    missing: tuple[tuple[str, str], ...]
    about: dict[str, Any]


def start_packing(
    batch_directory: Path,
    what: What,
    *,
    lines: Thresholds | None = None,
    how: str = "blur",
    whom: Sequence[str] = ("unknown",),
) -> Path:
    """Start making a zip file of a batch in the background, and return the job's directory.

    Args:
        batch_directory: Of the batch.
        what: "annotated" photos with their faces marked, photos "sorted" into a folder per person, the "faces" alone, or
            "redacted" photos in which faces are hidden.
        lines: Where known and unknown lie; None takes those of the batch.
        how, whom: Of "redacted"; see `core.batch.files.redacted_files`.

    Raises:
        JobError: there is no batch, or the process cannot be started.
        StorageError: the disk refuses.
        ValueError: nobody knows such a zip file.
    """
    if what not in WHAT or how not in HOW:
        raise ValueError(f"a batch is packed as one of {WHAT}, and redacted by one of {HOW}, not {what!r} and {how!r}")
    title = _TITLES[what].format(read_batch(batch_directory).title)
    asked = {"batch": str(batch_directory.absolute()), "what": what, "lines": lines.to_json() if lines else None}
    directory = new_job({"kind": KIND, "title": title, **asked, "how": how, "whom": list(whom)}, queued_progress())
    start_process(directory)
    return directory


def run_packing(directory: Path, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Do the work of a packing's job, and return its result as JSON values.

    Raises:
        JobError: the batch is gone or damaged, or the job's description is.
        RunError: nobody is twice in a photo, and the run that has to say who is who by other lines is gone.
        StorageError: the disk refuses; nothing of it is left.
        Stopped: somebody asked to stop; nothing of it is left.
    """
    about = jobs.read_description(directory)
    if about.get("kind") != KIND:
        raise JobError(f"There is no zip file to make in {directory}.", "Ask for it on the Predict page.")
    batch = _as_now(read_batch(Path(about["batch"])), about["lines"])
    to = directory / f"{about['what']}.zip"
    for half in directory.glob(f".{to.name}.*"):  # of a process that was killed
        half.unlink(missing_ok=True)
    pieces = _watched(files_of(batch, about["what"], about["whom"], about["how"]), batch, to, report, should_stop)
    photos, missing = write_zip(to, pieces)
    told = [{"path": path, "reason": reason} for path, reason in missing]
    return {"file": str(to), "what": about["what"], "photos": photos, "missing": told, "bytes": to.stat().st_size}


def _as_now(batch: Batch, lines: dict[str, Any] | None) -> Batch:
    """Return a batch with the names that a page shows: of people who were added since, too, where the run is still there."""
    thresholds = Thresholds.from_json(lines) if lines else batch.lines
    try:
        knowledge = read_knowledge(read_run(batch.run_directory))
    except RunError:
        return batch.decided(thresholds)
    return named_again(batch, replace(knowledge, thresholds=thresholds))


def files_of(batch: Batch, what: What, whom: Sequence[str] = (), how: str = "blur") -> Iterator[Piece]:
    """Yield the files that a batch is taken out as; arguments as of `start_packing`."""
    if what == "redacted":
        return redacted_files(batch, whom, how)
    return {"annotated": annotated_files, "sorted": sorted_files, "faces": face_files}[what](batch)


def write_zip(to: Path, pieces: Iterable[Piece]) -> tuple[int, list[tuple[str, str]]]:
    """Write files into a zip file, whole or not at all; one after the other, so that memory does not grow.

    Returns:
        From how many photos they were made, and file and reason of each that is missing.

    Raises:
        StorageError: the disk refuses.
    """
    missing: list[tuple[str, str]] = []
    photos: set[int] = set()
    with new_zip(to) as (archive, keep_it):
        for piece in pieces:
            if piece.content is None:
                missing.append((piece.source, piece.why))
                continue
            archive.writestr(piece.path, piece.content)
            photos.add(piece.photo)
        keep_it()
    return len(photos), missing


def write_folder(to: Path, pieces: Iterable[Piece]) -> list[tuple[str, str]]:
    """Write files below a folder; what is there under the same name is replaced. Return file and reason of the missing.

    Raises:
        StorageError: the disk refuses.
    """
    missing: list[tuple[str, str]] = []
    for piece in pieces:
        if piece.content is None:
            missing.append((piece.source, piece.why))
            continue
        path = to / piece.path
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, piece.content, durable=False)
    return missing


def packings_of(batch_directory: Path) -> list[Packing]:
    """Return the zip files of a batch, unfinished ones too, those asked for last first."""
    wanted = str(batch_directory.absolute())
    found = ((job, _description(job.directory)) for job in jobs.jobs_of_kind(KIND))
    return [_packing(job, about) for job, about in found if about.get("batch") == wanted]


def _packing(job: JobState, about: dict[str, Any]) -> Packing:
    try:
        result = read_json(job.directory / layout.RESULT) or {}
        path = Path(result["file"]) if result else None
        missing = tuple((each["path"], each["reason"]) for each in result.get("missing", ()))
    except (ValueError, KeyError, TypeError, OSError):  # damaged: as if it were not there
        result, path, missing = {}, None, ()
    there = path if path is not None and path.exists() else None
    counts = int(result.get("photos", 0)), int(result.get("bytes", 0))
    return Packing(job, about["what"], there, *counts, datetime.fromisoformat(about["created"]), missing, about)


def _description(directory: Path) -> dict[str, Any]:
    try:
        return jobs.read_description(directory)
    except JobError:
        return {}


def _watched(pieces: Iterable[Piece], batch: Batch, to: Path, report: Report, should_stop: ShouldStop) -> Iterator[Piece]:
    """Yield the pieces, and tell how far they are."""
    total = len(batch.photos)
    for number, piece in enumerate(pieces):
        if should_stop():
            raise Stopped
        if number % _BETWEEN_LOOKS == 0:
            check_space(0, to.parent)
        report(Progress("Writing photos", piece.photo, total))
        yield piece
    report(Progress("Writing photos", total, total))
