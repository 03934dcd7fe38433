"""Starting to train a finished run longer."""

from __future__ import annotations

from pathlib import Path

from core.jobs.progress_file import queued_progress
from core.jobs.start import start_in_turn
from core.runs import new_longer_run


def start_longer(run_directory: Path, extra_epochs: int) -> Path:
    """Start training a finished run so many epochs longer in the background, as a new run. Return its directory.

    Raises:
        RunError: the run cannot be trained longer; `core.runs.why_not_longer` tells beforehand.
        SettingsError: that would be more epochs than a training may have.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_longer_run(run_directory, extra_epochs, queued_progress()))
