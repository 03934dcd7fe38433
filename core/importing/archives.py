"""Unpacking archives that somebody else has made: every entry is counted, weighed and looked at before its bytes are kept."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.datasets.folder import is_ignored, no_photo
from core.errors import DatasetError
from core.importing.layouts import is_table
from core.importing.spool import Spool
from core.importing.staging import Staging, check_space
from core.jobs import Stopped
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import IMPORT_LIMITS, ImportLimits

STAGE = "Unpacking"
_MOST_DIRECTORY_BYTES = 1024  # of a zip's table of contents, for each file that is allowed: names may have 65,535 bytes
_FREE_GROWTH = 1 << 20  # bytes: below this the factor says nothing
_MEGABYTE = 2**20
_BETWEEN_LOOKS = 256  # entries between two looks at the space that is left on the disk
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_DRIVE = re.compile(r"^[A-Za-z]:")
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error)
_AGAIN = "Make or download the archive again, or unpack it and import the folder."
_UNPACK = "Unpack it yourself, look at what is in it, and import the folder."


def unpack(
    staging: Staging,
    archive: Path,
    report: Report = silent,
    should_stop: ShouldStop = never,
    limits: ImportLimits = IMPORT_LIMITS,
) -> None:
    """Bring the photos of a zip or tar archive into a staging; nothing is ever written under a name of the archive.

    Links, paths that lead out of the archive and damaged entries are refused one by one, with their reasons.

    Raises:
        DatasetError: it is no archive, truncated, encrypted, or goes beyond the limits.
        StorageError: the disk refuses.
        Stopped: somebody asked to stop.
    """
    unpacking = _Unpacking(staging.title, staging.directory, limits, report, should_stop)
    with Spool(staging) as spool:
        if tarfile.is_tarfile(archive):
            _unpack_tar(archive, spool, unpacking)
        else:
            _unpack_zip(archive, spool, unpacking)


@dataclass
class _Unpacking:
    """What has come out of an archive so far, held against the limits."""

    title: str
    directory: Path
    limits: ImportLimits
    report: Report
    should_stop: ShouldStop
    entries: int = 0
    total: int = 0
    bytes: int = 0

    def count(self) -> None:
        """Count one entry."""
        if self.should_stop():
            raise Stopped
        self.entries += 1
        if self.entries > self.limits.entries:
            raise self.too_many()
        if self.entries % _BETWEEN_LOOKS == 0:
            check_space(0, self.directory)
        self.report(Progress(STAGE, self.entries, self.total, "files"))

    def room(self, packed: int | None) -> int:
        """Return how many bytes the next entry may have."""
        left = self.limits.expanded_megabytes * _MEGABYTE - self.bytes
        return left if packed is None else min(left, max(_FREE_GROWTH, packed * self.limits.ratio))

    def too_many(self) -> DatasetError:
        return DatasetError(f"{self.title} holds more than {self.limits.entries:,} files.", _UNPACK)

    def too_large(self, path: str) -> DatasetError:
        return DatasetError(
            f"{self.title} grows beyond all bounds when it is unpacked, at {path[:200]}: at most "
            f"{self.limits.expanded_megabytes / 1000:,.0f} GB in all and {self.limits.ratio} times a file's packed size.",
            _UNPACK,
        )


def _unpack_zip(archive: Path, spool: Spool, unpacking: _Unpacking) -> None:
    _check_directory(archive, unpacking)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [each for each in opened.infolist() if not each.is_dir()]
            if len(entries) > unpacking.limits.entries:
                raise unpacking.too_many()
            if any(each.flag_bits & 1 for each in entries):
                raise DatasetError(f"{unpacking.title} is encrypted.", "Unpack it with its password and import the folder.")
            unpacking.total = len(entries)
            check_space(min(sum(each.file_size for each in entries), unpacking.room(None)), archive.parent)
            for entry in entries:
                unpacking.count()
                _take_zipped(opened, entry, spool, unpacking)
    except zipfile.BadZipFile as error:
        raise DatasetError(f"{unpacking.title} is damaged or cut off ({error}).", _AGAIN) from error


def _take_zipped(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, spool: Spool, unpacking: _Unpacking) -> None:
    path = _name_of(entry)
    if not _wanted(path, spool, is_link=stat.S_ISLNK(entry.external_attr >> 16)):
        return
    try:
        with opened.open(entry) as stream:
            _take(path, stream, entry.compress_size, spool, unpacking)
    except NotImplementedError:
        spool.refuse(path, "is packed in a way that is not read here", _UNPACK)
    except _DAMAGED as error:
        spool.refuse(path, f"is damaged in the archive ({error})", _AGAIN)


def _take(path: str, stream: IO[bytes], packed: int | None, spool: Spool, unpacking: _Unpacking) -> None:
    size = spool.add(path, stream, unpacking.room(packed))
    if size is None:
        raise unpacking.too_large(path)
    unpacking.bytes += size


def _wanted(path: str, spool: Spool, is_link: bool) -> bool:
    """Tell whether an entry is to be read; what is left out is noted with its reason, save for what systems leave behind."""
    parts = path.split("/")
    if any(is_ignored(part) for part in parts if part not in ("", ".", "..")):
        return False
    if path.startswith("/") or _DRIVE.match(path) or ".." in parts:
        spool.refuse(path, "has a path that leads out of the archive", "Nothing to do; who made this archive may mean harm.")
        return False
    if is_link:
        spool.refuse(path, "is a link, not a file", "Pack the photo itself.")
        return False
    reason = None if is_table(path) else no_photo(path)
    if reason is not None:
        spool.refuse(path, reason.reason, reason.remedy)
    return reason is None


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; archives of macOS hold UTF-8 without saying so."""
    name = entry.orig_filename.split("\0")[0]
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):  # else it is what it says
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _check_directory(archive: Path, unpacking: _Unpacking) -> None:
    """Refuse by its size alone a table of contents that would fill the memory when it is read."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 70_000))
        tail = file.read()
    found, found_64 = tail.rfind(_END), tail.rfind(_END_64)
    if found < 0 or len(tail) < found + 22:
        raise DatasetError(f"{unpacking.title} is no zip file, or it is cut off.", _AGAIN)
    (length,) = struct.unpack_from("<I", tail, found + 12)
    if length == 0xFFFFFFFF and 0 <= found_64 <= len(tail) - 56:
        (length,) = struct.unpack_from("<Q", tail, found_64 + 40)
    if length > unpacking.limits.entries * _MOST_DIRECTORY_BYTES:
        raise unpacking.too_many()


def _unpack_tar(archive: Path, spool: Spool, unpacking: _Unpacking) -> None:
    try:
        with tarfile.open(archive) as opened:
            for member in _members(opened):
                if member.isdir():
                    continue
                unpacking.count()
                path = member.name
                if _wanted(path, spool, is_link=not member.isfile()):
                    stream = opened.extractfile(member)
                    assert stream is not None, "a regular file has bytes"
                    _take(path, stream, None, spool, unpacking)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise DatasetError(f"{unpacking.title} is damaged or cut off ({error}).", _AGAIN) from error


def _members(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members without keeping them all in memory."""
    while (member := opened.next()) is not None:
        yield member
        opened.members = []  # type: ignore[attr-defined]
