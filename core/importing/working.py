"""The work of an import's job: look at what was staged, or commit it."""

from __future__ import annotations

from pathlib import Path

from core.errors import disk_errors
from core.importing.archives import unpack
from core.importing.planning import check
from core.importing.spool import Readable
from core.importing.staging import Staging, removed_on_failure
from core.progress import Report, ShouldStop, never, silent

_CHUNK = 1 << 20  # bytes that are in memory at a time
ARCHIVE = "archive"  # in the staging's directory: an uploaded archive until it is unpacked


def keep_archive(staging: Staging, stream: Readable) -> None:
    """Keep an uploaded archive until `look` unpacks it.

    Raises:
        StorageError: the disk refuses.
    """
    path = staging.directory / ARCHIVE
    with disk_errors(path), path.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            file.write(chunk)


def look(staging: Staging, archive: Path | None = None, report: Report = silent, should_stop: ShouldStop = never) -> None:
    """Unpack a staging's archive, if it has one, and check its photos; the staging is removed where that does not end well.

    Args:
        archive: Lies elsewhere and stays there; None takes the one in the staging's directory, if any, and removes it.

    Raises:
        DatasetError: the archive cannot be used, or the folder to import went away.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    own = staging.directory / ARCHIVE
    with removed_on_failure(staging):
        if archive is not None or own.exists():
            unpack(staging, archive or own, report, should_stop)
            own.unlink(missing_ok=True)
        check(staging, report, should_stop)
