"""The state of a job directory, derived from its files and from whether its process is alive."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

from core.runs.layout import DISCARD, PAUSE, PROCESS, PROGRESS, RESULT, STOP
from core.runs.liveness import is_alive
from core.storage import read_json

State = Literal["prepared", "queued", "running", "stopping", "done", "stopped", "paused", "failed", "lost"]
"""prepared: settings only, never started. queued: a live process waits for its turn. stopping: a live process has been
asked to stop, pause or vanish. done: the result is there. stopped: ended on request without a result. paused: ended on
request after an epoch, to go on later. failed: ended by an error. lost: the process vanished. The last four, and prepared,
can be started again."""

LIVE: frozenset[str] = frozenset({"queued", "running", "stopping"})
ENDED: frozenset[str] = frozenset({"done", "stopped", "paused", "failed"})


def state_of(directory: Path) -> State:
    """Return the state of a run directory or another job's directory."""
    if (directory / RESULT).exists():
        return "done"
    return live_state(directory, read_progress(directory).get("state"))


def live_state(directory: Path, written: str | None) -> State:
    """Return the state of a directory without a result whose progress file says `written`."""
    if written in ENDED:
        return cast(State, written)
    if written is None and not (directory / PROCESS).exists():
        return "prepared"
    if not is_alive(directory):
        return "lost"
    if any((directory / request).exists() for request in (STOP, PAUSE, DISCARD)):
        return "stopping"
    return "queued" if written == "queued" else "running"


def read_progress(directory: Path) -> dict[str, Any]:
    """Return what the process wrote last about where it stands; empty where it wrote nothing readable."""
    try:
        progress = read_json(directory / PROGRESS)
    except (ValueError, OSError):  # the file is not forced to the disk: a power cut may leave it empty
        return {}
    return progress if isinstance(progress, dict) else {}
