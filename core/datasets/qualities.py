"""The stored figures of photos: written while faces are found, read by the walls, the health numbers and the coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields
from sqlite3 import Connection
from typing import TYPE_CHECKING

from core.quality import Quality

if TYPE_CHECKING:
    from core.datasets.catalogue import Catalogue

_COLUMNS = ", ".join(each.name for each in fields(Quality))
_PLACES = ", ".join("?" for _ in range(len(fields(Quality)) + 2))


def save(connection: Connection, key: str, found: Mapping[str, Quality]) -> None:
    """Keep the figures of photos, by sha256, in place of what was there.

    Args:
        connection: Of a catalogue, open for writing.
        key: `core.quality.quality_key` of the settings that found the faces.
        found: By sha256.
    """
    rows = [(key, sha256, *astuple(each)) for sha256, each in found.items()]
    connection.executemany(f"INSERT OR REPLACE INTO qualities (key, sha256, {_COLUMNS}) VALUES ({_PLACES})", rows)


def read_qualities(catalogue: Catalogue, key: str) -> dict[str, Quality]:
    """Return the figures of the photos that can be used, by sha256; those that were not measured are absent."""
    query = f"SELECT u.sha256, {_COLUMNS} FROM used u JOIN qualities q ON q.key = ? AND q.sha256 = u.sha256"
    with catalogue.reading() as connection:
        return {sha256: Quality(*more) for sha256, *more in connection.execute(query, (key,))}


def unmeasured(catalogue: Catalogue, key: str) -> set[str]:
    """Return the sha256 of the photos that can be used and have no figures yet."""
    query = "SELECT sha256 FROM used WHERE sha256 NOT IN (SELECT sha256 FROM qualities WHERE key = ?)"
    with catalogue.reading() as connection:
        return {row[0] for row in connection.execute(query, (key,))}
