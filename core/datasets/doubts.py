"""How doubtful each photo's name is, where it lies on the map of faces, and which people look alike: stored and read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

from core.datasets.health import FLAGS

if TYPE_CHECKING:
    from core.datasets.catalogue import Catalogue


@dataclass(frozen=True)
class Doubt:
    """What is known about the name of one photo.

    Attributes:
        sha256: The photo.
        score: 0 (surely wrong) .. 1 (nothing speaks against it).
        place: 1 is the most doubtful photo of the dataset.
        own: Probability of the name it has, 0..1, by networks that have not learnt from it.
        likely: The most probable name.
        likely_probability: Of that name, 0..1.
        distance: 1 - cosine to the middle of the person's other photos; 0 where there is none.
        x, y: Its place on the map of faces.
    """

    sha256: str
    score: float
    place: int
    own: float
    likely: str
    likely_probability: float
    distance: float
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class AlikePeople:
    """Two people who may be the same person under two names.

    Attributes:
        likeness: Cosine between the middles of their faces.
    """

    first: str
    second: str
    likeness: float


@dataclass(frozen=True)
class PointOnMap:
    """One face on the map.

    Attributes:
        doubtful: Whether its name is in doubt, see `core.datasets.health.FLAGS`.
    """

    sha256: str
    path: str
    person: str
    x: float
    y: float
    doubtful: bool


MOST_POINTS = 20_000

_COLUMNS = ", ".join(each.name for each in fields(Doubt))
_PLACES = ", ".join("?" for _ in range(len(fields(Doubt)) + 1))


def save_doubts(
    catalogue: Catalogue, key: str, doubts: Iterable[Doubt], alike: Iterable[AlikePeople], about: dict[str, Any]
) -> None:
    """Replace what is stored under `key`.

    Args:
        key: `core.health.doubt_key`.
        doubts: One for each face that was judged.
        alike: Pairs of people.
        about: JSON values: when it was measured, of which contents.
    """
    with catalogue.writing() as connection:
        for table in ("doubts", "alike_people"):
            connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))
        rows = ((key, *astuple(each)) for each in doubts)
        connection.executemany(f"INSERT INTO doubts (key, {_COLUMNS}) VALUES ({_PLACES})", rows)
        pairs = ((key, *astuple(each)) for each in alike)
        connection.executemany("INSERT INTO alike_people (key, first, second, likeness) VALUES (?, ?, ?, ?)", pairs)
        connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (f"doubts {key}", json.dumps(about)))


def read_doubts(catalogue: Catalogue, key: str) -> dict[str, Doubt]:
    """Return the doubts about the photos that can be used, by sha256."""
    query = (
        f"SELECT {', '.join(f'd.{each.name}' for each in fields(Doubt))} FROM used u JOIN doubts d USING (sha256) WHERE key = ?"
    )
    with catalogue.reading() as connection:
        return {row[0]: Doubt(*row) for row in connection.execute(query, (key,))}


def about_doubts(catalogue: Catalogue, key: str) -> dict[str, Any] | None:
    """Return what `save_doubts` was told about them; None where nothing was measured yet."""
    with catalogue.reading() as connection:
        row = connection.execute("SELECT value FROM state WHERE name = ?", (f"doubts {key}",)).fetchone()
    return json.loads(row[0]) if row else None


def alike_people(catalogue: Catalogue, key: str) -> list[AlikePeople]:
    """Return the pairs of people who look like the same person, the most alike first; those merged since are left out."""
    query = """WITH people AS (SELECT DISTINCT person FROM used)
               SELECT first, second, likeness FROM alike_people
               WHERE key = ? AND first IN people AND second IN people ORDER BY likeness DESC, first, second"""
    with catalogue.reading() as connection:
        return [AlikePeople(*row) for row in connection.execute(query, (key,))]


def points_on_map(catalogue: Catalogue, key: str, most: int = MOST_POINTS) -> list[PointOnMap]:
    """Return the faces on the map, sorted by person; of very many those in doubt first, then some of the others.

    Args:
        catalogue: Of the dataset.
        key: `core.health.doubt_key`.
        most: How many a browser can draw without a pause.
    """
    query = f"""SELECT * FROM (SELECT u.sha256, u.path, u.person, d.x, d.y, {FLAGS["doubtful"].where} AS doubtful
                               FROM used u JOIN doubts d ON d.key = ? AND d.sha256 = u.sha256 WHERE d.x IS NOT NULL
                               ORDER BY doubtful DESC, u.sha256 LIMIT ?) ORDER BY person, path"""
    with catalogue.reading() as connection:
        rows = connection.execute(query, (key, most)).fetchall()
    return [PointOnMap(sha256, path, person, x, y, bool(doubtful)) for sha256, path, person, x, y, doubtful in rows]
