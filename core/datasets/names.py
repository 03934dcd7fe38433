"""From the names of folders to the names of people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_PINS_PREFIX = re.compile(r"^pins[_ ]+", re.IGNORECASE)  # the layout of the Kaggle set "Pins Face Recognition"
_FIRST_LETTERS = re.compile(r"(?:^|[\s-])\w")
_PARTS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_STRANGERS = ("unknown", "strangers")


def tidy_name(folder: str) -> str:
    """Return a folder's name as a person's name: `pins_tom ellis` -> Tom Ellis, `Name_Surname` -> Name Surname.

    Capitals are added only to names that have none: "Robert de Niro" and "McKenna" stay as they are.
    """
    composed = unicodedata.normalize("NFC", folder)
    words = " ".join(_PINS_PREFIX.sub("", composed).replace("_", " ").split())
    if words == words.lower():
        words = _FIRST_LETTERS.sub(lambda found: found.group().upper(), words)
    return words or composed


@lru_cache(maxsize=65536)  # a catalogue asks for each of its photos
def person_key(name: str) -> str:
    """Return what two spellings of one person have in common: names that differ only in case are one person."""
    return unicodedata.normalize("NFC", tidy_name(name).casefold())


def are_strangers(person: str | None) -> bool:
    """Tell whether a folder's name says that it holds anybody but the people to learn."""
    return person is not None and person_key(person) in _STRANGERS


def part_of(folder: str) -> str | None:
    """Return "train", "val" or "test" if a folder's name means that part of a split."""
    return _PARTS.get(folder.casefold())


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Return the one spelling to show for the key of each person: the first that is met."""
    chosen: dict[str, str] = {}
    for name in names:
        chosen.setdefault(person_key(name), name)
    return chosen
