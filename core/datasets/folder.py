"""Walking a folder of photos: what is a photo, whose it is, and what is left out and why.

    root/person/photo
    root/group/person/photo
    root/train/person/photo          also val, valid, validation, test, testing; also inside a group

A folder that holds photos itself is a person. Folders inside a person are not read: whose photos they hold cannot be
known, and nothing may be filed under a wrong name in silence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.datasets.names import part_of
from core.datasets.photo import SkippedFile
from core.errors import DatasetError
from core.images import PHOTO_SUFFIXES

_IGNORED = frozenset(
    {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information", "lost+found"}
)
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz"})
_RAW_PHOTOS = frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".raf", ".rw2", ".psd", ".svg"})
_PERMIT = "Give this user permission to read it, then scan again."
_MOVE = "Move the photos into a folder with the person's name."


@dataclass(frozen=True)
class PersonFolder:
    """A folder taken for a person's; it may hold no photo.

    Attributes:
        path: POSIX path relative to the root.
        name: The folder's own name, not yet tidied.
        part: "train", "val" or "test" if it lies in such a folder.
    """

    path: str
    name: str
    part: str | None


@dataclass(frozen=True)
class FoundFile:
    """A file that may be a photo, not yet opened.

    Attributes:
        path: POSIX path relative to the root.
        folder: Path of its `PersonFolder`.
        size: In bytes.
        mtime_ns: When it was last changed, in nanoseconds.
    """

    path: str
    folder: str
    size: int
    mtime_ns: int


Found = PersonFolder | FoundFile | SkippedFile


@dataclass(frozen=True)
class _Place:
    """Where the walk stands: the folder's names below the root, and what was passed on the way."""

    names: tuple[str, ...] = ()
    part: str | None = None
    in_group: bool = False
    container: bool = True  # the root, or a train/val/test folder: holds people, not photos

    def path_of(self, name: str = "") -> str:
        return "/".join((*self.names, name))

    def inside(self, name: str) -> _Place:
        """Return the place of a folder in here."""
        part = part_of(name) if self.part is None else None
        names = (*self.names, name)
        if part is not None:
            return replace(self, names=names, part=part, container=True)
        return replace(self, names=names, container=False, in_group=self.in_group or not self.container)


def is_ignored(name: str) -> bool:
    """Tell whether a file or folder is passed over in silence: hidden, or what systems leave behind."""
    return name.startswith(".") or name.casefold() in _IGNORED


def walk(root: Path) -> Iterator[Found]:
    """Yield people's folders, files that may be photos, and everything that is left out, sorted by name.

    Hidden files and what systems leave behind (`__MACOSX`, `Thumbs.db`) are passed over in silence.

    Raises:
        DatasetError: the root itself is not there or may not be read.
    """
    try:
        root = root.resolve(strict=True)
        os.scandir(root).close()
    except PermissionError as error:
        raise DatasetError(f"The folder {root} may not be read: permission is denied.", _PERMIT) from error
    except OSError as error:
        raise DatasetError(f"The folder {root} is not there.", "Put it back, or say where it has moved.") from error
    yield from _walk(root, _Place())


def _walk(root: Path, here: _Place) -> Iterator[Found]:
    try:
        with os.scandir(root.joinpath(*here.names)) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield _refused(here.path_of(), error)
        return
    files: list[FoundFile] = []
    folders: list[str] = []
    for entry in listed:
        if is_ignored(entry.name):
            continue
        found = _look_at(entry, root, here)
        if isinstance(found, FoundFile):
            files.append(found)
        elif found is None:
            folders.append(entry.name)
        else:
            yield found
    yield from _people_here(here, files, folders)
    if here.container or not files:
        yield from _below(root, here, folders)


def _people_here(here: _Place, files: list[FoundFile], folders: list[str]) -> Iterator[Found]:
    """Yield what the files directly in a folder make of it: a person, or strays."""
    if here.container:
        where = f"{here.path_of()[:-1]}, not in a person's folder" if here.names else "the dataset's folder, not in a person's"
        for each in files:
            yield SkippedFile(each.path, f"lies directly in {where}", _MOVE)
    elif files or not folders:
        yield PersonFolder("/".join(here.names), here.names[-1], here.part)
        yield from files
        for name in folders:
            person = here.names[-1]
            yield SkippedFile(
                f"{here.path_of(name)}/",
                "is a folder inside a person's folder",
                f"Move its photos up into {person} if they show {person}, else move the folder out of {person}.",
            )


def _below(root: Path, here: _Place, folders: list[str]) -> Iterator[Found]:
    for name in folders:
        there = here.inside(name)
        if here.in_group and not there.container and not here.container:
            yield SkippedFile(f"{here.path_of(name)}/", "lies too deep", "Photos may lie in person/ or in group/person/.")
        else:
            yield from _walk(root, there)


def _look_at(entry: os.DirEntry[str], root: Path, here: _Place) -> FoundFile | SkippedFile | None:
    """Return what an entry is; None for a folder."""
    path = here.path_of(entry.name)
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        return SkippedFile(shown, "has a name that is not valid UTF-8", "Rename it, then scan again.")
    try:
        if entry.is_symlink():
            return _look_at_link(entry, root, path, here)
        if entry.is_dir(follow_symlinks=False):
            return None
        if not entry.is_file(follow_symlinks=False):
            return SkippedFile(path, "is not a regular file", "Put the photo itself there, or remove it.")
        return _candidate(path, entry.stat(follow_symlinks=False), here)
    except OSError as error:
        return _refused(path, error)


def _look_at_link(entry: os.DirEntry[str], root: Path, path: str, here: _Place) -> FoundFile | SkippedFile:
    """Follow a link to a file inside the root; no other."""
    target = Path(os.path.realpath(entry.path))
    if not target.exists():
        return SkippedFile(path, "is a link that leads nowhere", "Put the photo itself there, or remove the link.")
    if not target.is_relative_to(root):
        return SkippedFile(path, "is a link that leads out of the folder", "Copy the photos themselves into the folder.")
    if not target.is_file():
        return SkippedFile(path, "is a link to a folder", "Move the photos themselves there, or remove the link.")
    return _candidate(path, target.stat(), here)


def _candidate(path: str, status: os.stat_result, here: _Place) -> FoundFile | SkippedFile:
    return no_photo(path) or FoundFile(path, "/".join(here.names), status.st_size, status.st_mtime_ns)


def no_photo(path: str) -> SkippedFile | None:
    """Return why a file cannot be a photo, by the ending of its name; None where it may be one."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 -- a Path for each of 17,500 files takes a second
    if suffix in PHOTO_SUFFIXES:
        return None
    kind = f"({suffix[:20]})" if suffix else "(no ending like .jpg)"
    if suffix in _ARCHIVES:
        return SkippedFile(path, f"is an archive {kind}", "Unpack it into folders of people, then scan again.")
    if suffix in _RAW_PHOTOS:
        return SkippedFile(path, f"is of a kind that is not read {kind}", "Export it as JPEG or PNG.")
    return SkippedFile(path, f"is not a photo {kind}", "Nothing to do; if it is one, save it as JPEG or PNG.")


def _refused(path: str, error: OSError) -> SkippedFile:
    if isinstance(error, PermissionError):
        return SkippedFile(path, "may not be read: permission is denied", _PERMIT)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SkippedFile(path, "was deleted or moved while the folder was read", "Scan again.")
    return SkippedFile(path, f"cannot be read from the disk: {error.strerror}", "Check the disk, then scan again.")
