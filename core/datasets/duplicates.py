"""Photos that look almost alike: found once per photo, then grouped inside a person or reported across people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from sqlite3 import Connection

import numpy as np

from core.datasets.fingerprints import Fingerprints, Likeness, compare, compare_within
from core.datasets.measures import CUTS, MINIATURE_SIDE
from core.datasets.photo import Conflict

_USED = "FROM used u JOIN fingerprints f ON f.sha256 = u.sha256"
_ALSO_EXCLUDED = """FROM (SELECT sha256 FROM used UNION ALL SELECT sha256 FROM excluded) u
                    JOIN fingerprints f ON f.sha256 = u.sha256"""


def hashes_to_text(hashes: np.ndarray) -> str:
    """Return uint64 (6,) as 96 hex digits."""
    return "".join(f"{int(each):016x}" for each in hashes)


def fingerprints_of_used(connection: Connection) -> Fingerprints:
    """Return the fingerprints of the photos that can be used."""
    return _fingerprints(connection, _USED)


def fingerprints_to_compare(connection: Connection, compared: bool | None = None) -> Fingerprints:
    """Return the fingerprints of the photos that can be used or are left out; of those already compared, or not yet."""
    return _fingerprints(connection, _ALSO_EXCLUDED + ("" if compared is None else f" WHERE f.compared = {int(compared)}"))


def not_compared(connection: Connection) -> list[str]:
    """Return the photos that can be used or are left out and have not been compared yet."""
    return [row[0] for row in connection.execute(f"SELECT f.sha256 {_ALSO_EXCLUDED} WHERE NOT f.compared")]


def _fingerprints(connection: Connection, source: str) -> Fingerprints:
    rows = connection.execute(f"SELECT f.sha256, f.hashes, f.miniature {source} ORDER BY f.sha256").fetchall()
    hashes = np.frombuffer(bytes.fromhex("".join(row[1] for row in rows)), ">u8").astype(np.uint64)
    miniatures = np.frombuffer(b"".join(row[2] for row in rows), np.uint8)
    shape = (len(rows), MINIATURE_SIDE, MINIATURE_SIDE)
    return Fingerprints(tuple(row[0] for row in rows), hashes.reshape(-1, len(CUTS)), miniatures.reshape(shape))


def pairs_of(fresh: Fingerprints, others: Fingerprints) -> Iterator[tuple[str, str, int]]:
    """Yield (first, second, difference) of the near-duplicates among `fresh` and between `fresh` and `others`."""
    yield from _named(compare_within(fresh), fresh, fresh)
    yield from _named(compare(fresh, others), fresh, others)


def _named(found: Likeness, left: Fingerprints, right: Fingerprints) -> Iterator[tuple[str, str, int]]:
    for row, column, difference in zip(found.left, found.right, found.difference, strict=True):
        first, second = sorted((left.sha256[row], right.sha256[column]))
        yield first, second, int(difference)


def keep_pairs(connection: Connection, compared: Iterable[str], pairs: Iterable[tuple[str, str, int]]) -> None:
    """Write pairs, and that `compared` photos need not be compared again."""
    connection.executemany("INSERT OR REPLACE INTO near_pairs VALUES (?, ?, ?)", pairs)
    connection.executemany("UPDATE fingerprints SET compared = 1 WHERE sha256 = ?", ((each,) for each in compared))


def groups(connection: Connection, distance: int) -> dict[str, int]:
    """Return the near-duplicate group of each photo, by sha256."""
    query = """SELECT n.first, n.second FROM near_pairs n
               JOIN used a ON a.sha256 = n.first JOIN used b ON b.sha256 = n.second
               WHERE a.person = b.person AND n.difference <= ? ORDER BY n.difference, n.first, n.second"""
    pairs = connection.execute(query, (distance,)).fetchall()
    photos = [row[0] for row in connection.execute("SELECT sha256 FROM used ORDER BY person, path")]
    return complete_linkage(photos, pairs)


def complete_linkage(photos: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Group photos so that any two of a group are a near pair.

    Args:
        photos: All photos.
        pairs: The near pairs among them, the nearest first.

    Returns:
        The number of each photo's group; groups are numbered in the order of `photos`.
    """
    pairs = list(pairs)
    near: defaultdict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        near[first].add(second)
        near[second].add(first)
    members = {photo: [photo] for photo in near}
    for first, second in pairs:
        one, other = members[first], members[second]
        if one is not other and all(near[photo].issuperset(other) for photo in one):
            one += other
            members.update(dict.fromkeys(other, one))
    numbers: dict[int, int] = {}
    return {photo: numbers.setdefault(id(members.get(photo, photo)), len(numbers)) for photo in photos}


def conflicts(connection: Connection, distance: int) -> list[Conflict]:
    """Return photos under two people: first those with the same bytes, then nearly the same pictures, nearest first."""
    return [*_same_content(connection), *_near_across(connection, distance)]


def _same_content(connection: Connection) -> list[Conflict]:
    query = """SELECT f.sha256, coalesce(r.name, f.person) AS shown, min(f.path)
               FROM files f LEFT JOIN renames r ON r.person = person_key(f.person)
               WHERE f.reason IS NULL AND f.person != '' AND f.sha256 NOT IN (SELECT sha256 FROM used)
               AND f.sha256 NOT IN (SELECT sha256 FROM excluded)
               GROUP BY f.sha256, shown ORDER BY min(f.path)"""
    by_content: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for sha256, person, path in connection.execute(query):
        by_content[sha256].append((person, path))
    return [Conflict(*one, *other, 0) for people in by_content.values() for one, other in combinations(people, 2)]


def _near_across(connection: Connection, distance: int) -> list[Conflict]:
    query = """SELECT a.person, a.path, b.person, b.path, max(n.difference, 1) FROM near_pairs n
               JOIN used a ON a.sha256 = n.first JOIN used b ON b.sha256 = n.second
               WHERE a.person != b.person AND n.difference <= ? ORDER BY n.difference, a.path, b.path"""
    return [Conflict(*row) for row in connection.execute(query, (distance,))]
