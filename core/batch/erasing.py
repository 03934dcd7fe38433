"""Forgetting somebody: the batches in which they were named go, with the copies of their photos."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from core.batch.batch import Batch, list_batches, read_batch
from core.batch.starting import delete_batch
from core.datasets import person_key
from core.errors import JobError


def erase_batches_of(keys: Collection[str]) -> int:
    """Delete every batch in which somebody was named, for sure, by hand or as a guess, and return how many there were.

    One that is at work is asked to vanish; it is gone a moment later.

    Args:
        keys: As `core.datasets.person_key` gives them for the person's names.

    Raises:
        StorageError: the disk refuses.
    """
    count = 0
    for job in list_batches():
        with suppress(JobError):  # damaged: whom it names cannot be told; it can be deleted on its page
            if _names(read_batch(job.directory), keys):
                delete_batch(job.directory)
                count += 1
    return count


def _names(batch: Batch, keys: Collection[str]) -> bool:
    return any(row.person is not None and person_key(row.person) in keys for row in batch.rows)
