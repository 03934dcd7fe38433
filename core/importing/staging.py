"""Where the files of an import wait until a person has looked at the preview.

    imports/<id>/about.json       what is imported
    imports/<id>/entries.jsonl    each file: its name as the source gives it, where its bytes lie, its size
    imports/<id>/files/<n>/<n>    the bytes of uploads and archives, under numbers: no foreign name ever becomes a path
    imports/<id>/readings.json    what opening the photos has told
    imports/<id>/result.json      what became of it; the bytes are gone by then

Photos of a folder on this computer stay where they are until they are committed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.datasets import SkippedFile
from core.errors import DatasetError, StorageError
from core.storage import artifacts_root, new_directory, read_json, read_json_lines, write_json

RESERVE = 500 * 2**20  # bytes of the disk that an import leaves free


@dataclass(frozen=True)
class StagedFile:
    """A file of an import.

    Attributes:
        path: As the source names it, with slashes; may hold any character. Never used as a path on this disk.
        file: Where its bytes lie: absolute, or relative to the staging's directory.
        size: In bytes.
    """

    path: str
    file: str
    size: int


@dataclass(frozen=True)
class Staging:
    """An import that waits.

    Attributes:
        directory: Below the artifacts folder.
        kind: "upload", "zip", "person", "camera", "folder" or "set".
        title: What is imported, for pages: a file's or folder's name.
        person: Whose photos all of them are; empty where the layout tells.
        root: The folder on this computer; empty for everything else.
        created: ISO 8601, UTC.
    """

    directory: Path
    kind: str
    title: str
    person: str
    root: str
    created: str

    @property
    def result(self) -> dict[str, Any] | None:
        """What became of it; None while it waits."""
        found: dict[str, Any] | None = read_json(self.directory / "result.json")
        return found

    @property
    def checked(self) -> bool:
        """Whether its photos have been opened, so that there is a preview."""
        return (self.directory / "readings.json").exists()

    def path_of(self, file: StagedFile) -> Path:
        """Return where the bytes of a file lie."""
        return self.directory / file.file  # an absolute path stays as it is

    def entries(self) -> tuple[list[StagedFile], list[SkippedFile]]:
        """Return the files in the order in which they came, and what was not taken in at all, with reasons."""
        lines = read_json_lines(self.directory / "entries.jsonl")
        files = [StagedFile(each["path"], each["file"], each["size"]) for each in lines if "file" in each]
        return files, [SkippedFile(each["path"], each["reason"], each["remedy"]) for each in lines if "reason" in each]

    def files(self) -> list[StagedFile]:
        """Return the files, in the order in which they came."""
        return self.entries()[0]

    def refused(self) -> list[SkippedFile]:
        """Return what was not taken in at all, with reasons."""
        return self.entries()[1]


def imports_root() -> Path:
    """Return the folder of all imports that wait."""
    return artifacts_root() / "imports"


def new_staging(kind: str, title: str, person: str = "", root: str = "") -> Staging:
    """Make an empty staging.

    Raises:
        StorageError: the disk refuses.
    """
    created = datetime.now(UTC)
    directory = imports_root() / f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}"
    about = {"kind": kind, "title": title, "person": person, "root": root, "created": created.isoformat()}
    with new_directory(directory) as temporary:
        write_json(temporary / "about.json", about)
    return Staging(directory, **about)


def read_staging(directory: Path) -> Staging:
    """Return the staging in a directory.

    Raises:
        DatasetError: there is none, or it is damaged.
    """
    try:
        about = read_json(directory / "about.json")
        return Staging(directory, **about)
    except (TypeError, ValueError, OSError) as error:
        raise DatasetError("This import is not there any more.", "Start it again.") from error


def list_stagings() -> list[Staging]:
    """Return all imports that wait or were committed a while ago, oldest first."""
    root = imports_root()
    found = []
    for directory in sorted(root.iterdir()) if root.is_dir() else ():
        with suppress(DatasetError):
            if directory.is_dir() and not directory.name.startswith("."):
                found.append(read_staging(directory))
    return found


def remove(staging: Staging) -> None:
    """Remove an import that waits, and every byte of it."""
    shutil.rmtree(staging.directory, ignore_errors=True)


@contextmanager
def removed_on_failure(staging: Staging) -> Iterator[Staging]:
    """Remove a staging if the block does not end well: nothing of a failed import remains."""
    whole = False
    try:
        yield staging
        whole = True
    finally:
        if not whole:
            remove(staging)


def check_space(needed: int, folder: Path) -> None:
    """Raise StorageError where the disk of `folder` has no room for so many bytes, with a reserve."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if needed + RESERVE > free:
        raise StorageError(
            f"The import needs {needed / 1e9:.1f} GB on the disk; {free / 1e9:.1f} GB are free.",
            "Free some space, or set VISAGE_ARTIFACTS to a folder on a larger disk.",
        )
