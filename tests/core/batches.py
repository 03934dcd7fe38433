"""Batches that tests answer in their own process, without waiting for another one to start."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.batch import Batch, answer_batch, describe, read_batch
from core.batch.sources import spool
from core.jobs.making import new_job
from core.openset import Thresholds
from core.recognizer import Recognizer
from tests.core.photos import as_png, orl_file, pasted


def group_photo(*people: int) -> bytes:
    """Return a PNG with one face of each of these built-in people, from left to right."""
    places = [(person, 40 + 140 * at, 40, 92) for at, person in enumerate(people)]
    return as_png(pasted((80 + 140 * len(people), 200), places))


def single(person: int, number: int) -> tuple[str, bytes]:
    """Return one of the built-in photos as an upload."""
    return f"s{person}-{number}.pgm", orl_file(person, number).read_bytes()


def new_batch(run: Path, uploads: Iterable[tuple[str, bytes]], *, once: bool = False, lines: Thresholds | None = None) -> Path:
    """Make a batch of uploads as a page does, but start nothing."""
    directory = new_job(describe(run, None, once=once, lines=lines, title="Test"), None)
    spool(directory, uploads)
    return directory


def answered(run: Path, recognizer: Recognizer, uploads: Iterable[tuple[str, bytes]], **how: object) -> Batch:
    """Make a batch, answer it here, and read it."""
    directory = new_batch(run, uploads, **how)  # type: ignore[arg-type]
    answer_batch(directory, recognizer)
    return read_batch(directory)
