"""The mistakes that a person can make, each with its remedy.

    VisageError
    ├── PhotoError          one photo cannot be used (the rest go on)
    ├── DatasetError        a folder or a catalogue cannot be used
    ├── SettingsError       a setting is unknown or out of its range
    ├── SplitError          too few people or photos to split
    ├── ModelError          weights or a saved network cannot be used
    ├── TrainingError       a training cannot go on: no memory, or the learning rate is too high
    ├── RunError            a run directory is missing, unfinished, foreign or newer than this program
    ├── JobError            a job cannot be started or has failed
    └── StorageError        no space, no permission: the disk refuses

Mistakes of a programmer raise Python's own exceptions and are not caught.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class VisageError(Exception):
    """Something that a person can mend.

    Attributes:
        what: Which thing, what was expected and what was found; one sentence.
        remedy: What to do next; one sentence, may be empty.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class PhotoError(VisageError):
    """One photo cannot be used."""


class DatasetError(VisageError):
    """A folder or a catalogue cannot be used."""


class SettingsError(VisageError):
    """A setting is unknown or out of its range."""


class SplitError(VisageError):
    """There are too few people or photos to train and to test."""


class ModelError(VisageError):
    """Weights or a saved network cannot be used."""


class TrainingError(VisageError):
    """A training cannot go on: no memory, or the learning rate is too high."""


class RunError(VisageError):
    """A run directory is missing, unfinished, foreign or newer than this program."""


class JobError(VisageError):
    """A job cannot be started or has failed."""


class StorageError(VisageError):
    """The disk refuses: no space or no permission."""


_DISK_REMEDIES = {
    errno.ENOSPC: ("the disk is full", "Free some space, then start again: finished work is kept."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space, then start again: finished work is kept."),
    errno.EACCES: ("permission is denied", "Give this user permission to write there, then start again."),
    errno.EROFS: ("the disk is read-only", "Set VISAGE_ARTIFACTS to a folder that can be written."),
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write `path` into a StorageError.

    Raises:
        StorageError: no space, no quota, no permission or a read-only disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_REMEDIES:
            raise
        reason, remedy = _DISK_REMEDIES[error.errno]
        raise StorageError(f"Cannot write {path}: {reason}.", remedy) from error
