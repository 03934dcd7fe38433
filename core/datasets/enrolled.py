"""Photos of people who were added in the app: kept beside the catalogue, and read with the folder from the next scan on.

    <dataset>/enrolled/<name>-<hash of the name>/person.json          the name as it is shown
    <dataset>/enrolled/<name>-<hash of the name>/<hash>.<ending>      a photo, named by its content

The person's own folder of photos is never written to. Photos here have absolute paths, which stay right when they are
joined to the folder's path; where the artifacts folder has moved, the next scan finds the new ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.datasets.folder import FoundFile, PersonFolder
from core.datasets.names import person_key
from core.errors import disk_errors
from core.images import PHOTO_SUFFIXES
from core.storage import read_json, slug, write_json, write_whole

FOLDER = "enrolled"
_PERSON = "person.json"
_HASH_LENGTH = 16


@dataclass(frozen=True)
class EnrolledFiles:
    """The people who were added, as folders, and their photos, both with absolute paths."""

    folders: list[PersonFolder] = field(default_factory=list)
    files: list[FoundFile] = field(default_factory=list)


def keep_photo(directory: Path, person: str, data: bytes, suffix: str) -> str:
    """Keep a photo of a person for the next training, and return its sha256; the same photo is kept once.

    Args:
        directory: The directory of the dataset's catalogue.
        person: The name to show.
        data: The file's bytes.
        suffix: The file's ending, such as ".jpg".

    Raises:
        StorageError: the disk refuses.
    """
    folder = _folder_of(directory, person)
    sha256 = hashlib.sha256(data).hexdigest()
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _PERSON).exists():
        write_json(folder / _PERSON, {"name": person})
    if not any(folder.glob(f"{sha256[:_HASH_LENGTH]}.*")):
        ending = suffix.lower() if suffix.lower() in PHOTO_SUFFIXES else ".jpg"  # the decoder looks at the content
        write_whole(folder / f"{sha256[:_HASH_LENGTH]}{ending}", data)
    return sha256


def forget_photos(directory: Path, person: str, only: Collection[str] | None = None) -> int:
    """Remove photos that were kept of a person, and return how many; the catalogue learns it at the next scan.

    Args:
        directory: The directory of the dataset's catalogue.
        person: Their name, in any case.
        only: sha256 of the photos to remove; None removes all.

    Raises:
        StorageError: the disk refuses.
    """
    folder = _folder_of(directory, person)
    names = None if only is None else {sha256[:_HASH_LENGTH] for sha256 in only}
    gone = [file for file in _photos_in(folder) if names is None or file.stem in names]
    with disk_errors(folder):
        for file in gone:
            file.unlink(missing_ok=True)
        if folder.is_dir() and not any(_photos_in(folder)):
            shutil.rmtree(folder)
    return len(gone)


def kept_photos(directory: Path) -> dict[str, int]:
    """Return how many photos are kept of each person who was added, by name."""
    people = sorted((name, sum(1 for _ in _photos_in(folder))) for folder, name in _people(directory))
    return {name: count for name, count in people if count}


def enrolled_files(directory: Path) -> EnrolledFiles:
    """Return what is kept of people who were added, for a scan.

    Args:
        directory: The directory of the dataset's catalogue.
    """
    found = EnrolledFiles()
    for folder, name in _people(directory.resolve()):
        found.folders.append(PersonFolder(folder.as_posix(), name, None))
        for file in _photos_in(folder):
            try:
                status = file.stat()
            except FileNotFoundError:  # removed just now
                continue
            found.files.append(FoundFile(file.as_posix(), folder.as_posix(), status.st_size, status.st_mtime_ns))
    return found


def kept_file(directory: Path, person: str, sha256: str) -> FoundFile | None:
    """Return a photo that was kept of a person as a scan will find it; None where it is not there.

    Args:
        directory: The directory of the dataset's catalogue.
        person: Their name, in any case.
        sha256: What `keep_photo` has returned.
    """
    folder = _folder_of(directory.resolve(), person)
    for file in folder.glob(f"{sha256[:_HASH_LENGTH]}.*"):
        status = file.stat()
        return FoundFile(file.as_posix(), folder.as_posix(), status.st_size, status.st_mtime_ns)
    return None


def is_enrolled(path: str) -> bool:
    """Tell whether the path of a photo is that of one that was added, not of one in the dataset's folder."""
    return Path(path).is_absolute()


def _people(directory: Path) -> Iterator[tuple[Path, str]]:
    root = directory / FOLDER
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            name = (read_json(folder / _PERSON) or {}).get("name")
        except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, NotADirectoryError):
            continue  # damaged by hand: nobody can say whose photos these are
        if isinstance(name, str) and name:
            yield folder, name


def _photos_in(folder: Path) -> Iterator[Path]:
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return (file for file in files if file.suffix.lower() in PHOTO_SUFFIXES and not file.name.startswith("."))


def _folder_of(directory: Path, person: str) -> Path:
    """Return the folder of a person: two names that are one person have the same, any others have two."""
    key = person_key(person)
    return directory / FOLDER / f"{slug(key, 24)}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
