"""The photos of a batch: copies of uploads, what an archive holds, or files of a folder that stay where they are.

<job>/photos/       uploads: numbered copies and the names they came with, as core.importing.spool keeps them
<job>/archives/     uploaded archives, until they are unpacked
<job>/archive-<n>/  what an archive held
<job>/folder/       the names of a folder's files
<job>/listed.json   written when all of that is known: how many photos, and what was left out
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from core.datasets.folder import no_photo
from core.errors import DatasetError, disk_errors
from core.importing import Spool, Staging, unpack
from core.importing.folders import list_files
from core.importing.spool import Readable
from core.jobs import Stopped
from core.progress import Report, ShouldStop, never, silent
from core.storage import read_json, write_json

PHOTOS, ARCHIVES, FOLDER, LISTED = "photos", "archives", "folder", "listed.json"
ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_CHUNK = 1 << 20  # bytes that are in memory at a time


@dataclass(frozen=True)
class SourcePhoto:
    """A photo that is to be answered.

    Attributes:
        name: As it was given; never used as a path.
        path: Where its bytes lie.
    """

    name: str
    path: Path


def is_archive(name: str) -> bool:
    """Tell whether a file holds others, by its ending."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def spool(directory: Path, uploads: Iterable[tuple[str, bytes | Readable]]) -> int:
    """Copy uploads into a batch's directory, one after the other, and return how many there were.

    Raises:
        StorageError: the disk refuses.
    """
    count = 0
    with Spool(_staging(directory / PHOTOS)) as spooled:
        for count, (name, content) in enumerate(uploads, start=1):
            stream = BytesIO(content) if isinstance(content, bytes) else content
            if is_archive(name):
                _keep_archive(directory / ARCHIVES / f"{count:05d}{Path(name).suffix}", stream)
            else:
                spooled.add(name, stream)
    return count


def refer(directory: Path, files: Iterable[Path]) -> None:
    """Note files that stay where they are, by the names with which they were given."""
    with Spool(_staging(directory / PHOTOS)) as spooled:
        for file in files:
            spooled.refer(str(file), file.absolute(), 0)


def list_photos(
    directory: Path, about: dict[str, Any], report: Report = silent, should_stop: ShouldStop = never
) -> list[SourcePhoto]:
    """Unpack and list what a batch is about, unless that has been done, and return its photos in their order.

    Raises:
        DatasetError: there is no photo, the folder went away, or an archive cannot be used.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    if not (directory / LISTED).exists():
        for half in (*directory.glob("archive-*"), directory / FOLDER):  # of a process that was killed
            shutil.rmtree(half, ignore_errors=True)
        named = Path(about["path"]) if about.get("path") else None
        if named is not None and not is_archive(named.name):
            _list_folder(directory, named)
        own = sorted((directory / ARCHIVES).glob("*"))
        for number, archive in enumerate([*own, *([named] if named is not None and is_archive(named.name) else [])]):
            if should_stop():
                raise Stopped
            unpack(_staging(directory / f"archive-{number:05d}", about["title"]), archive, report, should_stop)
        _note(directory, about["title"])
    return listed_photos(directory)


def listed_photos(directory: Path) -> list[SourcePhoto]:
    """Return the photos of a batch that are known by now."""
    return [
        SourcePhoto(file.path, staging.path_of(file))
        for staging in _stagings(directory)
        for file in staging.files()
        if staging.directory.name == PHOTOS or no_photo(file.path) is None
    ]


def what_was_listed(directory: Path) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """Return how many photos there are, None while that is not known, and path and reason of each file that is none."""
    listed = read_json(directory / LISTED)
    return (int(listed["total"]), tuple((path, why) for path, why in listed["skipped"])) if listed else (None, ())


def _list_folder(directory: Path, root: Path) -> None:
    if not root.exists():
        raise DatasetError(f"The folder {root} is not there any more.", "Put it back, then resume.")
    with Spool(_staging(directory / FOLDER)) as spooled:
        list_files(root, spooled)


def _note(directory: Path, title: str) -> None:
    """Write down that all is listed; what was only needed until then goes."""
    skipped = []
    for staging in _stagings(directory):
        files, refused = staging.entries()
        skipped += [(each.path, each.reason) for each in refused]
        if staging.directory.name != PHOTOS:  # whoever uploads a single file means that it is a photo
            others = ((each.path, no_photo(each.path)) for each in files)
            skipped += [(path, why.reason) for path, why in others if why is not None]
    total = len(listed_photos(directory))
    if not total:
        raise DatasetError(f"There is no photo in {title}.", "Choose photos, or a folder or archive that holds some.")
    write_json(directory / LISTED, {"total": total, "skipped": skipped})
    shutil.rmtree(directory / ARCHIVES, ignore_errors=True)


def _stagings(directory: Path) -> list[Staging]:
    folders = (directory / PHOTOS, *sorted(directory.glob("archive-*")), directory / FOLDER)
    return [Staging(folder, "upload", "", "", "", "") for folder in folders if folder.is_dir()]


def _staging(folder: Path, title: str = "") -> Staging:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return Staging(folder, "upload", title or folder.name, "", "", "")


def _keep_archive(path: Path, stream: Readable) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                file.write(chunk)
