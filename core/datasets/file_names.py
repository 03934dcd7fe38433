"""Names of folders and files that are written for people: every file system takes them, and no two are alike."""

from __future__ import annotations

import re

from core.datasets.folder import is_ignored
from core.datasets.names import part_of

_LONGEST = 120  # bytes of a name; file systems take 255, and some count what an ending adds
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')  # Windows takes none of these
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)  # nor these as names


def safe_name(text: str) -> str:
    """Return a name that every file system takes; empty where nothing is left of it."""
    name = _NOT_IN_NAMES.sub("_", text).strip(" .")
    name = name.encode(errors="ignore")[:_LONGEST].decode(errors="ignore").strip(" .")
    if part_of(name) or is_ignored(name):  # such a folder would not be taken for a person's
        name = f"{name} (name)"
    return f"_{name}" if _RESERVED.match(name) else name


def free_name(name: str, suffix: str, taken: set[str]) -> str:
    """Return the name with its ending, numbered where `taken`, in lower case, holds it."""
    number, found = 1, name + suffix
    while found.casefold() in taken:
        number += 1
        found = f"{name} {number}{suffix}"
    return found
