"""The datasets that were opened: finding, opening, moving and deleting them.

Each is a directory below the artifacts folder with `dataset.json` (id, name, source, created), the catalogue and what is
derived from the photos. The photos themselves are never changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.datasets import schema
from core.datasets.builtin import BUILTIN, BUILTIN_NAME, orl_root
from core.datasets.catalogue import Catalogue
from core.datasets.enrolled import is_enrolled
from core.datasets.folder import FoundFile, walk
from core.datasets.photo import DatasetSummary, SkippedFile
from core.errors import DatasetError, StorageError, disk_errors
from core.storage import datasets_root, new_directory, read_json, slug, write_json

_DESCRIPTION = "dataset.json"
_LAYOUT = "Make one folder of photos for each person inside it, then open it again."


def list_datasets() -> list[DatasetSummary]:
    """Return the datasets that were opened, sorted by name; one that cannot be read says so in `problem`."""
    return sorted((_summary(directory) for directory in _directories()), key=lambda each: each.name.casefold())


def get_dataset(id: str) -> Catalogue:
    """Return a dataset that was opened before.

    Raises:
        DatasetError: there is none with this id, or its description is damaged.
    """
    return _described(_directory_of(id))


def open_dataset(source: str) -> Catalogue:
    """Return the dataset of a folder; at first use its catalogue is made, empty until it is scanned.

    Args:
        source: "orl" for the built-in faces, or the path of a folder.

    Raises:
        DatasetError: there is no such folder, or no photo inside a folder in it.
        StorageError: the artifacts folder cannot be written.
    """
    if source == BUILTIN:
        orl_root()
        return _of_source(BUILTIN) or _create(_free_id(BUILTIN), BUILTIN, BUILTIN_NAME)
    root = _absolute(source)
    known = _of_source(str(root))
    if known is not None:
        return known
    _check_folder(root)
    digits = hashlib.sha256(str(root).encode()).hexdigest()[:8]
    return _create(_free_id(f"{slug(root.name)}-{digits}"), str(root), _free_name(root))


def relocate_dataset(id: str, new_root: str) -> Catalogue:
    """Say that a dataset's folder has moved; photos are known again by their content, so no work is lost.

    Raises:
        DatasetError: the new folder does not hold the dataset's photos, or belongs to another dataset.
        StorageError: the artifacts folder cannot be written.
    """
    catalogue = get_dataset(id)
    if catalogue.source == BUILTIN:
        raise DatasetError("The built-in faces cannot be moved.", "Open another folder as a dataset of its own.")
    root = _absolute(new_root)
    other = _of_source(str(root))
    if other is not None and other.id != id:
        raise DatasetError(
            f"{root} is open as the dataset {other.name} already.", "Choose that one, or delete it from Visage first."
        )
    _check_folder(root)
    if not _holds_photos_of(catalogue, root):
        raise DatasetError(
            f"{root} holds none of the photos of {catalogue.name}.",
            "Choose the folder that now has the folders of people in it, or open this one as a dataset of its own.",
        )
    description = {**read_json(catalogue.directory / _DESCRIPTION), "source": str(root), "name": _free_name(root, id)}
    write_json(catalogue.directory / _DESCRIPTION, description)
    return get_dataset(id)


def delete_dataset(id: str) -> None:
    """Delete what Visage keeps for a dataset: catalogue, face crops, thumbnails, photos of people who were added in the app.

    The photos in the dataset's own folder are never touched.

    Raises:
        DatasetError: there is none with this id.
        StorageError: the disk refuses.
    """
    directory = _directory_of(id)
    with disk_errors(directory):
        aside = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{id}."))
        directory.replace(aside)  # at once: a job that is still at work on it finds the catalogue gone
        shutil.rmtree(aside)


def _directories() -> list[Path]:
    root = datasets_root()
    found = root.iterdir() if root.is_dir() else ()
    return sorted(
        each for each in found if not each.name.startswith(".") and not each.is_symlink() and (each / _DESCRIPTION).is_file()
    )


def _directory_of(id: str) -> Path:
    """Return the directory of a dataset; only what lies directly in the datasets folder can be one."""
    found = next((each for each in _directories() if each.name == id), None)
    if found is None:
        raise DatasetError(f"There is no dataset {id!r}.", "It may have been deleted; open its folder again.")
    return found


def _described(directory: Path) -> Catalogue:
    try:
        stored: dict[str, Any] = read_json(directory / _DESCRIPTION)
        return Catalogue(directory, directory.name, str(stored["name"]), str(stored["source"]))
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The description of the dataset {directory.name} is damaged.", "Delete it from Visage and open its folder again."
        ) from error


def _summary(directory: Path) -> DatasetSummary:
    id = name = directory.name
    source = ""
    try:
        catalogue = _described(directory)
        name, source = catalogue.name, catalogue.source
        return catalogue.summary()
    except (DatasetError, StorageError) as error:
        return DatasetSummary(id, name, source, 0, 0, 0, 0, False, None, directory, problem=str(error))


def _of_source(source: str) -> Catalogue | None:
    for directory in _directories():
        try:
            catalogue = _described(directory)
        except DatasetError:
            continue  # list_datasets shows it as damaged
        if catalogue.source == source:
            return catalogue
    return None


def _absolute(source: str) -> Path:
    """Return the absolute path that a person has written."""
    text = source.strip()
    if not text:
        raise DatasetError("No folder was named.", "Give the path of a folder with one folder of photos per person.")
    try:
        text.encode()
        return Path(text).expanduser().resolve()
    except (UnicodeEncodeError, ValueError, OSError, RuntimeError) as error:
        raise DatasetError(
            f"{text!r} is no path that can be used ({error}).", "Check its spelling, or rename the folder."
        ) from error


def _check_folder(root: Path) -> None:
    """Raise DatasetError unless `root` is a folder with a photo in a folder of a person."""
    try:
        if root.is_file():
            remedy = "Unpack it first, then open the folder." if root.suffix.lower() == ".zip" else "Open the folder around it."
            raise DatasetError(f"{root} is a file, not a folder.", remedy)
        if not root.is_dir():
            raise DatasetError(f"There is no folder {root}.", "Check its spelling.")
    except OSError as error:
        raise DatasetError(f"{root} cannot be opened: {error.strerror}.", "Check its spelling and its permissions.") from error
    refused: list[SkippedFile] = []
    for found in walk(root):
        if isinstance(found, FoundFile):
            return
        if isinstance(found, SkippedFile):
            refused.append(found)
    if any("not in a person's" in each.reason for each in refused):
        raise DatasetError(
            f"The photos in {root} do not lie in folders of people.",
            "Put each person's photos into a folder with that person's name, or open the folder around this one.",
        )
    example = f" {refused[0].path} {refused[0].reason}." if refused else ""
    raise DatasetError(f"There is no photo in the folders of {root}.{example}", _LAYOUT)


def _holds_photos_of(catalogue: Catalogue, root: Path) -> bool:
    """Whether any known photo lies at its place below `root`, or anywhere below it in the same number of bytes."""
    photos = [photo for photo in catalogue.photos() if not is_enrolled(photo.path)]
    if not photos or any((root / photo.path).is_file() for photo in photos):
        return True
    sizes = {photo.bytes for photo in photos}
    return any(isinstance(found, FoundFile) and found.size in sizes for found in walk(root))


def _free_id(wanted: str) -> str:
    """Return an id that no directory has; `wanted` is taken where a folder that was at the same place has moved."""
    number, id = 1, wanted
    while (datasets_root() / id).exists():
        number += 1
        id = f"{wanted}-{number}"
    return id


def _free_name(root: Path, id: str = "") -> str:
    """Return the folder's name; with its parent's, or the whole path, where other datasets than `id` are called so."""
    taken = {each.name for each in list_datasets() if each.id != id}
    names = (root.name, f"{root.name} ({root.parent.name})", str(root))
    return next((name for name in names if name and name not in taken), str(root))


def _create(id: str, source: str, name: str) -> Catalogue:
    directory = datasets_root() / id
    created = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with new_directory(directory) as temporary:
            schema.create(temporary / schema.FILE_NAME)
            write_json(temporary / _DESCRIPTION, {"id": id, "name": name, "source": source, "created": created})
    except OSError as error:
        if not (directory / _DESCRIPTION).is_file():
            remedy = "Set VISAGE_ARTIFACTS to a folder that can be written."
            raise StorageError(f"Cannot make the folder {directory}: {error.strerror}.", remedy) from error
        # another process has just opened the same folder: its catalogue serves
    return _described(directory)
