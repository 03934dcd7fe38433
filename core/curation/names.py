"""Names that people type, and how they are said in sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from sqlite3 import Connection

from core.datasets import are_strangers, person_key
from core.datasets.used import people_shown
from core.errors import DatasetError

LONGEST_NAME = 100  # letters
STRANGERS = "Unknown"


def checked_name(name: str) -> str:
    """Return a name in the form in which it is kept: no space around it, one space between words, composed letters.

    Raises:
        DatasetError: it is empty, too long, or holds what no line can show; quotes, emoji and HTML are only letters.
    """
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name.strip()):
        raise DatasetError("The name holds a line break or another character that cannot be shown.", "Type it again.")
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    if not any(unicodedata.category(letter)[0] not in "ZC" for letter in tidy) or not person_key(tidy).strip(" _"):
        raise DatasetError("The name is empty.", "Type a name.")
    if len(tidy) > LONGEST_NAME:
        raise DatasetError(f"The name has {len(tidy)} characters; at most {LONGEST_NAME} are kept.", "Shorten it.")
    return tidy


def known_as(connection: Connection, name: str) -> str:
    """Return the spelling of a person who is there already, else the name itself."""
    key = person_key(name)
    return next((each for each in people_shown(connection) if person_key(each) == key), name)


def photos_of(count: int, people: Iterable[str | None]) -> str:
    """Return "1 photo of Ann", "5 photos of 3 people" or, where nobody is known, "5 photos".

    Args:
        people: Who they show, repeated or not; None of photos that are filed under two people.
    """
    names = {person for person in people if person is not None}
    what = f"{count:,} photo{'' if count == 1 else 's'}"
    if len(names) == 1:
        (name,) = names
        return f"{what} of {in_words(name)}"
    return f"{what} of {len(names)} people" if names else what


def in_words(person: str) -> str:
    """Return a name as it stands in a sentence."""
    return "strangers" if are_strangers(person) else person
