"""What all actions have in common: changes and their entry in the ledger are kept together or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from sqlite3 import Connection

from core.datasets import Catalogue, duplicates, edits, ledger
from core.datasets.comparing import compare_at_once
from core.datasets.edits import Change
from core.datasets.ledger import Entry
from core.datasets.scanning import keep_figures
from core.datasets.used import shown_people
from core.embeddings import store

Shown = dict[str, str]  # the person under whom each photo is shown, by sha256
Words = Callable[[Sequence[str], Shown, Shown], str]


def act(catalogue: Catalogue, kind: str, plan: Callable[[Connection], Sequence[Change]], words: Words) -> Entry:
    """Make changes and write their entry.

    Args:
        kind: See `Entry`.
        plan: Returns the changes; raises DatasetError where there is nothing to change.
        words: From the photos that were touched, and who they showed before and after, the sentence of the entry.

    Raises:
        DatasetError: nothing can be changed, or the catalogue cannot be used; everything is as before.
        StorageError: the disk refuses; everything is as before.
    """
    with catalogue.writing() as connection:
        changes = plan(connection)
        entry = perform(connection, kind, changes, words)
    follow_up(catalogue, changes)
    return entry


def perform(connection: Connection, kind: str, changes: Sequence[Change], words: Words, about: int | None = None) -> Entry:
    """Apply changes and add their entry, on a connection that writes."""
    touched = sorted(edits.touched_by(connection, changes))
    before = shown_people(connection, touched)
    edits.apply(connection, changes)
    after = shown_people(connection, touched)
    seen = [photo for photo in touched if photo in before or photo in after]
    noted = [Change("shown", photo, before.get(photo), after.get(photo)) for photo in seen]
    return ledger.append(connection, kind, words(seen, before, after), [*changes, *noted], photos=len(seen), about=about)


def follow_up(catalogue: Catalogue, changes: Sequence[Change]) -> None:
    """Do what the changes make necessary outside of them.

    Embeddings of photos that now show another face are removed; their crops are cut again when they are next asked for.
    Photos that come into use (they were filed under two people) are compared with all others.
    """
    faces = {each.key for each in changes if each.what == "face"}
    if faces:
        store.forget(catalogue.directory, faces)
    named = [each for each in changes if each.what in ("person", "rename")]
    if named:
        with catalogue.reading() as connection:
            fresh = edits.touched_by(connection, named) & set(duplicates.not_compared(connection))
        compare_at_once(catalogue, fresh)
    keep_figures(catalogue)


def present(connection: Connection, photos: Sequence[str]) -> list[str]:
    """Return those of the photos that the dataset holds, each once."""
    asked = list(dict.fromkeys(photos))
    query = """SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM files WHERE sha256 = value AND reason IS NULL)"""
    return [row[0] for row in connection.execute(query, (json.dumps(asked),))]
