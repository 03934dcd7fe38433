"""Names that people and archives give, made fit to be shown and to be folders and files."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Container
from pathlib import PurePosixPath

from core.datasets.folder import is_ignored
from core.datasets.names import part_of, tidy_name

LONGEST_NAME = 100  # characters
_LONGEST_FILE_NAME = 200  # bytes; systems allow 255, and a number may be added
_FORBIDDEN = '<>:"|?*' if os.name == "nt" else ""
# A name keeps its looks: what cannot stand in a folder's name is replaced by a letter that looks like it.
_ALIKE = {"/": "\u2215", "\\": "\uff3c", **{letter: chr(ord(letter) + 0xFEE0) for letter in _FORBIDDEN}}


def clean_person(name: str) -> str:
    """Return the name of a person as it will be shown and stored; empty where nothing is left of it.

    Line breaks and control characters become spaces; a slash becomes a letter that looks like one. Names that mean a part
    of a split, such as "Val", get a word behind them, as a folder of that name would not be taken for a person's.
    """
    visible = "".join(_visible(letter) for letter in unicodedata.normalize("NFC", name))
    if not visible.strip():
        return ""
    tidy = _cut(tidy_name(visible)[:LONGEST_NAME].strip())
    if tidy.startswith("."):
        tidy = f"\u2024{tidy[1:]}"  # files with a leading dot are hidden
    return f"{tidy} (name)" if part_of(tidy) or is_ignored(tidy) else tidy


def file_name(path: str, taken: Container[str]) -> str:
    """Return a safe name for a photo, its own where possible; numbered where `taken` (in lower case) holds it.

    Args:
        path: POSIX path as the source gives it.
    """
    source = PurePosixPath(path)
    stem = _cut("".join(_visible(letter) for letter in unicodedata.normalize("NFC", source.stem)).strip(" ."))
    stem, suffix = stem or "photo", source.suffix.lower()
    name, number = f"{stem}{suffix}", 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number}){suffix}"
    return name


def _visible(letter: str) -> str:
    return " " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else _ALIKE.get(letter, letter)


def _cut(name: str) -> str:
    """Return a name that file systems take; a hash keeps two long names apart."""
    raw = name.encode()
    if len(raw) <= _LONGEST_FILE_NAME:
        return name
    digits = hashlib.sha256(raw).hexdigest()[:6]
    return f"{raw[: _LONGEST_FILE_NAME - 8].decode(errors='ignore')} {digits}"
