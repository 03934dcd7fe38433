"""How a job is asked to stop: by a file in its directory, or by a signal that means the same."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

import psutil

from core.runs import layout
from core.storage import write_whole

LOOK_SECONDS = 0.1  # training asks at every step: the file is looked for at most this often


class Stopped(Exception):  # noqa: N818 - no error: a person wanted it
    """The work ended on request, with nothing to show for it."""


def ask_to_stop(directory: Path) -> None:
    """Leave the request to stop in a job's directory; the process finds it within a moment."""
    write_whole(directory / layout.STOP, f"{time.time()}\n", durable=False)


class StopRequest:
    """The request to stop as the working process sees it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._asked = False
        self._next_look = 0.0
        self._interrupts = 0

    def asked(self) -> bool:
        """Tell whether somebody has asked this job to stop."""
        now = time.monotonic()
        if not self._asked and now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._asked = (self._directory / layout.STOP).exists()
        return self._asked

    def raise_if_asked(self) -> None:
        """Raise Stopped if somebody has asked this job to stop."""
        if self.asked():
            raise Stopped

    def forget_older(self) -> None:
        """Remove a request that was meant for an earlier process in this directory."""
        request = self._directory / layout.STOP
        if request.exists() and request.stat().st_mtime < psutil.Process().create_time():
            request.unlink(missing_ok=True)

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
        if not self._asked:  # written at once: print may be interrupted by the very signal
            os.write(2, b"Stopping; what is finished is kept. Press Ctrl-C again to abort.\n")
        self._asked = True
        ask_to_stop(self._directory)
