"""The ledger: every action on the photos of a dataset, in order. It only grows; forgetting a person alone rewrites it.

Undo adds an entry that takes the last standing action back; redo one that makes it again, until there is a new action.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from core.datasets import said
from core.datasets.edits import Change
from core.datasets.names import person_key

UNDO, REDO = "undo", "redo"
NOT_TO_UNDO = ("forget", "forgotten")  # a person was forgotten; an entry about somebody who was forgotten since
FORGOTTEN_WORDS = "Somebody who was forgotten since was changed."
_COLUMNS = "id, at, kind, words, photos, about"


@dataclass(frozen=True)
class Entry:
    """One action.

    Attributes:
        id: Its number, counted from 1.
        at: When, ISO 8601 in UTC.
        kind: "relabel", "exclude", "include", "keep", "face", "rename", "merge", "correct" and "refuse" (of faces on the
            Predict page), "undo", "redo", "forget" or "forgotten".
        words: What was done; one plain sentence.
        photos: How many photos it is about.
        about: Of "undo" and "redo" the entry that was taken back or made again.
        undone: Whether it was taken back since and does not stand any more.
    """

    id: int
    at: str
    kind: str
    words: str
    photos: int
    about: int | None = None
    undone: bool = False


@dataclass(frozen=True)
class Standing:
    """Which actions stand (`done`) and which can be made again (`undone`), by number, the latest last."""

    done: tuple[int, ...]
    undone: tuple[int, ...]
    taken_back: frozenset[int]


def append(
    connection: Connection, kind: str, words: str, changes: Sequence[Change], *, photos: int, about: int | None = None
) -> Entry:
    """Add an action and return its entry."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    values = json.dumps([list(each) for each in changes], ensure_ascii=False, separators=(",", ":"))
    row = (at, kind, words, about, photos, values)
    added = connection.execute("INSERT INTO ledger (at, kind, words, about, photos, changes) VALUES (?,?,?,?,?,?)", row)
    return Entry(int(added.lastrowid or 0), at, kind, words, photos, about)


def standing(connection: Connection) -> Standing:
    """Return which actions stand, and which can be made again."""
    done: list[int] = []
    undone: list[int] = []
    taken_back: set[int] = set()
    for id, kind, about in connection.execute("SELECT id, kind, about FROM ledger ORDER BY id"):
        if kind == UNDO:
            done.remove(about)
            undone.append(about)
            taken_back.add(about)
        elif kind == REDO:
            undone.remove(about)
            done.append(about)
            taken_back.discard(about)
        elif kind not in NOT_TO_UNDO:
            done.append(id)
            undone.clear()
    return Standing(tuple(done), tuple(undone), frozenset(taken_back))


def changes_of(connection: Connection, id: int) -> list[Change]:
    """Return what an entry has changed."""
    (text,) = connection.execute("SELECT changes FROM ledger WHERE id = ?", (id,)).fetchone()
    return [Change(*each) for each in json.loads(text)]


def entry(connection: Connection, id: int) -> Entry:
    """Return one entry."""
    return Entry(*connection.execute(f"SELECT {_COLUMNS} FROM ledger WHERE id = ?", (id,)).fetchone())


def page(connection: Connection, offset: int, limit: int) -> list[Entry]:
    """Return some entries, the latest first."""
    taken_back = standing(connection).taken_back
    rows = connection.execute(f"SELECT {_COLUMNS} FROM ledger ORDER BY id DESC LIMIT ? OFFSET ?", (limit, offset))
    return [replace(each, undone=each.id in taken_back) for each in (Entry(*row) for row in rows)]


def count(connection: Connection) -> int:
    """Return how many entries there are."""
    return int(connection.execute("SELECT count(*) FROM ledger").fetchone()[0])


def entries_with(connection: Connection, word: str) -> Iterator[tuple[Entry, list[Change]]]:
    """Yield the entries whose changes hold a text, such as a photo's sha256, with all their changes, the earliest first."""
    taken_back = standing(connection).taken_back
    query = f"SELECT {_COLUMNS}, changes FROM ledger WHERE instr(changes, ?) ORDER BY id"
    for *row, text in connection.execute(query, (word,)):
        yield _read(row, taken_back), [Change(*each) for each in json.loads(text)]


def forget(connection: Connection, photos: Collection[str], keys: Collection[str]) -> int:
    """Make every entry about some photos or names a nameless one that cannot be undone, and return how many there are.

    Args:
        photos: sha256 of the photos.
        keys: `person_key` of the names.
    """
    rows = connection.execute("SELECT id, about, changes FROM ledger").fetchall()
    every = {id: [Change(*each) for each in json.loads(text)] for id, _, text in rows}
    told = {id for id, changes in every.items() if any(_tells(each, photos, keys) for each in changes)}
    actions = {about or id for id, about, _ in rows if id in told}
    gone = {id for id, about, _ in rows if (about or id) in actions}  # an action with all that took it back
    for id in gone:
        left = [each for each in every[id] if each.key not in photos and each.what != "rename"]
        kept = [_nameless(each, keys) for each in left if each.what != "said"]
        values = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        about = len({each.key for each in kept})
        connection.execute(
            "UPDATE ledger SET kind = 'forgotten', words = ?, about = NULL, photos = ?, changes = ? WHERE id = ?",
            (FORGOTTEN_WORDS, about, values, id),
        )
    return len(gone)


def since(connection: Connection, moment: str) -> list[list[Change]]:
    """Return what each entry since a moment (ISO 8601 in UTC, to the second) has changed, the earliest first."""
    rows = connection.execute("SELECT changes FROM ledger WHERE at >= ? ORDER BY id", (moment,))
    return [[Change(*each) for each in json.loads(text)] for (text,) in rows]


def _tells(change: Change, photos: Collection[str], keys: Collection[str]) -> bool:
    if change.what == "said":
        return any(said.about(change.key, value, photos, keys) for value in (change.before, change.after))
    renamed = change.what == "rename" and change.key in keys
    return change.key in photos or renamed or _names(change, change.before, keys) or _names(change, change.after, keys)


def _nameless(change: Change, keys: Collection[str]) -> Change:
    before, after = (None if _names(change, each, keys) else each for each in (change.before, change.after))
    return Change(change.what, change.key, before, after)


def _names(change: Change, value: object, keys: Collection[str]) -> bool:
    """Whether one side of a change is one of the names."""
    return change.what in ("person", "rename", "shown") and isinstance(value, str) and person_key(value) in keys


def _read(row: Sequence[Any], taken_back: frozenset[int]) -> Entry:
    found = Entry(*row)
    return replace(found, undone=found.id in taken_back)
