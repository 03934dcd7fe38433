"""What is known of people who were forgotten: salted hashes of their photos and names, so that no scan brings them back.

    photo    the content, wherever it turns up again
    name     the name of a folder (and of every alias): photos in it are passed over, unless somebody has said of their
             content that it is another person's
    file     path, size and time of a file that was found to be one of those: it need not be read again

The salt is random and belongs to one catalogue. Who has the photo or guesses the name can check it against the catalogue;
nobody can read either from it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from sqlite3 import Connection
from typing import Literal

from core.datasets import said
from core.datasets.folder import FoundFile
from core.datasets.names import person_key
from core.datasets.photo import SkippedFile
from core.datasets.records import Owner, Reading, forget_files
from core.datasets.used import refresh

_SALT_BYTES = 32
# Everything that is kept by content; near pairs and files are treated apart.
_BY_CONTENT = ("photos", "histograms", "fingerprints", "used", "excluded", "detections", "edits", "qualities", "doubts")
_THEIRS = "sha256 IN (SELECT sha256 FROM temp.forgetting)"


@dataclass(frozen=True)
class Forgotten:
    """What a scan has to pass over."""

    salt: str
    hashes: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def photo(self, sha256: str) -> bool:
        """Whether a content was forgotten."""
        return self.hash_of("photo", sha256) in self.hashes

    def person(self, name: str) -> bool:
        """Whether a folder's name is that of somebody who was forgotten."""
        return self.hash_of("name", person_key(name)) in self.hashes

    def path(self, path: str) -> bool:
        """Whether a part of a path is such a name."""
        return any(self.person(part) for part in PurePosixPath(path).parts)

    def file(self, file: FoundFile) -> bool:
        """Whether a file is known to be passed over."""
        return self.hash_of("file", _identity(file.path, file.size, file.mtime_ns)) in self.hashes

    def without(self, refused: Iterable[SkippedFile]) -> list[SkippedFile]:
        """Return what may be listed of the files that a walk has left out: none whose path names somebody forgotten."""
        return [each for each in refused if not self.path(each.path)] if self else list(refused)

    def hash_of(self, what: Literal["photo", "name", "file"], text: str) -> str:
        """Return the salted hash of something."""
        return hashlib.blake2b(f"{what}:{text}".encode(), key=bytes.fromhex(self.salt), digest_size=32).hexdigest()


def read_forgotten(connection: Connection) -> Forgotten:
    """Return what a scan has to pass over."""
    row = connection.execute("SELECT value FROM state WHERE name = 'salt'").fetchone()
    return Forgotten(row[0] if row else "", frozenset(each[0] for each in connection.execute("SELECT hash FROM forgotten")))


def sift(connection: Connection, memory: Forgotten, readings: Sequence[Reading], owners: Mapping[str, Owner]) -> list[Reading]:
    """Return the files that may be kept of those that were read; the rest is passed over from now on, without its path.

    Args:
        owners: By path of the folder; one without a name lies under a forgotten name.
    """
    if not memory:
        return list(readings)
    kept = [each for each in readings if not _shows_forgotten(connection, memory, each, owners[each.file.folder])]
    gone = [each for each in readings if each not in kept]
    forget_files(connection, [each.file.path for each in gone])
    pass_over(connection, memory, [each.file for each in gone if each.sha256 is not None])
    return kept


def _shows_forgotten(connection: Connection, memory: Forgotten, reading: Reading, owner: Owner) -> bool:
    if reading.sha256 is not None and memory.photo(reading.sha256):
        return True
    if owner.person:
        return False
    said = connection.execute("SELECT person FROM edits WHERE sha256 = ?", (reading.sha256,)).fetchone()
    return said is None or said[0] is None or reading.reason is not None


def pass_over(connection: Connection, forgotten: Forgotten, files: Iterable[FoundFile]) -> None:
    """Remember files that need not be read again."""
    rows = ((forgotten.hash_of("file", _identity(each.path, each.size, each.mtime_ns)),) for each in files)
    connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", rows)


def erase(connection: Connection, photos: Collection[str], keys: Collection[str]) -> None:
    """Remove all that the catalogue holds of photos and of names, but for their salted hashes.

    The files of other people's photos in folders of these names stay known; the folder's name is no longer told.

    Args:
        photos: sha256 of the photos.
        keys: `person_key` of the person's name and of every alias.
    """
    connection.execute("PRAGMA secure_delete = ON")
    _remember(connection, photos, keys)
    connection.execute("CREATE TEMP TABLE forgetting (sha256 TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.executemany("INSERT INTO temp.forgetting VALUES (?)", ((each,) for each in photos))
    for table in _BY_CONTENT:
        connection.execute(f"DELETE FROM {table} WHERE {_THEIRS}")
    for column in ("first", "second"):
        connection.execute(f"DELETE FROM near_pairs WHERE {_THEIRS.replace('sha256 IN', f'{column} IN')}")
    connection.execute(f"DELETE FROM files WHERE {_THEIRS}")
    connection.execute("DROP TABLE temp.forgetting")
    said.erase(connection, photos, keys)
    _erase_names(connection, frozenset(keys))


def _remember(connection: Connection, photos: Collection[str], keys: Collection[str]) -> None:
    connection.execute("INSERT OR IGNORE INTO state VALUES ('salt', ?)", (secrets.token_hex(_SALT_BYTES),))
    memory = read_forgotten(connection)
    hashes = [memory.hash_of("photo", each) for each in photos] + [memory.hash_of("name", each) for each in keys]
    for sha256, path, size, mtime_ns in connection.execute("SELECT sha256, path, size, mtime_ns FROM files"):
        if sha256 in photos:
            hashes.append(memory.hash_of("file", _identity(path, size, mtime_ns)))
    connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ((each,) for each in hashes))


def _erase_names(connection: Connection, keys: frozenset[str]) -> None:
    memory = read_forgotten(connection)
    people = [row[0] for row in connection.execute("SELECT DISTINCT person FROM files") if person_key(row[0]) in keys]
    for person in people:
        unread = "sha256 IS NULL OR reason IS NOT NULL"  # nobody has said whose they are
        connection.execute(f"DELETE FROM files WHERE person = ? AND ({unread})", (person,))
        others = [row[0] for row in connection.execute("SELECT sha256 FROM files WHERE person = ?", (person,))]
        connection.execute("UPDATE files SET person = '' WHERE person = ?", (person,))
        refresh(connection, others)
    for table in ("folders", "refused"):
        gone = [row for row in connection.execute(f"SELECT path FROM {table}") if memory.path(row[0])]
        connection.executemany(f"DELETE FROM {table} WHERE path = ?", gone)
    connection.executemany("DELETE FROM folders WHERE person_key(person) = ?", ((each,) for each in keys))
    connection.executemany("DELETE FROM renames WHERE person = ? OR person_key(name) = ?", ((each, each) for each in keys))
    connection.executemany("DELETE FROM doubts WHERE person_key(likely) = ?", ((each,) for each in keys))
    connection.executemany(
        "DELETE FROM alike_people WHERE person_key(first) = ? OR person_key(second) = ?", ((each, each) for each in keys)
    )


def _identity(path: str, size: int, mtime_ns: int) -> str:
    return f"{size}:{mtime_ns}:{path}"
