"""The working side of a job: this process shows that it lives, where it stands and how it ended."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from core.errors import JobError, StorageError, VisageError
from core.jobs.progress_file import ProgressFile
from core.jobs.queue import training_turn
from core.jobs.requests import vanish
from core.jobs.speaking import Speaker
from core.jobs.stopping import Paused, Stopped, StopRequest
from core.progress import Progress
from core.runs import layout
from core.runs.liveness import HEARTBEAT_SECONDS, beat, write_process
from core.storage import write_json


class JobProcess:
    """This process at work in a job directory, as a context manager.

    The progress file tells the state at the end: done, paused or stopped (`Paused`, `Stopped` or an abort passed through),
    failed otherwise. Where somebody has asked for it, the directory is gone at the end.

    Raises:
        JobError: another live process works in the directory.
    """

    def __init__(self, directory: Path, state: str = "running") -> None:
        self.directory = directory
        self.request = StopRequest(directory)
        self._first_state = state
        self._lock = FileLock(directory / layout.LOCK)
        self._ended = threading.Event()
        self._say = Speaker()

    def __enter__(self) -> Self:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise JobError(f"Another process is at work in {self.directory}.", "Wait for it, or stop it first.") from error
        self.request.forget_older()
        self.request.sweep()
        (self.directory / layout.ERROR).unlink(missing_ok=True)
        self._progress = ProgressFile(self.directory, self._first_state)
        beat(self.directory)
        write_process(self.directory, os.getpid())
        self.request.listen()
        self._heart = threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.request.ignore()
        self._ended.set()
        self._heart.join()
        with contextlib.suppress(StorageError):  # a full disk: the vanished process tells enough
            self._note_end(error)
        discarded = (self.directory / layout.DISCARD).exists()  # after the end was noted: who asks later sees it
        self._lock.release()
        if discarded:
            vanish(self.directory)
        else:
            self._forget_requests()

    def _forget_requests(self) -> None:
        for request in (layout.STOP, layout.PAUSE):
            (self.directory / request).unlink(missing_ok=True)

    def report(self, progress: Progress) -> None:
        """Write where the work stands to the progress file, and now and then to stderr."""
        self._progress.report(progress)
        self._say(progress)

    def should_stop(self) -> bool:
        """Tell whether somebody has asked this job to stop."""
        return self.request.asked()

    def should_pause(self) -> bool:
        """Tell whether somebody has asked this job to pause."""
        return self.request.pause_asked()

    @contextlib.contextmanager
    def training_turn(self) -> Iterator[None]:
        """Wait in the queue; be the one training during the block."""
        with training_turn(self.directory, self.request, self._waits_for):
            self._progress.enter("running")
            yield

    def finish(self, result: dict[str, Any]) -> None:
        """Write the result, last of all files."""
        write_json(self.directory / layout.RESULT, result)

    def _waits_for(self, other: Path | None, in_front: int) -> None:
        what = f"for the training in {other}" if other else "for another training"
        more = f", {in_front} in front" if in_front > 1 else ""
        self.report(Progress("Waiting", 0, 0, "", f"{what}{more}"))

    def _keep_beating(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            with contextlib.suppress(OSError, StorageError):  # a directory that was taken away: the work will notice
                beat(self.directory)
                self._progress.flush()

    def _note_end(self, error: BaseException | None) -> None:
        if error is None:
            self._progress.enter("done")
        elif isinstance(error, Stopped | KeyboardInterrupt):
            self._progress.enter("paused" if isinstance(error, Paused) else "stopped")
        else:
            write_json(self.directory / layout.ERROR, explain(error))
            self._progress.enter("failed")


def explain(error: BaseException) -> dict[str, str]:
    """Return what went wrong and what to do next, as the pages show it."""
    if isinstance(error, VisageError):
        return {"what": error.what, "remedy": error.remedy}
    kind = type(error).__name__
    if kind in ("MemoryError", "ResourceExhaustedError"):
        return {
            "what": "There is not enough memory.",
            "remedy": "Choose a smaller batch size or smaller faces, then try again.",
        }
    return {"what": f"The program failed: {kind}: {error}".strip(), "remedy": "The job's log has the details."}
