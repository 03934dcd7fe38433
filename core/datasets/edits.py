"""What people decided about photos and names: kept beside what the folder says, which itself is never changed.

person      whose photo it is, by content
excluded    whether it is left out, by content
face        which face of the photo is meant, by content
kept        whether somebody has looked at the name and found it right, by content
rename      under which name the folders of a person are shown, by the key of the folders' name
said        whose a face in a photo is that need not be in the dataset, by photo and box; see `core.datasets.said`
shown       nothing to do; notes under which name a photo was shown before and after, for the history
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, Literal, NamedTuple

from core.datasets import said
from core.datasets.names import person_key
from core.datasets.used import refresh

What = Literal["person", "excluded", "face", "kept", "rename", "said", "shown"]
_COLUMNS: tuple[What, ...] = ("person", "excluded", "face", "kept")
_EMPTY = {"person": None, "excluded": 0, "face": None, "kept": 0}


class Change(NamedTuple):
    """One thing that an action changes.

    Attributes:
        what: Which kind of thing.
        key: sha256 of the photo; of "rename" the key of the folders' name; of "said" the face, see `Said`.
        before, after: Text, None for "as the folder says"; of "excluded" and "kept" 0 or 1; of "said" `Said.value` or None.
    """

    what: What
    key: str
    before: Any
    after: Any

    def reversed(self) -> Change:
        """Return the change that takes this one back."""
        return Change(self.what, self.key, self.after, self.before)


def current(connection: Connection, what: What, keys: Iterable[str]) -> dict[str, Any]:
    """Return what stands now for each of `keys`."""
    if what == "rename":
        stored = dict(connection.execute("SELECT person, name FROM renames"))
        return {key: stored.get(key) for key in keys}
    keys = list(keys)
    if what == "said":
        return said.current(connection, keys)
    query = f"SELECT sha256, {what} FROM edits WHERE sha256 IN (SELECT value FROM json_each(?))"
    stored = dict(connection.execute(query, (json.dumps(keys),)))
    return {key: stored.get(key, _EMPTY[what]) for key in keys}


def still_standing(connection: Connection, changes: Iterable[Change]) -> list[Change]:
    """Return the changes whose `before` is what stands now: the others were overtaken by something else."""
    changes = list(changes)
    kept = []
    for what in {each.what for each in changes} - {"shown"}:
        own = [each for each in changes if each.what == what]
        now = current(connection, what, (each.key for each in own))
        kept += [each for each in own if now[each.key] == each.before]
    return kept


def apply(connection: Connection, changes: Sequence[Change]) -> None:
    """Write changes, and decide anew which photos can be used because of them."""
    for column in _COLUMNS:
        rows = [(each.key, each.after) for each in changes if each.what == column]
        connection.executemany(
            f"""INSERT INTO edits (sha256, {column}) VALUES (?, ?)
                ON CONFLICT (sha256) DO UPDATE SET {column} = excluded.{column}""",
            rows,
        )
    connection.execute("DELETE FROM edits WHERE person IS NULL AND NOT excluded AND face IS NULL AND NOT kept")
    renamed = [each for each in changes if each.what == "rename"]
    connection.executemany("DELETE FROM renames WHERE person = ?", ((each.key,) for each in renamed))
    connection.executemany(
        "INSERT INTO renames VALUES (?, ?)", ((each.key, each.after) for each in renamed if each.after is not None)
    )
    said.keep(connection, {each.key: each.after for each in changes if each.what == "said"})
    refresh(connection, touched_by(connection, changes))
    _drop_measures(connection, [each.key for each in changes if each.what == "face"])


def touched_by(connection: Connection, changes: Sequence[Change]) -> set[str]:
    """Return the contents that changes are about: those named, and all in folders whose name is shown as another."""
    found = {each.key for each in changes if each.what in _COLUMNS}
    return found | contents_in_folders_of(connection, {each.key for each in changes if each.what == "rename"})


def contents_in_folders_of(connection: Connection, keys: set[str]) -> set[str]:
    """Return the contents that lie in folders of the people with these keys."""
    if not keys:
        return set()
    people = [row[0] for row in connection.execute("SELECT DISTINCT person FROM files") if person_key(row[0]) in keys]
    query = f"SELECT sha256 FROM files WHERE sha256 IS NOT NULL AND person IN ({', '.join('?' * len(people))})"
    return {row[0] for row in connection.execute(query, people)}


def folder_keys_of(connection: Connection, *people: str) -> set[str]:
    """Return the keys of the folders' names that are shown as one of `people`."""
    renames = dict(connection.execute("SELECT person, name FROM renames"))
    wanted = {person_key(each) for each in people}
    folders = connection.execute("SELECT person FROM files UNION SELECT person FROM folders")
    keys = {person_key(row[0]) for row in folders if row[0]} | renames.keys()
    return {key for key in keys if (person_key(renames[key]) if key in renames else key) in wanted}


def contents_named(connection: Connection, *people: str) -> set[str]:
    """Return the contents of which somebody said that they are those of one of `people`."""
    wanted = {person_key(each) for each in people}
    rows = connection.execute("SELECT sha256, person FROM edits WHERE person IS NOT NULL")
    return {sha256 for sha256, person in rows if person_key(person) in wanted}


def kept_photos(connection: Connection) -> set[str]:
    """Return the contents whose name somebody has looked at and found right."""
    return {row[0] for row in connection.execute("SELECT sha256 FROM edits WHERE kept")}


def face_choices(connection: Connection) -> dict[str, str]:
    """Return the choice of a face, as text, of each photo for which there is one."""
    return dict(connection.execute("SELECT sha256, face FROM edits WHERE face IS NOT NULL"))


def _drop_measures(connection: Connection, contents: Sequence[str]) -> None:
    """Forget what was measured of another face of the photo."""
    for table in ("qualities", "doubts"):
        connection.executemany(f"DELETE FROM {table} WHERE sha256 = ?", ((each,) for each in contents))
