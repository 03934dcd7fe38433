"""Other names for people, and people who turn out to be one; both hold for photos that a later scan finds, too."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NoReturn

from core.curation.acting import act
from core.curation.names import checked_name, known_as
from core.datasets import Catalogue, edits, person_key
from core.datasets.edits import Change
from core.datasets.ledger import Entry
from core.datasets.used import people_shown
from core.errors import DatasetError

_LISTED = 5  # names in a sentence


def rename_person(catalogue: Catalogue, old: str, new: str) -> Entry:
    """Give a person another name, or another spelling of the same.

    Raises:
        DatasetError: there is no such person, the name cannot be, or somebody else has it.
        StorageError: the disk refuses.
    """
    name = checked_name(new)
    shown: list[str] = []

    def plan(connection: Connection) -> list[Change]:
        person = _shown(connection, old)
        shown.append(person)
        other = known_as(connection, name)
        if other in people_shown(connection) and other != person:
            raise DatasetError(f"There is somebody called {other} already.", "Merge the two if they are one person.")
        if person == name:
            raise DatasetError(f"The name is {name} already.", "Type another name.")
        return _renaming(connection, [person], name)

    return act(catalogue, "rename", plan, lambda photos, before, after: f"{shown[0]} is now called {name}.")


def merge_people(catalogue: Catalogue, people: Sequence[str], into: str) -> Entry:
    """Say that people are one person.

    Args:
        people: Who they are; `into` may be among them.
        into: The name to keep: one of theirs, somebody else's, or a new one.

    Raises:
        DatasetError: there are no such people, or the name cannot be.
        StorageError: the disk refuses.
    """
    name = checked_name(into)
    names: list[str] = []

    def plan(connection: Connection) -> list[Change]:
        target = known_as(connection, name)
        there = {person_key(each): each for each in people_shown(connection)}
        shown = dict.fromkeys(there.get(person_key(each)) or _nobody(each) for each in people)
        names[:] = [each for each in shown if each != target]
        if not names or (len(names) == 1 and target not in there.values()):
            raise DatasetError("Two people at least are needed.", "Choose another person to merge with.")
        names.append(target)
        return _renaming(connection, names[:-1], target)

    return act(catalogue, "merge", plan, lambda photos, before, after: f"{_listed(names[:-1])} merged into {names[-1]}.")


def _shown(connection: Connection, person: str) -> str:
    """Return a person's name as it is shown."""
    found = known_as(connection, person)
    return found if found in people_shown(connection) else _nobody(person)


def _nobody(person: str) -> NoReturn:
    raise DatasetError(f"There is nobody called {person}.", "Choose one of the people of the dataset.")


def _renaming(connection: Connection, people: Sequence[str], name: str) -> list[Change]:
    """Return the changes that show the folders of people, and the photos that were given to them, under a name."""
    keys = sorted(edits.folder_keys_of(connection, *people))
    photos = sorted(edits.contents_named(connection, *people))
    shown, given = edits.current(connection, "rename", keys), edits.current(connection, "person", photos)
    renames = [Change("rename", each, shown[each], name) for each in keys]
    return [*renames, *(Change("person", each, given[each], name) for each in photos)]


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    if len(names) > _LISTED:
        return f"{len(names)} people were"
    return f"{', '.join(most)} and {last} were" if most else f"{last} was"
