"""How a job is asked to stop, pause or vanish: by a file in its directory, or by a signal that means stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

import psutil

from core.runs import layout
from core.storage import write_whole

LOOK_SECONDS = 0.1  # training asks at every step: the files are looked for at most this often
REQUESTS = (layout.STOP, layout.PAUSE, layout.DISCARD)


class Stopped(Exception):  # noqa: N818 - no error: a person wanted it
    """The work ended on request, with nothing to show for it."""


class Paused(Stopped):
    """The work ended on request, to go on later."""


class Discarded(Stopped):
    """The work ended on request, and nothing of it is to stay."""


def ask_to(request: str, directory: Path) -> None:
    """Leave a request, one of `REQUESTS`, in a job's directory; the process finds it within a moment."""
    write_whole(directory / request, f"{time.time()}\n", durable=False)


class StopRequest:
    """The requests as the working process sees them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._found: set[str] = set()
        self._next_look = 0.0
        self._interrupts = 0

    def asked(self) -> bool:
        """Tell whether somebody has asked this job to stop.

        Raises:
            Discarded: nothing of it is to stay: there is nothing to finish.
        """
        self._look()
        if layout.DISCARD in self._found:
            raise Discarded
        return layout.STOP in self._found

    def pause_asked(self) -> bool:
        """Tell whether somebody has asked this job to pause."""
        self._look()
        return layout.PAUSE in self._found

    def raise_if_asked(self) -> None:
        """Raise Stopped if somebody has asked this job to stop, or another one of its kind for another request."""
        if self.asked():
            raise Stopped
        if self.pause_asked():
            raise Paused

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._found |= {request for request in REQUESTS if (self._directory / request).exists()}

    def forget_older(self) -> None:
        """Remove requests that were meant for an earlier process in this directory."""
        for request in REQUESTS:
            path = self._directory / request
            if path.exists() and path.stat().st_mtime < psutil.Process().create_time():
                path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what an earlier process was writing when it was killed."""
        for path in self._directory.glob(".*"):
            with contextlib.suppress(OSError):
                if path.is_file() and path.stat().st_mtime < psutil.Process().create_time():
                    path.unlink()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as requests to stop; a second SIGINT aborts at once. Only in the main thread."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_signal)
            signal.signal(signal.SIGINT, self._on_signal)

    def ignore(self) -> None:
        """Give both signals back their usual meaning."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 1:
                raise KeyboardInterrupt
        if layout.STOP not in self._found:  # written at once: print may be interrupted by the very signal
            os.write(2, b"Stopping; what is finished is kept. Press Ctrl-C again to abort.\n")
        self._found.add(layout.STOP)
        ask_to(layout.STOP, self._directory)
