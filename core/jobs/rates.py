"""Starting to find a learning rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.jobs.making import name_of, new_job
from core.jobs.progress_file import queued_progress
from core.jobs.start import start_in_turn
from core.runs.making import absolute_source
from core.settings import Settings, to_json


def new_rate_finder(settings: Settings, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a search for a learning rate without starting it."""
    source = absolute_source(settings.data.source)
    settings = replace(settings, data=replace(settings.data, source=source))
    title = f"Find a learning rate for {name_of(source)} with {settings.preset}"
    return new_job({"kind": "rate_finder", "title": title, "settings": to_json(settings)}, progress)


def start_rate_finder(settings: Settings) -> Path:
    """Start finding a learning rate in the background; it waits its turn as trainings do. Return the job's directory.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_rate_finder(settings, queued_progress()))
