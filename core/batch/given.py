"""What a person has said of the faces of a batch: who they are, or that they are no faces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock

from core.errors import JobError, disk_errors
from core.storage import read_json, write_json

GIVEN = "given.json"  # in the batch's directory
NO_FACE = ""  # instead of a person's name
_LOCK = "given.lock"

Wish = Literal["", "keep", "recognise", "kept", "recognised"]
Givens = dict[int, "Given"]


@dataclass(frozen=True)
class Given:
    """What a person has said of one face.

    Attributes:
        person: Who it is; `NO_FACE` where it is no face.
        wish: What is still to be done with it: "keep" it for the next training, or "recognise" the person by it from now on,
            too; "kept" and "recognised" where that has been done, "" where it is about this batch alone.
        entry: Number of the entry in the dataset's ledger that has done it.
    """

    person: str
    wish: Wish = ""
    entry: int | None = None

    def __post_init__(self) -> None:
        """Check the wish.

        Raises:
            ValueError: there is no such wish.
        """
        if self.wish not in get_args(Wish):
            raise ValueError(f"there is no wish {self.wish!r}")


def read_given(directory: Path) -> Givens:
    """Return what was said of the faces of a batch, by their numbers.

    Raises:
        JobError: the file is damaged.
    """
    path = directory / GIVEN
    try:
        stored = read_json(path)
        return {} if stored is None else {int(number): Given(*values) for number, values in stored.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise JobError(f"{path} is damaged ({error}).", "Delete that file; the names given by hand in it are lost.") from error


def give(directory: Path, numbers: Iterable[int], person: str, wish: Wish = "") -> Givens:
    """Say who some faces are, or that they are none; return what was said of these before.

    Raises:
        JobError: what was said before cannot be read.
        StorageError: the disk refuses.
    """
    wanted = list(numbers)

    def say(before: Givens) -> Givens:
        return before | {number: Given(person, wish) for number in wanted}

    before = _change(directory, say)
    return {number: before[number] for number in wanted if number in before}


def take_back(directory: Path, numbers: Iterable[int], before: Mapping[int, Given] | None = None) -> None:
    """Forget what was said of some faces; `before`, if anything, holds for them again. Raises as `give`."""
    gone = set(numbers)

    def forget(given: Givens) -> Givens:
        return {number: each for number, each in given.items() if number not in gone} | dict(before or {})

    _change(directory, forget)


def settle(directory: Path, numbers: Iterable[int], wish: Wish = "kept", entry: int | None = None) -> None:
    """Note that what was wished for some faces has been done, by an entry, or is not wished any more. Raises as `give`."""
    settled = set(numbers)

    def note(given: Givens) -> Givens:
        return {number: replace(each, wish=wish, entry=entry) if number in settled else each for number, each in given.items()}

    _change(directory, note)


def _change(directory: Path, change: Callable[[Givens], Givens]) -> Givens:
    """Replace what was said by what `change` makes of it, one at a time; return what was there before."""
    with disk_errors(directory):
        lock = FileLock(directory / _LOCK)
        lock.acquire()
    try:
        before = read_given(directory)
        after = change(dict(before))
        write_json(directory / GIVEN, {str(number): [*astuple(each)] for number, each in sorted(after.items())})
        return before
    finally:
        lock.release()
