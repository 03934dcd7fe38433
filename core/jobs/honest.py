"""Starting the checks of a finished run's figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.jobs.making import new_honesty, new_learning_curve
from core.jobs.progress_file import queued_progress
from core.jobs.start import start_in_turn


def start_honesty(run_directory: Path, checks: Sequence[str], seeds: int | None = None) -> Path:
    """Start honesty checks of a finished run in the background; they wait their turn. Return the job's directory.

    Args:
        run_directory: The run.
        checks, seeds: See `core.experiment.honesty.check_honesty`.

    Raises:
        RunError: there is no run.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_honesty(run_directory, checks, seeds, queued_progress()))


def start_learning_curve(run_directory: Path, draws: int | None = None) -> Path:
    """Start measuring the learning curve of a finished run in the background; it waits its turn. Return the job's directory.

    Args:
        run_directory: The run.
        draws: See `core.experiment.learning_curve.measure_learning_curve`.

    Raises:
        RunError: there is no run.
        StorageError: the disk refuses.
        JobError: the process cannot be started.
    """
    return start_in_turn(new_learning_curve(run_directory, draws, queued_progress()))
