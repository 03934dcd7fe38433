"""The wall of photos: SQL filters, sorts and pages, so that only the page that is looked at leaves the disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Literal, get_args

from core.datasets import stored_faces
from core.datasets.catalogue import Catalogue
from core.datasets.face_choice import Box, FaceChoice, overlap
from core.datasets.health import FLAGS
from core.datasets.names import person_key
from core.datasets.photo import Photo
from core.detection import Detection
from core.faces import choose_main_face

Sort = Literal["name", "doubtful", "blurriest", "unlike", "newest", "largest"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Status = Literal["face", "no_face", "several_faces", "not_searched"]

# What is not measured comes last; photos that are alike in the measure stand in the order of their content.
_ORDER: dict[Sort, str] = {
    "name": "u.person, u.path",
    "doubtful": "d.place IS NULL, d.place, u.sha256",
    "blurriest": "q.sharpness IS NULL, q.sharpness, u.sha256",
    "unlike": "d.distance IS NULL, d.distance DESC, u.sha256",
    "newest": "f.mtime_ns DESC, u.path",
    "largest": "p.width * p.height DESC, u.sha256",
}
_JOINS = {
    "p.": "JOIN photos p ON p.sha256 = u.sha256",
    "q.": "LEFT JOIN qualities q ON q.key = :quality_key AND q.sha256 = u.sha256",
    "d.": "LEFT JOIN doubts d ON d.key = :doubt_key AND d.sha256 = u.sha256",
    "f.": "LEFT JOIN files f ON f.path = u.path",
}
_SAME_FACE = 0.3  # overlap from which a found face is the chosen one, as in `face_choice`


@dataclass(frozen=True)
class WallQuery:
    """Which photos to show, in which order.

    Attributes:
        person: Only theirs; None for everybody's.
        flags: Names of `FLAGS`; a photo is shown if any of them is true of it. Empty: all.
        search: Part of a person's name, in any case.
        excluded: Those that were excluded, in place of those that are used.
    """

    person: str | None = None
    flags: tuple[str, ...] = ()
    sort: Sort = "name"
    search: str = ""
    excluded: bool = False


@dataclass(frozen=True)
class WallKeys:
    """Whose measures count.

    Attributes:
        detector: `core.detection.detector_key` of the detections to show.
        quality: Key of the table of qualities.
        doubt: Key of the table of doubts.
        ratio: How much larger the main face of a photo has to be, see `core.settings.FaceSettings`.
    """

    detector: str
    quality: str = ""
    doubt: str = ""
    ratio: float = 2.0


@dataclass(frozen=True)
class WallPhoto:
    """One photo of the wall.

    Attributes:
        faces: All that the detector found, surest first.
        box: The face that carries the name (left, top, width, height), px of the upright photo; None where there is none.
        status: "face", "no_face", "several_faces", or "not_searched" where the detector has not seen the photo.
        chosen: Whether a person said which face it is, drew it, or said that there is none.
        likely: Who it may be instead, and how probably (0..1); empty where nobody looked.
        place: Among the doubtful names, from 1; None where nobody looked.
    """

    photo: Photo
    faces: tuple[Detection, ...]
    box: Box | None
    status: Status
    chosen: bool = False
    likely: str = ""
    likely_probability: float = 0.0
    place: int | None = None


def count(catalogue: Catalogue, query: WallQuery, keys: WallKeys) -> int:
    """Return how many photos a query finds."""
    with catalogue.reading() as connection:
        return int(connection.execute(f"SELECT count(*) {_tables(query)}", _values(connection, query, keys)).fetchone()[0])


def matching(catalogue: Catalogue, query: WallQuery, keys: WallKeys) -> list[str]:
    """Return the sha256 of every photo that a query finds, in its order."""
    with catalogue.reading() as connection:
        return _contents(connection, query, keys, 0, -1)


def page(catalogue: Catalogue, query: WallQuery, keys: WallKeys, offset: int, limit: int) -> list[WallPhoto]:
    """Return some of the photos that a query finds, in its order."""
    with catalogue.reading() as connection:
        wanted = _contents(connection, query, keys, offset, limit)
        return _described(connection, wanted, keys, query.excluded)


def wall_photo(catalogue: Catalogue, sha256: str, keys: WallKeys) -> WallPhoto | None:
    """Return one photo, used or excluded; None where it is not there any more."""
    with catalogue.reading() as connection:
        found = _described(connection, [sha256], keys, False) or _described(connection, [sha256], keys, True)
    return found[0] if found else None


def count_excluded(catalogue: Catalogue) -> int:
    """Return how many photos were excluded."""
    with catalogue.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM excluded").fetchone()[0])


def stored_detectors(catalogue: Catalogue) -> list[str]:
    """Return the key of every detector that has seen photos of this dataset."""
    # Jumps from key to key: `SELECT DISTINCT` would read the faces of every photo.
    query = """WITH RECURSIVE keys(key) AS (
                   SELECT min(key) FROM detections
                   UNION ALL SELECT (SELECT min(key) FROM detections WHERE key > keys.key) FROM keys WHERE keys.key IS NOT NULL)
               SELECT key FROM keys WHERE key IS NOT NULL"""
    with catalogue.reading() as connection:
        return [row[0] for row in connection.execute(query)]


def _contents(connection: Connection, query: WallQuery, keys: WallKeys, offset: int, limit: int) -> list[str]:
    values = {**_values(connection, query, keys), "limit": limit, "offset": offset}
    order = _ORDER[query.sort]
    found = connection.execute(f"SELECT u.sha256 {_tables(query, order)} ORDER BY {order} LIMIT :limit OFFSET :offset", values)
    return [row[0] for row in found]


def _tables(query: WallQuery, order: str = "") -> str:
    """Return FROM and WHERE; only the tables that filter and sort need are joined."""
    conditions = []
    if query.person is not None:
        conditions.append("u.person = :person")
    if query.search.strip():
        conditions.append("u.person IN (SELECT value FROM json_each(:people))")
    if query.flags:
        conditions.append("(" + " OR ".join(f"({FLAGS[name].where})" for name in query.flags) + ")")
    where = " AND ".join(conditions)
    joins = " ".join(join for alias, join in _JOINS.items() if alias in where + order)
    if joins and "f." not in order and not query.person and not query.search.strip():
        conditions.append("u.sha256 > ''")  # of all: in the order in which the joined tables lie on the disk, which is faster
        where = " AND ".join(conditions)
    return f"FROM {_used(query.excluded)} u {joins} " + (f"WHERE {where}" if where else "")


def _used(excluded: bool) -> str:
    return "excluded" if excluded else "used"


def _values(connection: Connection, query: WallQuery, keys: WallKeys) -> dict[str, Any]:
    values = {"quality_key": keys.quality, "doubt_key": keys.doubt, "person": query.person}
    if query.search.strip():  # compared here: SQL knows the case of English letters only
        people = connection.execute(f"SELECT DISTINCT person FROM {_used(query.excluded)}")
        wanted = person_key(query.search)
        values["people"] = json.dumps([person for (person,) in people if wanted in person_key(person)])
    return values


def _described(connection: Connection, wanted: Iterable[str], keys: WallKeys, excluded: bool) -> list[WallPhoto]:
    query = f"""SELECT u.sha256, u.path, u.person, u.part, p.width, p.height, p.phash, p.bytes, p.red, p.green, p.blue,
                       t.faces, e.face, d.likely, d.likely_probability, d.place
                FROM json_each(:wanted) w JOIN {_used(excluded)} u ON u.sha256 = w.value
                JOIN photos p ON p.sha256 = u.sha256
                LEFT JOIN detections t ON t.key = :detector AND t.sha256 = u.sha256
                LEFT JOIN edits e ON e.sha256 = u.sha256
                LEFT JOIN doubts d ON d.key = :doubt_key AND d.sha256 = u.sha256 ORDER BY w.key"""
    values = {"wanted": json.dumps(list(wanted)), "detector": keys.detector, "doubt_key": keys.doubt}
    rows = connection.execute(query, values).fetchall()
    faces = stored_faces.unpack((row[0], row[11]) for row in rows if row[11] is not None)
    return [_wall_photo(row, faces.get(row[0]), keys.ratio) for row in rows]


def _wall_photo(row: tuple[Any, ...], found: list[Detection] | None, ratio: float) -> WallPhoto:
    sha256, path, person, part, width, height, phash, size, red, green, blue, _, face, likely, probability, place = row
    photo = Photo(sha256, path, person, part, width, height, int(phash, 16), size, (red, green, blue))
    box, status = _main_face(found, face, photo, ratio)
    return WallPhoto(photo, tuple(found or ()), box, status, face is not None, likely or "", probability or 0.0, place)


def _main_face(found: list[Detection] | None, face: str | None, photo: Photo, ratio: float) -> tuple[Box | None, Status]:
    choice = None if face is None else FaceChoice.from_text(face)
    if choice is not None:
        return (None, "no_face") if choice.box is None else (_chosen(found or [], choice.kind, choice.box), "face")
    if found is None:
        return None, "not_searched"
    main = choose_main_face(found, photo.width, photo.height, ratio)
    return None if main.index is None else found[main.index].box, main.status


def _chosen(found: list[Detection], kind: str, box: Box) -> Box:
    """Return the box of the found face that was chosen; the box itself where it was drawn, or found by another detector."""
    best = max(found, key=lambda each: overlap(each.box, box), default=None)
    return box if kind == "drawn" or best is None or overlap(best.box, box) < _SAME_FACE else best.box
