"""Is the process of a job directory alive? Answered from two small files and one look at that process."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

from core.runs.layout import HEARTBEAT, PROCESS, PROGRESS
from core.storage import read_json, write_json, write_whole

HEARTBEAT_SECONDS = 1.0
FRESH_SECONDS = 30.0  # importing TensorFlow or a large copy may keep the heartbeat waiting for seconds
SAME_START_SECONDS = 2.0  # a creation time is computed from the boot time, which is only kept in whole seconds


def write_process(directory: Path, pid: int) -> None:
    """Note which process works in `directory`.

    Raises:
        psutil.NoSuchProcess: it has vanished already.
    """
    write_json(directory / PROCESS, {"pid": pid, "created": psutil.Process(pid).create_time()})


def beat(directory: Path) -> None:
    """Show that this process is alive."""
    try:
        os.utime(directory / HEARTBEAT)
    except FileNotFoundError:
        write_whole(directory / HEARTBEAT, b"", durable=False)


def is_alive(directory: Path) -> bool:
    """Tell whether the noted process exists, is the same one, is no zombie and has a fresh heartbeat."""
    try:
        noted = read_json(directory / PROCESS)
        if noted is None:  # being started: the files are written before the process
            return _is_fresh(directory / PROGRESS)
        process = psutil.Process(noted["pid"])
        same = abs(process.create_time() - noted["created"]) < SAME_START_SECONDS
        return same and process.status() != psutil.STATUS_ZOMBIE and _beats(directory)
    except (psutil.NoSuchProcess, psutil.AccessDenied, ValueError, KeyError, TypeError, OSError):
        return False  # gone, another user's process under a used-up number, or a damaged note


def _beats(directory: Path) -> bool:
    # A process that was noted a moment ago has not had the time to beat.
    return _is_fresh(directory / HEARTBEAT) or _is_fresh(directory / PROCESS)


def _is_fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < FRESH_SECONDS
    except FileNotFoundError:
        return False
