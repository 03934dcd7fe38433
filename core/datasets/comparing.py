"""Comparing photos that are new with all others, block by block."""

from __future__ import annotations

from collections.abc import Collection

from core.datasets import duplicates
from core.datasets.catalogue import Catalogue
from core.progress import Progress, Report, ShouldStop, never, silent

_COMPARED_AT_ONCE = 256


def find_duplicates(catalogue: Catalogue, report: Report = silent, should_stop: ShouldStop = never) -> bool:
    """Compare the photos that are new with all others; return whether all were compared.

    Raises:
        DatasetError: the catalogue cannot be used.
        StorageError: the disk refuses; what was compared until then is kept.
    """
    with catalogue.reading() as connection:
        fresh = duplicates.fingerprints_to_compare(connection, compared=False)
        others = duplicates.fingerprints_to_compare(connection, compared=True) if len(fresh) else fresh
    for start in range(0, len(fresh), _COMPARED_AT_ONCE):
        if should_stop():
            return False
        report(Progress("Comparing photos", start, len(fresh)))
        block = fresh.take(slice(start, start + _COMPARED_AT_ONCE))
        pairs = list(duplicates.pairs_of(block, others.followed_by(fresh.take(slice(0, start)))))
        with catalogue.writing() as connection:
            duplicates.keep_pairs(connection, block.sha256, pairs)
    return True


def compare_at_once(catalogue: Catalogue, contents: Collection[str]) -> None:
    """Compare a few photos with all others, also with those that a scan is just about to compare.

    Raises:
        DatasetError: the catalogue cannot be used.
        StorageError: the disk refuses.
    """
    if not contents:
        return
    with catalogue.reading() as connection:
        every = duplicates.fingerprints_to_compare(connection)
    mine = [row for row, each in enumerate(every.sha256) if each in contents]
    others = [row for row, each in enumerate(every.sha256) if each not in contents]
    pairs = list(duplicates.pairs_of(every.take(mine), every.take(others)))
    with catalogue.writing() as connection:
        duplicates.keep_pairs(connection, [every.sha256[row] for row in mine], pairs)
