"""The catalogue's tables, how they grew, and how a connection to them is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from core.datasets.names import person_key
from core.errors import DatasetError, StorageError

FILE_NAME = "catalogue.sqlite"
WAIT_SECONDS = 10

_VERSION_1 = """
-- Every file that the last scan found and that may be a photo; with a reason if it is none.
CREATE TABLE files (
    path TEXT PRIMARY KEY, folder TEXT NOT NULL, person TEXT NOT NULL, part TEXT,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    sha256 TEXT,                               -- NULL where the bytes could not be read: tried again at the next scan
    reason TEXT, remedy TEXT) WITHOUT ROWID;
CREATE INDEX files_by_content ON files (sha256, person, path) WHERE reason IS NULL;
-- Folders taken for people.
CREATE TABLE folders (path TEXT PRIMARY KEY, person TEXT NOT NULL, part TEXT) WITHOUT ROWID;
-- What the walk left out.
CREATE TABLE refused (path TEXT PRIMARY KEY, reason TEXT NOT NULL, remedy TEXT NOT NULL) WITHOUT ROWID;
-- Measures by content; kept when the file goes, so that a photo that was moved is not measured again.
CREATE TABLE photos (
    sha256 TEXT PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL, bytes INTEGER NOT NULL,
    phash TEXT NOT NULL,                       -- 16 hex digits
    red REAL NOT NULL, green REAL NOT NULL, blue REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE histograms (
    sha256 TEXT PRIMARY KEY, counts BLOB NOT NULL) WITHOUT ROWID;  -- uint16 (3, 32), little-endian
CREATE TABLE fingerprints (
    sha256 TEXT PRIMARY KEY,
    hashes TEXT NOT NULL,                      -- 6 times 16 hex digits
    miniature BLOB NOT NULL,                   -- uint8 (32, 32)
    compared INTEGER NOT NULL DEFAULT 0);      -- whether near_pairs holds its pairs
-- The photos that can be used: each content once, none that is filed under two people.
CREATE TABLE used (sha256 TEXT PRIMARY KEY, path TEXT NOT NULL, person TEXT NOT NULL, part TEXT) WITHOUT ROWID;
CREATE INDEX used_by_person ON used (person, path);
-- Near-duplicates among the used photos; first < second, difference in percent.
CREATE TABLE near_pairs (
    first TEXT NOT NULL, second TEXT NOT NULL, difference INTEGER NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE INDEX near_pairs_by_second ON near_pairs (second);
-- All faces that a detector found, by photo and detector settings.
CREATE TABLE detections (
    key TEXT NOT NULL, sha256 TEXT NOT NULL,
    faces BLOB NOT NULL,                       -- float64 (faces, 15), little-endian: box, score, landmarks as x, y
    PRIMARY KEY (key, sha256)) WITHOUT ROWID;
-- scanned_at, complete (0 while a scan has not come to its end), skipped, conflicts.
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION_2 = """
-- What people decided about photos and names, in order; only forgetting a person rewrites it.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL,  -- ISO 8601, UTC
    kind TEXT NOT NULL, words TEXT NOT NULL,
    about INTEGER,                             -- of "undo" and "redo": the entry that is taken back or made again
    photos INTEGER NOT NULL DEFAULT 0,         -- how many photos it is about
    changes TEXT NOT NULL);                    -- JSON: each change as [what, of which, before, after]; see ledger.py
-- What stands of it: by content. NULL: as the folder says.
CREATE TABLE edits (
    sha256 TEXT PRIMARY KEY, person TEXT, excluded INTEGER NOT NULL DEFAULT 0,
    face TEXT) WITHOUT ROWID;                  -- JSON: {"kind": "found" | "drawn" | "none", "box": [left, top, width, height]}
-- A person of the folders, by the key of the name, is shown under another name.
CREATE TABLE renames (person TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
-- Photos that could be used but for an exclusion; the columns of `used`.
CREATE TABLE excluded (sha256 TEXT PRIMARY KEY, path TEXT NOT NULL, person TEXT NOT NULL, part TEXT) WITHOUT ROWID;
-- Salted hashes of forgotten photos and names, so that a scan does not bring them back.
CREATE TABLE forgotten (hash TEXT PRIMARY KEY) WITHOUT ROWID;
-- Quality of the main face (of the whole photo where none was found), by detector settings and content.
CREATE TABLE qualities (
    key TEXT NOT NULL, sha256 TEXT NOT NULL,
    faces INTEGER NOT NULL,                    -- found in the photo
    status TEXT NOT NULL,                      -- "face", "no_face" or "several_faces"
    face_size REAL,                            -- longer side of the box, px
    sharpness REAL NOT NULL, brightness REAL NOT NULL, overexposed REAL NOT NULL, contrast REAL NOT NULL, colour REAL NOT NULL,
    yaw REAL, pitch REAL, roll REAL,           -- degrees, by the landmarks
    PRIMARY KEY (key, sha256)) WITHOUT ROWID;
-- How doubtful a photo's name is, by embedding and content.
CREATE TABLE doubts (
    key TEXT NOT NULL, sha256 TEXT NOT NULL,
    score REAL NOT NULL,                       -- 0 (surely wrong) .. 1 (surely right)
    place INTEGER NOT NULL,                    -- 1 is the most doubtful
    own REAL NOT NULL,                         -- probability of the name it has, by networks that did not learn from it
    likely TEXT NOT NULL, likely_probability REAL NOT NULL,
    distance REAL NOT NULL,                    -- 1 - cosine to the middle of the person's other photos
    x REAL, y REAL,                            -- place on the map of embeddings
    PRIMARY KEY (key, sha256)) WITHOUT ROWID;
CREATE TABLE alike_people (
    key TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, likeness REAL NOT NULL,
    PRIMARY KEY (key, first, second)) WITHOUT ROWID;
"""
_VERSION_3 = """
-- Whether somebody has looked at the photo's name and found it right.
ALTER TABLE edits ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
"""
_VERSION_4 = """
-- What people said about faces in photos that need not be in the dataset; see said.py.
CREATE TABLE said (
    face TEXT PRIMARY KEY,                     -- sha256 of the photo, then left, top, width, height in its pixels
    person TEXT,                               -- NULL: it is no face
    kept TEXT) WITHOUT ROWID;                  -- sha256 of the file kept of it for the next training; NULL: nothing is kept
"""
# Number n brings a catalogue from version n to n + 1; never changed once released, only added to.
MIGRATIONS = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)


def create(path: Path) -> None:
    """Make an empty catalogue at `path`.

    Raises:
        StorageError: the disk refuses.
    """
    with _explained(path), closing(sqlite3.connect(path, WAIT_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        _migrate(connection, path)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that sees one state of the catalogue throughout.

    Raises:
        DatasetError: the catalogue is gone, damaged, busy, or of a newer version.
        StorageError: the disk refuses.
    """
    with _connected(path) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are kept together when the block ends well, else dropped together.

    Raises:
        DatasetError: the catalogue is gone, damaged, busy, or of a newer version.
        StorageError: the disk is full or refuses.
    """
    with _connected(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:  # the block failed before the commit
                connection.execute("ROLLBACK")


def vacuum(path: Path) -> bool:
    """Write the catalogue anew without anything that was deleted; return whether no trace is left in its files.

    Raises:
        DatasetError: the catalogue is gone, damaged, busy, or of a newer version.
        StorageError: the disk is full or refuses.
    """
    with _connected(path) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        # What was written lies in the write-ahead log, too, until that is emptied; a reader may hold it.
        return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise DatasetError(f"The catalogue {path} is gone.", "Open the dataset's folder again.")
    address = f"{path.as_uri()}?mode=rw"
    with _explained(path), closing(sqlite3.connect(address, WAIT_SECONDS, isolation_level=None, uri=True)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.create_function("person_key", 1, person_key, deterministic=True)
        _migrate(connection, path)
        yield connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to this program's version; of two processes that try at once, one does it."""
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise DatasetError(
            f"The catalogue {path} has version {version}; this program reads up to {len(MIGRATIONS)}.",
            "Update Visage, or delete the dataset from Visage and open its folder again.",
        )
    if version == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    for script in MIGRATIONS[_version(connection) :]:
        for statement in _statements(script):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one: `executescript` would end the transaction around them."""
    waiting = ""
    for line in script.splitlines(keepends=True):
        waiting += line
        if sqlite3.complete_statement(waiting):
            yield waiting
            waiting = ""


_RESCAN = "Delete the dataset from Visage and open its folder again; the photos themselves are not touched."
_FREE = "Free some space, then start again: finished work is kept."
_PERMIT = "Give this user permission to write there, or set VISAGE_ARTIFACTS to another folder."


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of the disk and of the file into words; what it says of our statements passes."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise StorageError(f"Cannot write {path}: the disk is full.", _FREE) from error
        if code == sqlite3.SQLITE_IOERR:
            raise StorageError(f"Cannot write or read {path}: the disk refuses ({error}).", _FREE) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise StorageError(f"Cannot write {path}: permission is denied.", _PERMIT) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise DatasetError(f"The catalogue {path} is damaged.", _RESCAN) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            what = f"The catalogue {path} has been busy for {WAIT_SECONDS} seconds."
            raise DatasetError(what, "Wait until other work on this dataset has finished, then try again.") from error
        raise
