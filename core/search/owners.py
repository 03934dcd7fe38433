"""Whose a trial is, and whether that process is still there."""

from __future__ import annotations

import os
import socket
import time
import uuid
from functools import cache
from typing import Any

import psutil

STALE_SECONDS = 600.0  # a worker on another machine that has said nothing for so long is taken for gone
GRACE_SECONDS = 15.0  # between the beginning of a trial and the note of whose it is


@cache
def _host() -> str:
    return f"{socket.gethostname()}-{uuid.getnode():x}"


def myself() -> dict[str, Any]:
    """Return the note that a worker leaves at its trial."""
    return {"host": _host(), "pid": os.getpid(), "created": psutil.Process().create_time(), "seen": time.time()}


def is_lost(trial: Any) -> bool:
    """Tell whether the worker of a running trial has vanished."""
    worker = trial.user_attrs.get("worker")
    if worker is None:
        started = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return bool(time.time() - started > GRACE_SECONDS)
    if worker["host"] != _host():
        return bool(time.time() - worker["seen"] > STALE_SECONDS)
    try:
        process = psutil.Process(worker["pid"])
        alive = abs(process.create_time() - worker["created"]) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    return not alive
