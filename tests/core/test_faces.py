"""Which face a photo is about, and how it is cut out: worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.detection import Detection
from core.faces import choose_main_face, crop_key, crop_transform, cut_face
from core.images import DecodedPhoto
from core.settings import FaceSettings
from tests.core.photos import as_photo


def found(left: float, top: float, width: float, height: float, score: float = 0.9) -> Detection:
    return Detection((left, top, width, height), np.zeros((5, 2), np.float32), score)


def test_no_face_and_one_face() -> None:
    assert choose_main_face([], 100, 100, 2.0).status == "no_face"
    main = choose_main_face([found(0, 0, 10, 10)], 100, 100, 2.0)
    assert (main.index, main.status) == (0, "face")


def test_the_main_face_has_twice_the_area_of_the_next() -> None:
    small = found(10, 45, 10, 10)
    twice = found(40, 40, 20, 10)
    assert choose_main_face([small, twice], 100, 100, 2.0).index == 1
    nearly = choose_main_face([small, found(40, 40, 19.9, 10)], 100, 100, 2.0)
    assert (nearly.index, nearly.status) == (None, "several_faces")
    assert choose_main_face([small, found(40, 40, 19.9, 10)], 100, 100, 1.5).index == 1


def test_the_next_is_the_largest_of_the_others() -> None:
    faces = [found(40, 40, 20, 20), found(0, 0, 5, 5), found(80, 80, 15, 15)]
    assert choose_main_face(faces, 100, 100, 2.0).status == "several_faces"  # 400 against 225
    assert choose_main_face(faces[:2], 100, 100, 2.0).index == 0


def test_a_large_face_at_the_edge_does_not_beat_one_in_the_middle_silently() -> None:
    middle, corner = found(45, 45, 10, 10), found(90, 90, 20, 10.5)  # areas 100 and 210, which counts about 110
    assert choose_main_face([middle, corner], 100, 100, 2.0).index == 1
    corner = found(95, 95, 15, 14)  # half in the corner: 105 against 100
    assert choose_main_face([middle, corner], 100, 100, 2.0).index == 1
    corner = found(96, 96, 14, 14)  # 196 counts 98: the one in the middle is the candidate, and is too small
    assert choose_main_face([middle, corner], 100, 100, 2.0).status == "several_faces"


def test_the_order_of_detections_does_not_matter() -> None:
    faces = [found(10, 45, 10, 10), found(40, 40, 20, 10)]
    assert choose_main_face(faces, 100, 100, 2.0).index == 1
    assert choose_main_face(faces[::-1], 100, 100, 2.0).index == 0


def test_the_crop_is_a_square_around_the_box() -> None:
    # Box 40 x 20 with its middle at (50, 40); margin 0.25 makes the side 60: the square (20, 10) to (80, 70).
    transform = crop_transform(found(30, 30, 40, 20), FaceSettings(margin=0.25, size=120))
    assert transform.dtype == np.float32
    # Two crop pixels for each photo pixel; the photo's point 20 (the edge of pixel 20, coordinate 19.5) is the crop's edge.
    np.testing.assert_allclose(transform, [[2, 0, -39.5], [0, 2, -19.5]])
    np.testing.assert_allclose(transform @ [19.5, 9.5, 1], [-0.5, -0.5])
    np.testing.assert_allclose(transform @ [79.5, 69.5, 1], [119.5, 119.5])


def test_a_crop_of_the_same_size_copies_the_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 100, 3), np.uint8)
    crop = cut_face(as_photo(pixels), found(30, 20, 40, 40), FaceSettings(margin=0.0, size=40))
    np.testing.assert_array_equal(crop.pixels, pixels[20:60, 30:70])
    assert crop.detection.box == (30, 20, 40, 40)


def test_a_crop_over_the_edge_repeats_it() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    crop = cut_face(as_photo(pixels), found(-10, 40, 40, 40), FaceSettings(margin=0.0, size=40))
    np.testing.assert_array_equal(crop.pixels[:20, 10:], pixels[40:, :30])
    np.testing.assert_array_equal(crop.pixels[30, 10:], pixels[59, :30])
    np.testing.assert_array_equal(crop.pixels[0, :10], np.repeat(pixels[40, :1], 10, axis=0))


def test_a_photo_opened_reduced_gives_the_same_part() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)
    reduced = DecodedPhoto(pixels, 800, 400, "JPEG")  # each pixel stands for 4 x 4
    crop = cut_face(reduced, found(80, 40, 160, 160), FaceSettings(margin=0.0, size=40))
    np.testing.assert_array_equal(crop.pixels, pixels[10:50, 20:60])
    np.testing.assert_allclose(crop.transform @ [79.5, 39.5, 1], [-0.5, -0.5], atol=1e-5)  # of the full photo


def test_the_key_names_all_that_decides_the_crops() -> None:
    face = FaceSettings()
    changes = {
        "detector": "yunet", "min_score": 0.9, "detection_side": 1280, "margin": 0.3, "size": 64, "main_face_ratio": 3.0,
    }  # fmt: skip
    keys = {crop_key(face), *(crop_key(replace(face, **{name: value})) for name, value in changes.items())}
    assert len(keys) == 7
    assert crop_key(face) == crop_key(FaceSettings())
    assert not any(set(key) & set('/\\:*?"<>| ') for key in keys)


@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_margins_keep_the_middle(margin: float) -> None:
    transform = crop_transform(found(10, 10, 31, 17), FaceSettings(margin=margin, size=100))
    np.testing.assert_allclose(transform @ [25.5 - 0.5, 18.5 - 0.5, 1], [49.5, 49.5], atol=1e-4)
