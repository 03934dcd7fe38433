"""What people say about a run: a text, tags and a star, in a file of their own that no training ever touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.runs import layout
from core.storage import read_json, write_json

TEXT_LENGTH, TAG_LENGTH, MOST_TAGS = 4000, 30, 20


@dataclass(frozen=True)
class Notes:
    """What people say about a run.

    Attributes:
        text: In their own words, several lines.
        tags: Short words to find runs by, no two alike.
        star: Whether it is one of their favourites.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    star: bool = False


def read_notes(directory: Path) -> Notes:
    """Return what was noted of a run; nothing where nothing was, or where the file cannot be read."""
    try:
        values: Any = read_json(directory / layout.NOTES) or {}
        tags = tuple(each for each in values.get("tags", ()) if isinstance(each, str))
        return Notes(str(values.get("text", "")), tags, values.get("star") is True)
    except (ValueError, AttributeError, TypeError, OSError):  # damaged by hand: a list of runs must not fail for it
        return Notes()


def write_notes(directory: Path, notes: Notes) -> Notes:
    """Keep what is noted of a run, tidied, and return it as it is kept.

    Raises:
        RunError: there is no run, the text is too long, or there are too many tags.
        StorageError: the disk refuses; what was noted before still stands.
    """
    if not (directory / layout.SETTINGS).is_file():
        raise RunError(f"There is no run in {directory}.", "It may have been deleted; look into the bin.")
    text = notes.text.strip()
    if len(text) > TEXT_LENGTH:
        raise RunError(f"The note has {len(text):,} letters; {TEXT_LENGTH:,} are the most.", "Shorten it.")
    tidy = Notes(text, tidy_tags(notes.tags), notes.star)
    if len(tidy.tags) > MOST_TAGS:
        raise RunError(f"A run can have {MOST_TAGS} tags; these are {len(tidy.tags)}.", "Leave some out.")
    write_json(directory / layout.NOTES, asdict(tidy))
    return tidy


def tidy_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in one line each, without a leading #, cut where they are long, each once whatever its case."""
    found: dict[str, str] = {}
    for each in tags:
        tag = " ".join(each.replace(",", " ").split()).lstrip("#").strip()[:TAG_LENGTH].rstrip()
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())
