"""Further workers of a search on this machine: processes that end with the one that has started them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from core.errors import JobError
from core.jobs import Stopped
from core.progress import ShouldStop
from core.runs import layout
from core.storage import PROJECT_ROOT, artifacts_root

PATIENCE_SECONDS = 60.0  # until a worker that was asked to stop is ended


class Helpers:
    """Some further workers, as a context manager: they work during the block and have ended after it.

    Raises:
        JobError: a process cannot be started.
    """

    def __init__(self, directory: Path, count: int) -> None:
        self._directory, self._count = directory, count
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        threads = max(1, (os.cpu_count() or 1) // (self._count + 1))
        environment = {**os.environ, "VISAGE_ARTIFACTS": str(artifacts_root()), "TF_NUM_INTRAOP_THREADS": str(threads)}
        command = [sys.executable, "-m", "core", "search", "--job", str(self._directory), "--helper-of", str(os.getpid())]
        try:
            for _ in range(self._count):
                worker = subprocess.Popen(
                    command, cwd=PROJECT_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
                self._workers.append(worker)
        except OSError as error:
            self._end(0.0)
            raise JobError(
                f"A worker of the search cannot be started ({error.strerror}).", "Free some memory, or choose fewer workers."
            ) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end(PATIENCE_SECONDS)

    def finish(self, should_stop: ShouldStop) -> None:
        """Wait until the workers have ended by themselves, as they do when no trial is left or the time is up.

        Raises:
            Stopped: somebody asked to stop.
        """
        while any(worker.poll() is None for worker in self._workers):
            if should_stop():
                raise Stopped
            time.sleep(0.2)

    def _end(self, patience: float) -> None:
        """End the workers; each puts its trial back before it goes."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(patience)
            worker.kill()
            worker.wait()


def helper_stops(directory: Path, owner: int) -> Callable[[], bool]:
    """Return what tells a helper to stop: the request to stop the search, a signal, or the end of its owner.

    Args:
        directory: The search's.
        owner: Process id of the one that has started this process.
    """
    asked = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    request = directory / layout.STOP
    return lambda: asked.is_set() or os.getppid() != owner or request.exists()
