"""The progress file of a job: replaced whole, at most five times a second."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from core.jobs.pace import Pace
from core.progress import Progress
from core.runs import layout
from core.storage import write_json

WRITE_SECONDS = 0.2


def queued_progress() -> dict[str, Any]:
    """Return the progress of a job that is about to be started."""
    return {"state": "queued", "stage": "Waiting", "started": time.time(), "updated": time.time()}


class ProgressFile:
    """Writes where a job stands; usable from several threads."""

    def __init__(self, directory: Path, state: str) -> None:
        self._path = directory / layout.PROGRESS
        self._lock = threading.Lock()
        self._state = state
        self._started = time.time()
        self._progress = Progress("Starting", 0, 0, "")
        self._pace = Pace()
        self._written = 0.0
        self._pending = False
        self.write()

    def enter(self, state: str) -> None:
        """Change the state and write at once."""
        with self._lock:
            self._state = state
        self.write(durable=True)

    def report(self, progress: Progress) -> None:
        """Take in where the work stands; written at once when the stage changes, else when it is time."""
        with self._lock:
            changed = progress.stage != self._progress.stage
            if changed:
                self._pace = Pace()
            self._progress = progress
            self._pace.add(time.monotonic(), progress.done)
            self._pending = True
        if changed or time.monotonic() - self._written >= WRITE_SECONDS:
            self.write()

    def flush(self) -> None:
        """Write what has been reported since the last time."""
        if self._pending:
            self.write()

    def write(self, durable: bool = False) -> None:
        """Replace the file."""
        with self._lock:
            self._pending = False
            self._written = time.monotonic()
            write_json(self._path, self._values(), durable)

    def _values(self) -> dict[str, Any]:
        now, rate = self._progress, self._pace.rate()
        return {
            "state": self._state,
            "stage": now.stage,
            "done": now.done,
            "total": now.total,
            "unit": now.unit,
            "detail": now.detail,
            "rate": rate,
            "seconds_left": self._pace.seconds_left(now.total) if now.total else None,
            "started": self._started,
            "updated": time.time(),
        }
