"""The face that a person means: none, one that was found, or one that was drawn; and crops that follow the choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.alignment import TEMPLATES
from core.curation import choose_face, draw_face, not_a_face, relabel, undo
from core.datasets import Catalogue, open_dataset, scan
from core.datasets.crops import open_crops
from core.datasets.face_choice import Box, FaceChoice, meant_face, overlap
from core.detection import Detection, create_detector
from core.errors import ModelError
from core.faces import crop_key, cut_face
from core.images import DecodedPhoto, decode
from core.preparation import face_of, load_prepared, prepare
from core.settings import FaceSettings
from tests.core.photos import as_photo, as_png, orl_file, pasted

YUNET = FaceSettings(detector="yunet", size=48)
TWINS = pasted((420, 240), [(3, 30, 40, 120), (4, 230, 40, 125)])
BLANK = as_photo(np.full((80, 60, 3), 120, np.uint8))


def found_in(photo: DecodedPhoto) -> list[Detection]:
    return create_detector(YUNET).detect([photo])[0]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [((0, 0, 2, 2), (0, 0, 2, 2), 1), ((0, 0, 2, 2), (1, 1, 2, 2), 1 / 7), ((0, 0, 2, 2), (3, 0, 2, 2), 0)],
)
def test_overlap(one: Box, other: Box, shared: float) -> None:
    assert overlap(one, other) == pytest.approx(shared)


def test_a_choice_survives_as_text() -> None:
    for choice in (FaceChoice("none"), FaceChoice("drawn", (1, 2.5, 3, 4))):
        assert FaceChoice.from_text(choice.to_text()) == choice


def test_the_found_face_with_the_largest_overlap_is_meant() -> None:
    left, right = sorted(found_in(TWINS), key=lambda each: each.box[0])
    near_right = (right.box[0] + 4, right.box[1] - 4, right.box[2], right.box[3])
    assert meant_face(FaceChoice("found", near_right), [left, right], TWINS) is right
    assert meant_face(FaceChoice("found", left.box), [right, left], TWINS) is left
    assert meant_face(FaceChoice("none"), [left, right], TWINS) is None


def test_a_drawn_box_gets_the_landmarks_that_are_found_inside() -> None:
    left, _ = sorted(found_in(TWINS), key=lambda each: each.box[0])
    drawn = tuple(round(each) for each in left.box)
    meant = meant_face(FaceChoice("drawn", drawn), [], TWINS)
    assert meant is not None
    assert meant.box == drawn
    assert np.abs(meant.landmarks - left.landmarks).max() < 8
    # The same photo opened at half its size: the box still counts in pixels of the full photo.
    half = DecodedPhoto(np.ascontiguousarray(TWINS.pixels[::2, ::2]), TWINS.width, TWINS.height, "PNG")
    reduced = meant_face(FaceChoice("drawn", drawn), [], half)
    assert reduced is not None
    assert np.abs(reduced.landmarks - left.landmarks).max() < 10


def test_a_drawn_box_without_a_face_gets_the_mean_landmarks() -> None:
    meant = meant_face(FaceChoice("drawn", (10, 20, 30, 40)), [], BLANK)
    assert meant is not None
    assert np.allclose(meant.landmarks, TEMPLATES["arcface"] * [30, 40] + [10, 20])
    chosen = meant_face(FaceChoice("found", (10, 20, 30, 40)), found_in(TWINS), BLANK)
    assert chosen == meant, "not among the faces that this detector found"


def test_landmarks_need_the_weights_of_yunet(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(face: FaceSettings) -> Any:
        raise ModelError("The weights are missing.")

    monkeypatch.setattr("core.datasets.face_choice.create_detector", missing)
    with pytest.raises(ModelError):
        meant_face(FaceChoice("drawn", (10, 20, 30, 40)), [], BLANK)


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    for person in (1, 2):
        folder = tmp_path / "photos" / f"p{person}"
        folder.mkdir(parents=True)
        for number in range(1, 4):
            (folder / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())
    (tmp_path / "photos" / "p1" / "twins.png").write_bytes(as_png(TWINS))
    (tmp_path / "photos" / "p2" / "blank.png").write_bytes(as_png(BLANK))
    made = open_dataset(str(tmp_path / "photos"))
    scan(made)
    return made


def test_crops_follow_the_choice_and_undo(catalogue: Catalogue) -> None:
    photos = {photo.path: photo for photo in catalogue.photos()}
    twins, blank, plain = (photos[each].sha256 for each in ("p1/twins.png", "p2/blank.png", "p1/1.pgm"))
    first = prepare(catalogue, YUNET)
    assert (first.status[twins], first.status[blank], first.count("face")) == ("several_faces", "no_face", 6)
    untouched = first.pixels[first.rows[photos["p2/1.pgm"].sha256]].copy()
    right = max(found_in(TWINS), key=lambda each: each.box[0])
    choose_face(catalogue, twins, right.box)
    draw_face(catalogue, blank, (10, 10, 40, 50))
    not_a_face(catalogue, [plain])
    assert load_prepared(catalogue, YUNET) is None
    shown = face_of(catalogue, photos["p1/twins.png"], YUNET)
    second = prepare(catalogue, YUNET)
    assert (second.status[twins], second.status[blank], second.status[plain]) == ("face", "face", "no_face")
    expected = cut_face(decode(as_png(TWINS), "twins"), right, YUNET).pixels
    assert shown is not None
    assert shown.tobytes() == expected.tobytes() == second.pixels[second.rows[twins]].tobytes()
    assert second.pixels.shape[0] == 7, "no row is left of faces that were given up"
    np.testing.assert_array_equal(second.pixels[second.rows[photos["p2/1.pgm"].sha256]], untouched)
    loaded = load_prepared(catalogue, YUNET)
    assert loaded is not None
    assert dict(loaded.rows) == dict(second.rows)
    for _ in range(3):
        undo(catalogue)
    assert dict(prepare(catalogue, YUNET).status) == dict(first.status)


def test_a_choice_made_while_faces_are_cut_is_not_lost(catalogue: Catalogue) -> None:
    plain = next(photo.sha256 for photo in catalogue.photos() if photo.path == "p1/1.pgm")
    begun: list[object] = []

    def meanwhile(progress: object) -> None:
        if not begun:
            begun.append(progress)
            not_a_face(catalogue, [plain])

    assert prepare(catalogue, YUNET, meanwhile).status[plain] == "face"
    assert load_prepared(catalogue, YUNET) is None
    assert prepare(catalogue, YUNET).status[plain] == "no_face"


def test_another_name_needs_no_other_crop(catalogue: Catalogue) -> None:
    prepare(catalogue, YUNET)
    relabel(catalogue, [catalogue.photos()[0].sha256], "P2")
    assert load_prepared(catalogue, YUNET) is not None
    index = open_crops(catalogue.directory, crop_key(YUNET), 48).read_index()
    assert index.choices == {}
