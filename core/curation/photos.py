"""Whose photo it is, and whether it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from core.curation.acting import Shown, act, present
from core.curation.names import STRANGERS, checked_name, in_words, known_as, photos_of
from core.datasets import Catalogue, are_strangers, edits, person_key
from core.datasets.edits import Change, What
from core.datasets.ledger import Entry
from core.datasets.used import people_shown, shown_people
from core.errors import DatasetError

_SCAN = "Scan the folder again, then choose photos."


def relabel(catalogue: Catalogue, sha256s: Sequence[str], person: str) -> Entry:
    """Say whose photos these are; a new name makes a new person.

    A name that differs from a known one only in case or underscores is that person. Photos that have vanished are passed
    over.

    Raises:
        DatasetError: the name cannot be, or there is nothing to change.
        StorageError: the disk refuses.
    """
    name = checked_name(person)

    def plan(connection: Connection) -> list[Change]:
        return _relabelling(connection, sha256s, STRANGERS if are_strangers(name) else known_as(connection, name))

    return act(catalogue, "relabel", plan, _relabelled)


def mark_strangers(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Say that these photos show nobody of the people to learn: they only teach what a stranger looks like.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return relabel(catalogue, sha256s, STRANGERS)


def exclude(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Leave photos out: they are neither learnt nor counted, and can be taken in again.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return act(
        catalogue,
        "exclude",
        lambda connection: _setting(connection, "excluded", sha256s, 1, "left out already"),
        lambda photos, before, after: f"{_of(photos, after)} left out.",
    )


def include(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Take photos in again that were left out.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return act(
        catalogue,
        "include",
        lambda connection: _setting(connection, "excluded", sha256s, 0, "taken in already"),
        lambda photos, before, after: f"{_of(photos, after)} taken in again.",
    )


def keep(catalogue: Catalogue, sha256s: Sequence[str]) -> Entry:
    """Say that somebody has looked at the names of photos and found them right: they count as doubtful no more.

    Raises:
        DatasetError: there is nothing to change.
        StorageError: the disk refuses.
    """
    return act(
        catalogue,
        "keep",
        lambda connection: _setting(connection, "kept", sha256s, 1, "looked at already"),
        lambda photos, before, after: f"{_of(photos, after)} named right.",
    )


def _relabelling(connection: Connection, sha256s: Sequence[str], name: str) -> list[Change]:
    if are_strangers(name):  # where there are photos of strangers, under the name of their folder
        name = next((each for each in people_shown(connection) if are_strangers(each)), name)
    photos = _present(connection, sha256s)
    shown = shown_people(connection, photos)
    wrong = [each for each in photos if person_key(shown.get(each, "")) != person_key(name)]
    now = edits.current(connection, "person", wrong)
    if not wrong:
        raise DatasetError(f"These photos are filed under {name} already.", "Choose other photos or another name.")
    return [Change("person", each, now[each], name) for each in wrong]


def _relabelled(photos: Sequence[str], before: Shown, after: Shown) -> str:
    what, name = photos_of(len(photos), (before.get(each) for each in photos)), next(iter(after.values()))
    verb = "is" if len(photos) == 1 else "are"
    return f"{what} {verb} now {'marked as strangers' if are_strangers(name) else possessive(name)}."


def possessive(name: str) -> str:
    """Return Ann's for Ann."""
    return f"{in_words(name)}'s"


def _setting(connection: Connection, what: What, sha256s: Sequence[str], value: int, already: str) -> list[Change]:
    photos = _present(connection, sha256s)
    now = edits.current(connection, what, photos)
    changed = [each for each in photos if now[each] != value]
    if not changed:
        raise DatasetError(f"These photos are {already}.", "Choose other photos.")
    return [Change(what, each, now[each], value) for each in changed]


def _present(connection: Connection, sha256s: Sequence[str]) -> list[str]:
    photos = present(connection, sha256s)
    if not photos:
        raise DatasetError("None of these photos is in the dataset." if sha256s else "No photo is chosen.", _SCAN)
    return photos


def _of(photos: Sequence[str], shown: Shown) -> str:
    return f"{photos_of(len(photos), (shown.get(each) for each in photos))} {'is' if len(photos) == 1 else 'are'}"
