"""In how many photos the main face was found, answered by the catalogue without reading every face in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from core.datasets import stored_faces
from core.datasets.face_choice import FaceChoice
from core.datasets.photo import Photo
from core.faces import choose_main_face

if TYPE_CHECKING:
    from core.datasets.catalogue import Catalogue

_AT_ONCE = 1000  # photos whose faces are in memory at a time
# In the order of the contents, in which the joined tables lie on the disk: much faster than in the order of the names.
_MEASURED = """FROM used u LEFT JOIN qualities q ON q.key = :quality AND q.sha256 = u.sha256 WHERE u.sha256 > ''"""
_COUNTS = f"SELECT q.status, count(*) {_MEASURED} GROUP BY q.status"
_FIRST = f"SELECT u.person, u.path, u.sha256 {_MEASURED} AND q.status = :status ORDER BY +u.person, +u.path LIMIT :limit"
_UNMEASURED = """SELECT u.person, u.path, u.sha256, p.width, p.height, t.faces, e.face
                 FROM used u JOIN detections t ON t.key = :detector AND t.sha256 = u.sha256
                 JOIN photos p ON p.sha256 = u.sha256 LEFT JOIN edits e ON e.sha256 = u.sha256
                 WHERE u.sha256 > '' AND u.sha256 NOT IN (SELECT sha256 FROM qualities WHERE key = :quality)"""
_Place = tuple[str, str, str]  # person, path, sha256: sorts as pages show photos


@dataclass(frozen=True)
class FaceCounts:
    """In how many photos the main face was found, and which are set aside.

    Attributes:
        face: Photos with a main face.
        no_face: Photos without a face.
        several: Photos with several faces, none clearly the main one.
        missing: Photos in which no face was searched for.
        no_face_photos, several_photos: The first of these, by person and path.
    """

    face: int
    no_face: int
    several: int
    missing: int
    no_face_photos: tuple[Photo, ...]
    several_photos: tuple[Photo, ...]


def count_faces(catalogue: Catalogue, quality: str, detector: str, ratio: float, first: int = 24) -> FaceCounts:
    """Return what was found in the photos that can be used.

    Args:
        catalogue: Of the dataset.
        quality: `core.quality.quality_key` of the settings that found the faces.
        detector: `core.detection.detector_key` of them; photos that were not measured are judged by their faces.
        ratio: How much larger than the second a face has to be to be the main one, see `FaceSettings`.
        first: How many photos of each kind to name.
    """
    keys = {"quality": quality, "detector": detector}
    with catalogue.reading() as connection:
        counts: Counter[str | None] = Counter(dict(connection.execute(_COUNTS, keys)))
        aside = {status: _first(connection, keys, status, first, counts[status]) for status in ("no_face", "several_faces")}
        for status, place in _judged(connection, keys, ratio) if counts[None] else ():
            counts[None] -= 1
            counts[status] += 1
            if status != "face":
                aside[status].append(place)
    named = {status: sorted(places)[:first] for status, places in aside.items()}
    photos = {photo.sha256: photo for photo in catalogue.photos_of([each[2] for some in named.values() for each in some])}
    shown = {status: tuple(photos[each[2]] for each in some if each[2] in photos) for status, some in named.items()}
    numbers = (counts["face"], counts["no_face"], counts["several_faces"], counts[None])
    return FaceCounts(*numbers, shown["no_face"], shown["several_faces"])


def _first(connection: Connection, keys: dict[str, str], status: str, limit: int, known: int) -> list[_Place]:
    return connection.execute(_FIRST, {**keys, "status": status, "limit": limit}).fetchall() if known else []


def _judged(connection: Connection, keys: dict[str, str], ratio: float) -> Iterator[tuple[str, _Place]]:
    """Yield the status and place of each photo that was searched but not measured."""
    rows = connection.execute(_UNMEASURED, keys)
    while some := rows.fetchmany(_AT_ONCE):
        found = stored_faces.unpack((row[2], row[5]) for row in some)
        for person, path, sha256, width, height, _, choice in some:
            yield _status(found[sha256], width, height, ratio, choice), (person, path, sha256)


def _status(found: list[Any], width: int, height: int, ratio: float, choice: str | None) -> str:
    if choice is not None:
        return "no_face" if FaceChoice.from_text(choice).box is None else "face"
    return choose_main_face(found, width, height, ratio).status
