"""Telling on stderr where the work stands: in a terminal, and in a job's log."""

from __future__ import annotations

import sys
import time

from core.progress import Progress

SAY_SECONDS = 5.0
REPEAT_SECONDS = 60.0  # while nothing moves: a job that waits its turn


class Speaker:
    """A listener that prints a line at each new stage, at its end, and every few seconds in between."""

    def __init__(self) -> None:
        self._last = Progress("", 0, 0)
        self._said = 0.0

    def __call__(self, progress: Progress) -> None:
        """Take in a report and print it when it is time."""
        ended = progress.total > 0 and progress.done >= progress.total > self._last.done
        patience = REPEAT_SECONDS if progress == self._last else SAY_SECONDS
        if ended or progress.stage != self._last.stage or time.monotonic() - self._said >= patience:
            self._last, self._said = progress, time.monotonic()
            print(describe(progress), file=sys.stderr, flush=True)


def describe(progress: Progress) -> str:
    """Return a report as one line of text."""
    count = f" {progress.done} of {progress.total} {progress.unit}" if progress.total else ""
    return f"{progress.stage}{count.rstrip()}{': ' + progress.detail if progress.detail else ''}"
