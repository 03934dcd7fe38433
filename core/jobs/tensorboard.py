"""Starting to write a run's curves for TensorBoard."""

from __future__ import annotations

from pathlib import Path

from core.jobs.making import new_events
from core.jobs.progress_file import queued_progress
from core.jobs.start import start_process


def start_events(run_directory: Path) -> Path:
    """Start writing a run's curves as TensorBoard reads them in the background. Return the job's directory.

    Raises:
        RunError: there is no run.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    directory = new_events(run_directory, queued_progress())
    start_process(directory)
    return directory
