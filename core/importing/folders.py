"""An import from a folder on this computer: listed without opening a photo, and never written to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from core.datasets.folder import is_ignored
from core.errors import DatasetError
from core.importing.spool import Spool
from core.importing.staging import Staging, new_staging, removed_on_failure
from core.settings import IMPORT_LIMITS, ImportLimits

_OTHER_WAY = "Put the photos into one folder per person: then the folder is opened where it is, however large."


def stage_folder(path: str, person: str = "", limits: ImportLimits = IMPORT_LIMITS) -> Staging:
    """List the files of a folder, or name a single file, for an import that copies them.

    Args:
        person: Whose photos all of them are; empty where the layout tells.

    Raises:
        DatasetError: there is no such folder, it may not be read, or it holds more files than are allowed.
        StorageError: the disk refuses.
    """
    return stage_folders([path], person, limits)


def stage_folders(paths: Sequence[str], person: str = "", limits: ImportLimits = IMPORT_LIMITS) -> Staging:
    """List the files of several folders, as `stage_folder` does for one; single files may be among them."""
    roots = [absolute(path) for path in paths]
    title = roots[0].name or str(roots[0])
    staging = new_staging("folder", title, person, str(roots[0]) if len(roots) == 1 else "")
    with removed_on_failure(staging), Spool(staging) as spool:
        for root in roots:
            list_files(root, spool, limits)
            if not root.exists():
                raise DatasetError(f"The folder {root} went away while it was read.", "Put it back, then start again.")
    return staging


def list_files(root: Path, spool: Spool, limits: ImportLimits = IMPORT_LIMITS) -> None:
    """Note every file below a folder, without opening one.

    Raises:
        DatasetError: there are more than are allowed.
    """
    for file in [root] if root.is_file() else _files_below(root):
        if spool.count >= limits.entries:
            raise DatasetError(f"{root} holds more than {limits.entries:,} files to copy.", _OTHER_WAY)
        _note(file, root, spool)


def absolute(path: str) -> Path:
    """Return the absolute path of a folder or file that a person has written.

    Raises:
        DatasetError: nothing is there, or it may not be read.
    """
    text = path.strip()
    if not text:
        raise DatasetError("No folder was named.", "Give the path of a folder with photos.")
    try:
        text.encode()
        root = Path(text).expanduser().resolve(strict=True)
        if root.is_dir():
            os.scandir(root).close()
        return root
    except PermissionError as error:
        raise DatasetError(f"{text} may not be read: permission is denied.", "Give this user permission to read it.") from error
    except (OSError, UnicodeEncodeError, ValueError, RuntimeError) as error:
        raise DatasetError(f"There is no folder {text!r}.", "Check its spelling.") from error


def _note(file: Path, root: Path, spool: Spool) -> None:
    path = file.relative_to(root).as_posix() if file != root else file.name
    try:
        real = Path(os.path.realpath(file))
        if not real.is_relative_to(root):
            spool.refuse(path, "is a link that leads out of the folder", "Copy the photo itself into the folder.")
        elif not real.is_file():
            spool.refuse(path, "is not a regular file", "Put the photo itself there, or remove it.")
        else:
            spool.refer(path, real, real.stat().st_size)
    except OSError as error:
        spool.refuse(path, f"cannot be read ({error.strerror})", "Check the disk and the permissions.")


def _files_below(root: Path) -> Iterator[Path]:
    """Yield what lies below a folder but is none, sorted; links to folders are not followed."""
    with suppress(FileNotFoundError), os.scandir(root) as entries:
        listed = sorted((each for each in entries if not is_ignored(each.name)), key=lambda each: each.name)
        for each in listed:
            if each.is_dir(follow_symlinks=False):
                with suppress(PermissionError):
                    yield from _files_below(Path(each.path))
            else:
                yield Path(each.path)
