"""Downloading one file: goes on where it stopped, tells how far it is, and can be asked to stop."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import disk_errors
from core.progress import Progress, Report, ShouldStop

_CHUNK = 1 << 16  # bytes between two looks at the request to stop
_PATIENCE = 30.0  # seconds without a byte
_ALL_HERE = 416  # the server's answer when nothing is left to send
_PARTIAL = 206


class Unreachable(Exception):  # noqa: N818 - the callers turn it into an error with a remedy of their own
    """The file cannot be had; the text says why. What has arrived is kept."""


def receive(url: str, part: Path, stage: str, report: Report, should_stop: ShouldStop) -> bool:
    """Append to `part` what is missing of the file at `url`; return False where it was stopped.

    Args:
        stage: What to call it in reports, which count kilobytes.

    Raises:
        Unreachable: no connection, it broke off, or the server refuses.
        StorageError: the disk refuses.
    """
    here = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={here}-"} if here else {})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return _read(answer, part, here, lambda done, total: report(Progress(stage, done, total, "KB")), should_stop)
    except urllib.error.HTTPError as error:
        if error.code == _ALL_HERE and here:
            return True
        raise Unreachable(f"the server answers {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(getattr(error, "reason", error))) from error


def _read(answer: Any, part: Path, here: int, tell: Callable[[int, int], None], should_stop: ShouldStop) -> bool:
    goes_on = answer.status == _PARTIAL
    done = here if goes_on else 0
    length = answer.headers.get("Content-Length")
    total = done + int(length) if length else 0
    with disk_errors(part), part.open("ab" if goes_on else "wb") as file:
        while not should_stop():
            chunk = answer.read(_CHUNK)
            if not chunk:
                break
            file.write(chunk)
            done += len(chunk)
            tell(done // 1024, total // 1024)
        else:
            return False
    if done < total:
        raise http.client.IncompleteRead(b"", total - done)
    return True
