"""Which photos can be used and as whose: what the folder says, and what people decided since, put together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from sqlite3 import Connection

from core.datasets.names import person_key

_TABLES = """
CREATE TEMP TABLE IF NOT EXISTS touched (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS decided (
    sha256 TEXT PRIMARY KEY, path TEXT NOT NULL, person TEXT NOT NULL, part TEXT, left_out INTEGER NOT NULL) WITHOUT ROWID;
"""
# Of the files with one content the first path stands for it, one in the dataset's folder before one that was added in the
# app (absolute paths). Files of two people stand for nothing, unless somebody has said whose photo it is. A file without a
# name lies in the folder of somebody who was forgotten.
_DECIDE = """
INSERT INTO temp.decided
SELECT sha256, path, shown, part, left_out FROM (
    SELECT sha256, path, shown, part, left_out,
           row_number() OVER (PARTITION BY sha256 ORDER BY path LIKE '/%' OR path LIKE '_:/%', path) AS place,
           min(person_key(shown)) OVER (PARTITION BY sha256) AS lowest,
           max(person_key(shown)) OVER (PARTITION BY sha256) AS highest
    FROM (SELECT f.sha256, f.path, f.part, coalesce(e.person, r.name, f.person) AS shown, coalesce(e.excluded, 0) AS left_out
          FROM temp.touched t CROSS JOIN files f ON f.sha256 = t.sha256 AND f.reason IS NULL
          LEFT JOIN edits e ON e.sha256 = t.sha256 LEFT JOIN renames r ON r.person = person_key(f.person)))
WHERE place = 1 AND lowest = highest AND shown != ''
"""
_GONE = """(SELECT sha256 FROM temp.touched WHERE sha256 NOT IN (SELECT sha256 FROM temp.decided))"""


def refresh(connection: Connection, contents: Iterable[str]) -> None:
    """Decide anew which file stands for each content, whose photo it is, and whether it is left out.

    A photo that is left out stays compared with all others, so that it can come back at once.
    """
    _touch(connection, contents)
    connection.execute("DELETE FROM temp.decided")
    connection.execute(_DECIDE)
    for table in ("used", "excluded"):
        connection.execute(f"DELETE FROM {table} WHERE sha256 IN (SELECT sha256 FROM temp.touched)")
    _spell_alike(connection)
    for table, left_out in (("used", 0), ("excluded", 1)):
        chosen = f"SELECT sha256, path, person, part FROM temp.decided WHERE left_out = {left_out}"
        connection.execute(f"INSERT INTO {table} {chosen}")
    # Neither used nor left out: should it come back, others may have come in between.
    connection.execute(f"DELETE FROM near_pairs WHERE first IN {_GONE}")
    connection.execute(f"DELETE FROM near_pairs WHERE second IN {_GONE}")
    connection.execute(f"UPDATE fingerprints SET compared = 0 WHERE sha256 IN {_GONE}")


def shown_people(connection: Connection, contents: Iterable[str]) -> dict[str, str]:
    """Return the person under whom each content is shown, by sha256; absent where it cannot be used."""
    asked = json.dumps(list(contents))
    query = """SELECT sha256, person FROM json_each(?) CROSS JOIN {} ON sha256 = value"""
    return {
        sha256: person for table in ("used", "excluded") for sha256, person in connection.execute(query.format(table), (asked,))
    }


def people_shown(connection: Connection) -> list[str]:
    """Return the names of all people who have photos, also those of whom all are left out."""
    return [row[0] for row in connection.execute("SELECT person FROM used UNION SELECT person FROM excluded")]


def _touch(connection: Connection, contents: Iterable[str]) -> None:
    for statement in _TABLES.strip().split(";\n"):
        connection.execute(statement)
    connection.execute("DELETE FROM temp.touched")
    connection.executemany("INSERT OR IGNORE INTO temp.touched VALUES (?)", ((each,) for each in contents))


def _spell_alike(connection: Connection) -> None:
    """Give names that differ only in case one spelling: the one that is shown, else the one that a person has chosen."""
    decided = [row[0] for row in connection.execute("SELECT DISTINCT person FROM temp.decided")]
    typed = {row[0] for row in connection.execute("SELECT person FROM edits UNION SELECT name FROM renames")}
    spelling = {person_key(name): name for name in people_shown(connection)}
    for name in sorted(decided, key=lambda each: (each not in typed, each)):
        chosen = spelling.setdefault(person_key(name), name)
        if chosen != name:
            connection.execute("UPDATE temp.decided SET person = ? WHERE person = ?", (chosen, name))
