"""The wall's questions: filters, orders and pages by SQL, the face that carries the name, thumbnails on the disk."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import curation
from core.datasets import Catalogue, wall
from core.datasets.thumbnails import (
    FACE_SIDE,
    THUMBNAIL_SIDE,
    kept_thumbnail,
    large_picture,
    thumbnail,
    thumbnails,
)
from core.datasets.wall import WallKeys, WallQuery
from core.detection import Detection
from core.errors import PhotoError
from tests.core.pictures import folder_of, scanned, write_picture

KEYS = WallKeys("yunet", "quality", "doubt")
MARKS = np.arange(10, dtype=np.float32).reshape(5, 2)


def _face(left: float, top: float, side: float, score: float = 0.9) -> Detection:
    return Detection((left, top, side, side), MARKS, score)


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    """Ann has three photos, Bob two and Čeda one; each photo has 60 x 80 px."""
    return scanned(folder_of(tmp_path / "photos", {"ann": 3, "bob": 2, "čeda": 1}))[0]


def _paths(catalogue: Catalogue, query: WallQuery, offset: int = 0, limit: int = 100) -> list[str]:
    return [each.photo.path for each in wall.page(catalogue, query, KEYS, offset, limit)]


def _sha256(catalogue: Catalogue, path: str) -> str:
    (found,) = (each.sha256 for each in catalogue.photos() if each.path == path)
    return found


def _measured(catalogue: Catalogue, sharpness: dict[str, float]) -> None:
    row = "INSERT INTO qualities VALUES ('quality', ?, 1, 'face', 50, ?, 0.5, 0, 0.5, 0.5, 0, 0, 0)"
    with catalogue.writing() as connection:
        connection.executemany(row, [(_sha256(catalogue, path), value) for path, value in sharpness.items()])


def _doubted(catalogue: Catalogue, rows: dict[str, tuple[int, float, str, float]]) -> None:
    """Write place, distance, likely person and their probability of some photos."""
    row = "INSERT INTO doubts VALUES ('doubt', ?, 0.5, ?, 0.4, ?, ?, ?, 0, 0)"
    with catalogue.writing() as connection:
        connection.executemany(
            row,
            [
                (_sha256(catalogue, path), place, likely, probability, distance)
                for path, (place, distance, likely, probability) in rows.items()
            ],
        )


def test_pages_follow_each_other(catalogue: Catalogue) -> None:
    everybody = ["ann/1.png", "ann/2.png", "ann/3.png", "bob/1.png", "bob/2.png", "čeda/1.png"]
    assert _paths(catalogue, WallQuery()) == everybody
    assert _paths(catalogue, WallQuery(), 2, 3) == everybody[2:5]
    assert _paths(catalogue, WallQuery(), 6, 3) == []
    assert wall.count(catalogue, WallQuery(), KEYS) == 6
    assert wall.matching(catalogue, WallQuery(), KEYS) == [_sha256(catalogue, path) for path in everybody]


def test_filter_by_person_and_search(catalogue: Catalogue) -> None:
    assert _paths(catalogue, WallQuery(person="Bob")) == ["bob/1.png", "bob/2.png"]
    assert wall.count(catalogue, WallQuery(person="Bob"), KEYS) == 2
    assert wall.count(catalogue, WallQuery(person="Nobody"), KEYS) == 0
    assert _paths(catalogue, WallQuery(search=" ČED ")) == ["čeda/1.png"]  # capitals of any script
    assert wall.count(catalogue, WallQuery(search="B"), KEYS) == 2
    assert _paths(catalogue, WallQuery(search="%")) == []  # no pattern, just text


def test_orders_put_what_is_not_measured_last(catalogue: Catalogue) -> None:
    _measured(catalogue, {"ann/3.png": 0.2, "bob/1.png": 0.1, "ann/1.png": 0.9})
    assert _paths(catalogue, WallQuery(sort="blurriest"))[:3] == ["bob/1.png", "ann/3.png", "ann/1.png"]
    assert len(_paths(catalogue, WallQuery(sort="blurriest"))) == 6
    _doubted(catalogue, {"bob/2.png": (2, 0.9, "Ann", 0.8), "ann/2.png": (1, 0.3, "Bob", 0.7)})
    assert _paths(catalogue, WallQuery(sort="doubtful"), 0, 2) == ["ann/2.png", "bob/2.png"]
    assert _paths(catalogue, WallQuery(sort="unlike"), 0, 2) == ["bob/2.png", "ann/2.png"]
    shown = wall.page(catalogue, WallQuery(sort="doubtful"), KEYS, 0, 3)
    assert [(each.likely, each.place) for each in shown] == [("Bob", 1), ("Ann", 2), ("", None)]


def test_newest_and_largest(artifacts: Path, tmp_path: Path) -> None:
    import os

    root = folder_of(tmp_path / "photos", {"ann": 2, "bob": 1})
    write_picture(root / "bob" / "large.png", 9)
    Image.open(root / "bob" / "large.png").resize((300, 400)).save(root / "bob" / "large.png")
    os.utime(root / "ann" / "2.png", (2_000_000_000, 2_000_000_000))
    catalogue = scanned(root)[0]
    assert _paths(catalogue, WallQuery(sort="newest"))[0] == "ann/2.png"
    assert _paths(catalogue, WallQuery(sort="largest"))[0] == "bob/large.png"


def test_flags_show_photos_of_which_any_is_true(catalogue: Catalogue) -> None:
    _measured(catalogue, {"ann/1.png": 0.01, "bob/2.png": 0.02, "bob/1.png": 0.9})
    assert _paths(catalogue, WallQuery(flags=("blurry",))) == ["ann/1.png", "bob/2.png"]
    assert wall.count(catalogue, WallQuery(flags=("blurry", "no_face")), KEYS) == 2
    assert _paths(catalogue, WallQuery(person="Bob", flags=("blurry",), sort="blurriest")) == ["bob/2.png"]
    assert wall.count(catalogue, WallQuery(flags=("blurry",)), WallKeys("yunet", "another", "doubt")) == 0


def test_every_flag_and_order_is_sound_sql(catalogue: Catalogue) -> None:
    from core.datasets.health import FLAGS

    for flag in FLAGS:
        for sort in ("name", "doubtful", "blurriest", "unlike", "newest", "largest"):
            query = WallQuery(flags=(flag,), sort=sort, search="a")
            assert wall.count(catalogue, query, KEYS) == len(wall.page(catalogue, query, KEYS, 0, 100)), (flag, sort)


def test_excluded_photos_have_a_wall_of_their_own(catalogue: Catalogue) -> None:
    curation.exclude(catalogue, [_sha256(catalogue, "ann/2.png")])
    assert wall.count(catalogue, WallQuery(), KEYS) == 5
    assert _paths(catalogue, WallQuery(excluded=True)) == ["ann/2.png"]
    assert _paths(catalogue, WallQuery(excluded=True, search="ann", sort="blurriest")) == ["ann/2.png"]
    assert wall.count_excluded(catalogue) == 1


def test_the_face_that_carries_the_name(catalogue: Catalogue) -> None:
    names = {path: _sha256(catalogue, path) for path in ("ann/1.png", "ann/2.png", "ann/3.png", "bob/1.png")}
    large, small, twin = _face(10, 10, 30), _face(45, 60, 8), _face(20, 45, 29)
    found = {"ann/1.png": [large, small], "ann/2.png": [], "ann/3.png": [large, twin]}
    catalogue.save_detections("yunet", {names[path]: faces for path, faces in found.items()})
    seen = {path: wall.wall_photo(catalogue, sha256, KEYS) for path, sha256 in names.items()}
    assert {path: each.status for path, each in seen.items() if each} == {
        "ann/1.png": "face",
        "ann/2.png": "no_face",
        "ann/3.png": "several_faces",
        "bob/1.png": "not_searched",
    }
    assert seen["ann/1.png"] and seen["ann/1.png"].box == large.box and len(seen["ann/1.png"].faces) == 2
    curation.choose_face(catalogue, names["ann/1.png"], small.box)
    curation.draw_face(catalogue, names["ann/2.png"], (5, 6, 20, 24))
    curation.not_a_face(catalogue, [names["ann/3.png"]])
    chosen, drawn, none = (wall.wall_photo(catalogue, names[f"ann/{number}.png"], KEYS) for number in (1, 2, 3))
    assert chosen and (chosen.box, chosen.chosen) == (small.box, True)
    assert drawn and (drawn.box, drawn.status) == ((5, 6, 20, 24), "face")
    assert none and (none.box, none.status) == (None, "no_face")
    assert wall.wall_photo(catalogue, "gone", KEYS) is None


def test_detectors_that_have_seen_photos(catalogue: Catalogue) -> None:
    assert wall.stored_detectors(catalogue) == []
    sha256 = _sha256(catalogue, "ann/1.png")
    for key in ("yunet", "mtcnn", "a"):
        catalogue.save_detections(key, {sha256: []})
    assert wall.stored_detectors(catalogue) == ["a", "mtcnn", "yunet"]


def _opened(encoded: bytes | None) -> Image.Image:
    assert encoded is not None
    return Image.open(io.BytesIO(encoded))


def test_thumbnails_are_made_once(catalogue: Catalogue) -> None:
    photo = catalogue.photos()[0]
    assert kept_thumbnail(catalogue, photo) is None
    made = thumbnail(catalogue, photo)
    (catalogue.root / photo.path).unlink()
    assert thumbnail(catalogue, photo) == kept_thumbnail(catalogue, photo) == made
    assert _opened(made).size == (60, 80)
    with pytest.raises(PhotoError, match="vanished"):
        thumbnail(catalogue, photo, (10, 10, 20, 20))
    with pytest.raises(PhotoError, match="vanished"):
        large_picture(catalogue, photo, 100)


def test_a_page_of_thumbnails_goes_on_where_a_photo_is_gone(catalogue: Catalogue) -> None:
    photos = catalogue.photos()[:3]
    (catalogue.root / photos[1].path).unlink()
    made = thumbnails(catalogue, [(photos[0], None), (photos[1], None), (photos[2], (10, 10, 20, 20))])
    assert [each is None for each in made] == [False, True, False]
    assert max(_opened(made[0]).size) <= THUMBNAIL_SIDE
    assert _opened(made[2]).size == (30, 30)  # half as large again as the box; nothing is enlarged


@pytest.mark.parametrize(
    ("box", "middle"),
    [((100, 100, 80, 80), (140, 140)), ((-20, -30, 80, 80), (60, 60)), ((330, 220, 100, 80), (325, 225))],
)
def test_a_face_is_cut_with_its_surroundings(
    artifacts: Path, tmp_path: Path, box: tuple[float, float, float, float], middle: tuple[int, int]
) -> None:
    """The picture's colours are its coordinates, so a cut tells where it was made."""
    rows, columns = np.mgrid[0:300, 0:400]
    pixels = np.stack([columns // 2, rows // 2, np.zeros_like(rows)], axis=2).astype(np.uint8)
    path = tmp_path / "photos" / "ann" / "1.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(pixels).save(path)
    catalogue = scanned(tmp_path / "photos")[0]
    cut = _opened(thumbnail(catalogue, catalogue.photos()[0], box))
    side = round(1.5 * max(box[2:]))
    assert cut.size == (min(side, FACE_SIDE),) * 2
    seen = np.asarray(cut.convert("RGB"))[cut.height // 2, cut.width // 2]
    assert (2 * int(seen[0]), 2 * int(seen[1])) == pytest.approx(middle, abs=8)


def test_an_empty_thumbnail_is_made_again(catalogue: Catalogue) -> None:
    photo = catalogue.photos()[0]
    made = thumbnail(catalogue, photo)
    (file,) = (each for each in (catalogue.directory / "thumbnails").rglob("*") if each.is_file())
    file.write_bytes(b"")
    assert thumbnail(catalogue, photo) == made


def test_preparing_makes_the_thumbnails_of_the_wall(artifacts: Path, three_people: Path) -> None:
    from core.detection import detector_key
    from core.preparation import prepare
    from core.settings import FaceSettings

    face = FaceSettings(detector="yunet", size=32)
    catalogue = scanned(three_people)[0]
    prepare(catalogue, face)
    shown = wall.page(catalogue, WallQuery(), WallKeys(detector_key(face)), 0, 100)
    assert len(shown) == 21
    assert all(each.status == "face" for each in shown)
    for each in shown:
        assert kept_thumbnail(catalogue, each.photo) is not None
        assert kept_thumbnail(catalogue, each.photo, each.box) is not None
