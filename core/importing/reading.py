"""Reading staged photos once more when they are committed: only the bytes that were looked at are kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.datasets import SkippedFile
from core.errors import PhotoError
from core.importing.planning import PlannedPhoto, read_photo_bytes
from core.jobs import Stopped
from core.progress import Progress, Report, ShouldStop

STAGE = "Keeping the photos"
_CHANGED = ("has changed since it was looked at", "Import the folder again.")


def bytes_of(source: Path, photo: PlannedPhoto, skipped: list[SkippedFile]) -> bytes | None:
    """Return the bytes that were looked at; None where the file has gone or changed since."""
    try:
        data = read_photo_bytes(source, photo.staged.path)
    except PhotoError as error:
        reason = error.what.removeprefix(photo.staged.path).strip().rstrip(".")
        skipped.append(SkippedFile(photo.staged.path, reason, error.remedy))
        return None
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        skipped.append(SkippedFile(photo.staged.path, *_CHANGED))
        return None
    return data


def look_up(number: int, total: int, report: Report, should_stop: ShouldStop) -> None:
    """Tell where the work stands, and raise Stopped where somebody asked to stop."""
    if should_stop():
        raise Stopped
    report(Progress(STAGE, number, total))
