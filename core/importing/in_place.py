"""A folder of this computer whose folders say who is who: it is opened where it is, and no photo is copied."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from core.datasets import SkippedFile, person_key, tidy_name
from core.datasets.folder import FoundFile, PersonFolder, walk
from core.datasets.names import spellings
from core.importing.layouts import AUTO, FOLDERS, assign, is_table
from core.importing.previewing import PersonPreview, Preview
from core.importing.tables import MOST_BYTES, read_table


def look_at_folder(root: Path, layout: str = AUTO) -> Preview | None:
    """Return what opening a folder where it is would bring, without opening a photo; None where it has to be copied.

    Args:
        layout: One of `LAYOUTS`; "auto" finds out.

    Raises:
        DatasetError: the folder is not there or may not be read.
    """
    files: list[FoundFile] = []
    folders: list[PersonFolder] = []
    skipped: list[SkippedFile] = []
    for found in walk(root):
        if isinstance(found, FoundFile):
            files.append(found)
        elif isinstance(found, PersonFolder):
            folders.append(found)
        else:
            skipped.append(found)
    if not files or layout not in (AUTO, FOLDERS) or (layout == AUTO and _named_otherwise(root, files, skipped)):
        return None
    names = {folder.path: tidy_name(folder.name) for folder in folders}
    shown = spellings(names.values())
    counts = Counter(shown[person_key(names[file.folder])] for file in files)
    people = tuple(PersonPreview(name, counts[name], counts[name], 0) for name in sorted(counts))
    return Preview(people, tuple(sorted(skipped, key=lambda each: each.path)))


def _named_otherwise(root: Path, files: list[FoundFile], skipped: list[SkippedFile]) -> bool:
    """Tell whether a table or the names of the files say who is who, rather than the folders."""
    tables = {}
    for each in skipped:
        path = root / each.path
        if is_table(each.path) and path.is_file() and path.stat().st_size <= MOST_BYTES:
            tables[each.path] = read_table(path.read_bytes()) or {}
    return assign([file.path for file in files], AUTO, tables).layout != FOLDERS
