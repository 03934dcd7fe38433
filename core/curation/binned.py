"""Deleted runs that still lie in the bin: forgetting a person must not leave them there for a week."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.errors import RunError
from core.runs import Run, read_run
from core.runs.bin import binned, erase_binned


def erase_binned_runs(holds: Callable[[Run], bool]) -> int:
    """Remove the runs in the bin that hold a person, for good, and return how many there were.

    Args:
        holds: Tells whether a run has learnt or been taught the person; one that cannot be read is taken to.

    Raises:
        StorageError: the disk refuses.
    """
    gone = [each.directory for each in binned() if _holds(each.directory, holds)]
    for directory in gone:
        erase_binned(directory)
    return len(gone)


def _holds(directory: Path, holds: Callable[[Run], bool]) -> bool:
    try:
        return holds(read_run(directory))
    except RunError:  # damaged: nobody can say what it holds, and it was thrown away
        return True
