"""What people said about faces in photos that need not be in the dataset: whose they are, or that they are none."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.datasets.face_choice import Box, overlap
from core.datasets.names import person_key

SAME_FACE = 0.5  # overlap (intersection over union) from which two boxes in one photo are one face


@dataclass(frozen=True)
class Said:
    """What somebody said about one face.

    Attributes:
        face: What tells it from all others: the photo and the box, as text.
        box: left, top, width, height in whole pixels of the upright photo.
        person: Whose face it is; None where it is no face.
        kept: sha256 of the file that is kept of it for the next training; None where nothing is.
        gone: Whether that file was removed since.
    """

    face: str
    box: Box
    person: str | None
    kept: str | None
    gone: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether something of it is there for the next training."""
        return self.kept is not None and not self.gone

    @property
    def value(self) -> list[str | None]:
        """The two parts that can change, as the ledger keeps them."""
        return [self.person, self.kept]


def face_named(photo: str, box: Box) -> str:
    """Return the text that stands for a face: the sha256 of its photo, and the box in whole pixels."""
    return " ".join([photo, *(str(round(each)) for each in box)])


def said_in(connection: Connection, photo: str) -> list[Said]:
    """Return all that was said about the faces of one photo (sha256)."""
    rows = connection.execute("SELECT face, person, kept FROM said WHERE face GLOB ?", (f"{photo} *",))
    return [Said(face, _box_of(face), person, kept) for face, person, kept in rows]


def said_of(found: Iterable[Said], box: Box) -> Said | None:
    """Return what was said about the face in a box: of those that share enough with it, the one that shares most."""
    best = max(found, key=lambda each: overlap(each.box, box), default=None)
    return best if best is not None and overlap(best.box, box) > SAME_FACE else None


def current(connection: Connection, faces: Collection[str]) -> dict[str, list[str | None] | None]:
    """Return what stands for each of the faces, as `Said.value`; None where nothing was said."""
    query = "SELECT face, person, kept FROM said WHERE face IN (SELECT value FROM json_each(?))"
    stored = {face: [person, kept] for face, person, kept in connection.execute(query, (json.dumps(list(faces)),))}
    return {face: stored.get(face) for face in faces}


def keep(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write what stands for each face; None takes away what was said."""
    connection.executemany("DELETE FROM said WHERE face = ?", ((each,) for each in values))
    rows = [(face, *value) for face, value in values.items() if value is not None]
    connection.executemany("INSERT INTO said VALUES (?, ?, ?)", rows)


def erase(connection: Connection, photos: Collection[str], keys: Collection[str]) -> None:
    """Remove all that was said about photos (sha256) and people (`person_key`)."""
    rows = connection.execute("SELECT face, person, kept FROM said").fetchall()
    gone = [face for face, *value in rows if about(face, value, photos, keys)]
    connection.executemany("DELETE FROM said WHERE face = ?", ((each,) for each in gone))


def about(face: str, value: object, photos: Collection[str], keys: Collection[str]) -> bool:
    """Whether a face, with what was said of it as `Said.value`, has to do with some photos or people."""
    person, kept = value if isinstance(value, list | tuple) else (None, None)
    named = isinstance(person, str) and person_key(person) in keys
    return named or kept in photos or face.split(" ", maxsplit=1)[0] in photos


def _box_of(face: str) -> Box:
    left, top, width, height = (float(each) for each in face.split(" ")[1:])
    return left, top, width, height
