"""What a scan writes into the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from core.datasets.duplicates import hashes_to_text
from core.datasets.folder import FoundFile, PersonFolder
from core.datasets.measures import Measures
from core.datasets.photo import SkippedFile
from core.datasets.used import refresh


@dataclass(frozen=True)
class Owner:
    """Whose photos a folder holds."""

    person: str
    part: str | None


@dataclass(frozen=True)
class Reading:
    """What opening one file has told.

    Attributes:
        sha256: None where the bytes could not be read.
        measures: None for a content that was measured before, and for what is no photo.
        reason, remedy: Why it cannot be used; None where it can.
    """

    file: FoundFile
    sha256: str | None
    measures: Measures | None = None
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class KnownFile:
    """What the catalogue holds of a file."""

    size: int
    mtime_ns: int
    sha256: str | None
    person: str
    part: str | None


def known_files(connection: Connection) -> dict[str, KnownFile]:
    """Return what is known of each file, by path."""
    rows = connection.execute("SELECT path, size, mtime_ns, sha256, person, part FROM files")
    return {path: KnownFile(*more) for path, *more in rows}


def replace_folders(connection: Connection, folders: Iterable[PersonFolder], owners: dict[str, Owner]) -> None:
    """Write the people's folders that the walk found in place of the former ones."""
    connection.execute("DELETE FROM folders")
    rows = ((each.path, owners[each.path].person, each.part) for each in folders)
    connection.executemany("INSERT INTO folders VALUES (?, ?, ?)", rows)


def replace_refused(connection: Connection, refused: Iterable[SkippedFile]) -> None:
    """Write what the walk left out in place of what it left out before."""
    connection.execute("DELETE FROM refused")
    rows = ((each.path, each.reason, each.remedy) for each in refused)
    connection.executemany("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", rows)


def forget_files(connection: Connection, paths: Collection[str]) -> None:
    """Drop files that are gone; the measures of their contents are kept, should they turn up elsewhere."""
    touched = _contents(connection, paths)
    connection.executemany("DELETE FROM files WHERE path = ?", ((path,) for path in paths))
    refresh(connection, touched)


def rename_owners(connection: Connection, owners: dict[str, Owner]) -> None:
    """Write the person and part of files, by path, whose folder is now understood differently."""
    rows = ((owner.person, owner.part, path) for path, owner in owners.items())
    connection.executemany("UPDATE files SET person = ?, part = ? WHERE path = ?", rows)
    refresh(connection, _contents(connection, owners))


def keep_readings(connection: Connection, readings: Collection[Reading], owners: dict[str, Owner]) -> None:
    """Write what was read, and which photos can be used because of it.

    Args:
        owners: By path of the folder.
    """
    touched = _contents(connection, [each.file.path for each in readings])
    for each in readings:
        file, owner = each.file, owners[each.file.folder]
        row = (file.path, file.folder, owner.person, owner.part, file.size, file.mtime_ns, each.sha256)
        connection.execute("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?,?)", (*row, each.reason, each.remedy))
        if each.sha256 is not None and each.measures is not None:
            _keep_measures(connection, each.sha256, file.size, each.measures)
    refresh(connection, touched | {each.sha256 for each in readings if each.sha256 is not None})


def keep_state(connection: Connection, **values: object) -> None:
    """Write named facts about the last scan."""
    rows = ((name, str(value)) for name, value in values.items())
    connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)


def _contents(connection: Connection, paths: Iterable[str]) -> set[str]:
    found = (connection.execute("SELECT sha256 FROM files WHERE path = ?", (path,)).fetchone() for path in paths)
    return {row[0] for row in found if row is not None and row[0] is not None}


def _keep_measures(connection: Connection, sha256: str, size: int, measures: Measures) -> None:
    hashes = hashes_to_text(measures.hashes)
    row = (sha256, measures.width, measures.height, size, hashes[:16], *measures.means)
    connection.execute("INSERT OR IGNORE INTO photos VALUES (?,?,?,?,?,?,?,?)", row)
    counts = measures.histogram.astype("<u2").tobytes()
    connection.execute("INSERT OR IGNORE INTO histograms VALUES (?,?)", (sha256, counts))
    connection.execute("INSERT OR IGNORE INTO fingerprints VALUES (?,?,?,0)", (sha256, hashes, measures.miniature.tobytes()))
