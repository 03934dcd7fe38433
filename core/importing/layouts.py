"""Whose photo is which: by folders, by the names of the files, by a table, or because somebody has said so.

folders     person/photo, group/person/photo, train|val|test/person/photo; one folder around all is passed over
filenames   Name_01.jpg, all in one folder
table       a CSV file with the columns path and label, and split if there is one
person      all photos show one person
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.datasets import SkippedFile
from core.datasets.names import part_of

AUTO, FOLDERS, FILENAMES, TABLE, PERSON = "auto", "folders", "filenames", "table", "person"
LAYOUTS = (AUTO, FOLDERS, FILENAMES, TABLE)

_NUMBERED = re.compile(r"^(?P<name>.*?[^\W\d_].*?)[ _-]+\(?\d+\)?$", re.DOTALL)
_CAMERAS = frozenset(  # what cameras, phones and programs call photos: nobody's name
    {"img", "dsc", "dscn", "dscf", "p", "pxl", "mvi", "vid", "image", "photo", "picture", "pic", "scan", "screenshot"}
    | {"foto", "bild", "capture", "frame", "face", "snap"}
)
_MOSTLY = 0.8  # share of the files whose names have to hold a person's before the whole folder is read that way


@dataclass(frozen=True)
class Claim:
    """Whose photo a file is, as its source says; the name is not yet tidied."""

    name: str
    part: str | None = None


@dataclass
class Assignment:
    """What a layout makes of files.

    Attributes:
        layout: The one that was used.
        claims: By path.
        skipped: Files that belong to nobody, with reasons.
    """

    layout: str
    claims: dict[str, Claim] = field(default_factory=dict)
    skipped: list[SkippedFile] = field(default_factory=list)


def is_table(path: str) -> bool:
    """Tell whether a file may be a table of photos and names."""
    return path.lower().endswith(".csv")


def assign_person(paths: Sequence[str], person: str) -> Assignment:
    """Give all photos to one person."""
    return Assignment(PERSON, {path: Claim(person) for path in paths})


def assign(paths: Sequence[str], layout: str, tables: Mapping[str, Mapping[str, Claim]]) -> Assignment:
    """Return whose photo each file is.

    Args:
        paths: Of the files that may be photos; POSIX.
        layout: One of `LAYOUTS`; "auto" finds out.
        tables: The rows of each table that could be read, by its path: whose photo each path (as written there) is.
    """
    table = _best_table(paths, tables)
    if layout == TABLE or (layout == AUTO and table is not None):
        return _by_table(paths, *(table or ("", {})))
    if layout == FILENAMES or (layout == AUTO and _looks_flat(paths)):
        return _by_file_names(paths)
    return _by_folders(paths)


def _best_table(paths: Sequence[str], tables: Mapping[str, Mapping[str, Claim]]) -> tuple[str, Mapping[str, Claim]] | None:
    """Return the table that names the most files, with its rows by whole path; None where none names any."""
    there = set(paths)
    whole = {path: {_beside(path, row): claim for row, claim in rows.items()} for path, rows in tables.items()}
    named = {path: len(there & rows.keys()) for path, rows in whole.items()}
    best = max(sorted(named), key=lambda path: named[path], default=None)
    return (best, whole[best]) if best is not None and named[best] else None


def _beside(table: str, row: str) -> str:
    """Return the path of a row, which is relative to the folder of its table."""
    folder = PurePosixPath(table).parent.as_posix()
    return row if folder == "." else f"{folder}/{row}"


def _by_table(paths: Sequence[str], table: str, rows: Mapping[str, Claim]) -> Assignment:
    found = Assignment(TABLE)
    for path in paths:
        if path in rows:
            found.claims[path] = rows[path]
        else:
            found.skipped.append(SkippedFile(path, "is not named in a table", "Add a row for it to the CSV file."))
    there = set(paths)
    found.skipped += [
        SkippedFile(path, f"is named in {table}, but not there", "Check its spelling in the table.")
        for path in rows
        if path not in there
    ]
    return found


def _looks_flat(paths: Sequence[str]) -> bool:
    """Tell whether all files lie in one folder and most are called after people: two names at least, or no folder at all."""
    folders = {path.rpartition("/")[0] for path in paths}
    if len(folders) != 1:
        return False
    names = [name for path in paths if (name := _name_in(path))]
    if len(names) < _MOSTLY * len(paths):
        return False
    return len(set(names)) > 1 or folders == {""}


def _name_in(path: str) -> str:
    """Return the person's name in a file's name, "Ann Lee" in "Ann Lee_01.jpg"; empty where there is none."""
    found = _NUMBERED.match(PurePosixPath(path).stem)
    name = found.group("name").strip(" _-") if found else ""
    return "" if re.split(r"[ _-]", name.casefold())[0] in _CAMERAS else name


def _by_file_names(paths: Sequence[str]) -> Assignment:
    found = Assignment(FILENAMES)
    for path in paths:
        if name := _name_in(path):
            found.claims[path] = Claim(name)
        else:
            found.skipped.append(SkippedFile(path, "has no name and number like Ann_01.jpg", "Rename it after who it shows."))
    return found


def _by_folders(paths: Sequence[str]) -> Assignment:
    folders = {path: tuple(path.split("/")[:-1]) for path in paths}
    around = _common(set(folders.values()))
    holding = {folder[len(around) :] for folder in folders.values()}
    found = Assignment(FOLDERS)
    for path, folder in folders.items():
        claim = _owner_of(folder[len(around) :], holding)
        if isinstance(claim, Claim):
            found.claims[path] = claim
        else:
            found.skipped.append(SkippedFile(path, *claim))
    return found


def _common(folders: set[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the folders around all photos that hold none themselves, such as the one that a zip was made of."""
    around: tuple[str, ...] = ()
    while folders and () not in folders:
        firsts = {folder[0] for folder in folders}
        below = {folder[1:] for folder in folders}
        if len(firsts) != 1 or () in below or part_of(next(iter(firsts))) is not None:
            break
        around, folders = (*around, *firsts), below
    return around


def _owner_of(folder: tuple[str, ...], holding: set[tuple[str, ...]]) -> Claim | tuple[str, str]:
    """Return whose photos a folder holds, or reason and remedy; by the rules of a folder that is opened in place."""
    part, container, in_group = None, True, False
    for depth, name in enumerate(folder, start=1):
        if part is None and (part := part_of(name)) is not None:
            container = True
            continue
        if in_group and not container:
            return "lies too deep", "Photos may lie in person/ or in group/person/."
        in_group, container = in_group or not container, False
        if folder[:depth] in holding:
            if depth == len(folder):
                return Claim(name, part)
            return f"is in a folder inside {name}'s folder", f"Move it up into {name} if it shows {name}, else out of it."
    where = f"{'/'.join(folder)}, not in a person's folder" if folder else "no person's folder"
    return f"lies directly in {where}", "Move it into a folder with the person's name."
