"""Starting a search for better settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.jobs.making import new_search
from core.jobs.progress_file import queued_progress
from core.jobs.start import start_in_turn


def start_search(search: Mapping[str, Any]) -> Path:
    """Start a search in the background; it waits its turn as trainings do. Return the job's directory.

    Args:
        search: What is searched, as `core.search.SearchSettings.to_json` writes it.

    Raises:
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_search(search, queued_progress()))
