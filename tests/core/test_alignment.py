"""Alignment: landmarks end on the template, by the best turn, zoom and shift there is, and never mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from core.alignment import TEMPLATES, align_transform, similarity_transform
from core.detection import Detection
from core.faces import crop_key, cut_face
from core.images import DecodedPhoto
from core.settings import FaceSettings, rng_for

ARCFACE_112 = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]


def moved(points: np.ndarray, angle: float, zoom: float, shift: tuple[float, float]) -> np.ndarray:
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ turn.T + shift


def applied(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ transform[:, :2].T + transform[:, 2]


@pytest.mark.parametrize(
    ("angle", "zoom", "shift"), [(0.0, 1.0, (0.0, 0.0)), (0.7, 3.0, (40.0, -7.0)), (-3.0, 0.2, (900.0, 1200.0))]
)
def test_a_moved_template_comes_back_exactly(angle: float, zoom: float, shift: tuple[float, float]) -> None:
    template = np.array(ARCFACE_112)
    landmarks = moved(template, angle, zoom, shift).astype(np.float32)
    transform = align_transform(landmarks, "arcface", 112)
    assert transform.dtype == np.float32
    np.testing.assert_allclose(applied(transform, landmarks), template, atol=2e-3)


def test_a_template_grows_with_the_face_about_pixel_edges() -> None:
    small = align_transform(np.array(ARCFACE_112, np.float32), "arcface", 112)
    np.testing.assert_allclose(small, [[1, 0, 0], [0, 1, 0]], atol=1e-5)
    large = align_transform(np.array(ARCFACE_112, np.float32), "arcface", 224)
    # The left edge of pixel 0, at -0.5, stays the left edge: 2 * -0.5 + 0.5 = -0.5.
    np.testing.assert_allclose(large, [[2, 0, 0.5], [0, 2, 0.5]], atol=1e-5)


def test_a_margin_shows_more_around_the_same_middle() -> None:
    transform = align_transform(np.array(ARCFACE_112, np.float32), "arcface", 112, margin=0.5)
    np.testing.assert_allclose(transform[:, :2], [[0.5, 0], [0, 0.5]], atol=1e-6)
    np.testing.assert_allclose(applied(transform, np.array([[55.5, 55.5]])), [[55.5, 55.5]], atol=1e-4)


def test_three_points_by_hand() -> None:
    # (0,0), (2,0), (1,3) to (0,0), (0,2), (1,1) about their means (1,1) and (1/3,1): as numbers -1-i, 1-i, 2i to
    # -1/3-i, -1/3+i, 2/3. Products with the conjugate: (4+2i)/3, (-4+2i)/3, -4i/3, together 0: no turn fits better than none.
    transform = similarity_transform(np.array([[0.0, 0], [2, 0], [1, 3]]), np.array([[0.0, 0], [0, 2], [1, 1]]))
    np.testing.assert_allclose(transform, [[0, 0, 1 / 3], [0, 0, 1]], atol=1e-12)


def test_no_other_turn_and_zoom_is_closer() -> None:
    rng = rng_for(0, "test")
    points, targets = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    best = similarity_transform(points, targets)
    error = ((applied(best, points) - targets) ** 2).sum()
    for change in rng.normal(scale=0.01, size=(200, 4)):
        a, b = best[0, 0] + change[0], best[1, 0] + change[1]
        other = np.array([[a, -b, best[0, 2] + change[2]], [b, a, best[1, 2] + change[3]]])
        assert ((applied(other, points) - targets) ** 2).sum() >= error


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    mirrored = np.array(ARCFACE_112) * [-1, 1] + [112, 0]
    transform = similarity_transform(mirrored, np.array(ARCFACE_112))
    assert np.linalg.det(transform[:, :2]) > 0


def test_landmarks_in_one_place_are_only_shifted() -> None:
    transform = align_transform(np.full((5, 2), 7.0, np.float32), "arcface", 112)
    np.testing.assert_allclose(transform[:, :2], np.eye(2))
    assert np.isfinite(transform).all()


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_have_the_order_of_detections(name: str) -> None:
    left_eye, right_eye, nose, left_mouth, right_mouth = TEMPLATES[name]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < nose[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert ((TEMPLATES[name] > 0) & (TEMPLATES[name] < 1)).all()


def test_a_face_is_cut_upright_and_the_photos_edge_goes_on_outside() -> None:
    pixels = np.zeros((60, 60, 3), np.uint8)
    pixels[:, 30:] = 200
    tight = (np.array(ARCFACE_112, np.float32) + 0.5) * (60 / 112) - 0.5  # the whole photo is the face
    aligned = FaceSettings(alignment="arcface", margin=0.0, size=112)
    crop = cut_face(DecodedPhoto(pixels, 60, 60, "PNG"), Detection((0.0, 0.0, 60.0, 60.0), tight, 0.9), aligned).pixels
    assert crop.shape == (112, 112, 3)
    assert crop[:, :54].max() == 0
    assert crop[:, 58:].min() == 200
    turned = (tight[:, ::-1] * [1, -1] + [0, 59]).astype(np.float32)  # lying on its side: dark has to be on the left again
    lying = Detection((0.0, 0.0, 60.0, 60.0), turned, 0.9)
    sideways = cut_face(DecodedPhoto(np.rot90(pixels).copy(), 60, 60, "PNG"), lying, aligned).pixels
    assert np.abs(sideways.astype(int) - crop.astype(int)).max() <= 2
    wide = FaceSettings(alignment="arcface", margin=1.0, size=112)
    outside = cut_face(DecodedPhoto(pixels, 60, 60, "PNG"), Detection((0.0, 0.0, 60.0, 60.0), tight, 0.9), wide).pixels
    assert outside[0, 0].tolist() == [0, 0, 0]
    assert outside[-1, -1].tolist() == [200, 200, 200]


def test_alignment_decides_which_crops_are_kept() -> None:
    keys = {crop_key(FaceSettings(alignment=each)) for each in ("box", "arcface", "dlib")}
    assert len(keys) == 3
