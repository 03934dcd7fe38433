"""The figures of a face: by hand on pictures whose figures are known, and where they are stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.datasets.qualities import read_qualities, unmeasured
from core.detection import Detection
from core.preparation import prepare
from core.quality import NOSE_LENGTH, Quality, measure_quality, pose, quality_key, sharpness
from core.settings import FaceSettings
from tests.core.photos import as_photo, orl_photo
from tests.core.pictures import folder_of, scanned

YUNET = FaceSettings(detector="yunet", size=48)


def _marks(yaw: float = 0, pitch: float = 0, roll: float = 0) -> npt.NDArray[np.float32]:
    """Return the landmarks of the face that `pose` has in mind, 101 wide and 100 tall, seen from far away."""
    depth = NOSE_LENGTH * 101
    points = np.array([[-50.5, -56, 0], [50.5, -56, 0], [0, 0, depth], [-40, 44, 0], [40, 44, 0]], float)
    turn, tip, tilt = np.radians([yaw, pitch, roll])
    around_y = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    around_x = [[1, 0, 0], [0, np.cos(tip), np.sin(tip)], [0, -np.sin(tip), np.cos(tip)]]
    around_z = [[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]]
    turned = points @ np.array(around_y).T @ np.array(around_x).T @ np.array(around_z).T
    return (turned[:, :2] + 200).astype(np.float32)


@pytest.mark.parametrize("angle", [-60, -20, 0, 35, 70])
def test_pose_finds_the_angle_by_which_a_face_was_turned(angle: float) -> None:
    assert pose(_marks(yaw=angle))[0] == pytest.approx(angle, abs=0.1)
    assert pose(_marks(pitch=angle / 2))[1] == pytest.approx(angle / 2, abs=0.1)
    assert pose(_marks(roll=angle)) == pytest.approx((0, 0, angle), abs=0.1)
    assert pose(_marks(yaw=30, roll=angle))[0] == pytest.approx(30, abs=0.1)


def test_a_mirrored_face_looks_the_other_way() -> None:
    mirrored = np.array([[400, 0]], np.float32) + _marks(yaw=40)[[1, 0, 2, 4, 3]] * np.array([-1, 1], np.float32)
    assert pose(mirrored)[0] == pytest.approx(-40, abs=0.1)


def test_landmarks_in_one_place_give_numbers() -> None:
    assert np.isfinite(pose(np.full((5, 2), 7, np.float32))).all()


def test_a_blur_lowers_the_sharpness_and_contrast_does_not() -> None:
    gray = orl_photo(3, 1).pixels[:, :, 0].astype(np.float32)
    sharp = sharpness(gray)
    assert 0.3 < sharp <= 1
    assert sharpness(cv2.GaussianBlur(gray, (0, 0), 2)) < 0.2 < sharp
    assert sharpness(cv2.blur(gray, (9, 1))) < 0.2  # a camera that moved to the side
    assert sharpness(gray * 0.4 + 20) == pytest.approx(sharp, abs=1e-4)
    assert sharpness(np.full((40, 40), 9, np.float32)) == 0
    assert sharpness(np.ones((3, 1), np.float32)) == 0


def test_sharpness_of_a_bar_by_hand() -> None:
    # One step from 0 to 1 across: blurred over 5 pixels it rises by 0.2 a pixel, so of its one change of 1 at the edge
    # 0.2 remain. Down the columns nothing changes, and the worse direction counts.
    step = np.zeros((5, 20), np.float32)
    step[:, 10:] = 1
    both = np.minimum(np.tile(step[0], (20, 1)), np.tile(step[0], (20, 1)).T)
    assert sharpness(step) == 0
    assert sharpness(both) == pytest.approx(0.8, abs=0.08)


def test_light_and_colour_are_those_of_the_face() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[20:60, 50:90] = (255, 255, 255)
    pixels[40:60, 50:90] = (100, 50, 0)
    face = Detection((50.0, 20.0, 40.0, 40.0), np.zeros((5, 2), np.float32), 1.0)
    quality = measure_quality(as_photo(pixels), [face, face], face, "face")
    gray = 0.299 * 100 + 0.587 * 50
    assert (quality.faces, quality.status, quality.face_size) == (2, "face", 40.0)
    assert quality.overexposed == pytest.approx(0.5, abs=0.01)
    assert quality.brightness == pytest.approx((255 + gray) / 2 / 255, abs=0.01)
    assert quality.contrast == pytest.approx((255 - gray) / 2 / 255, abs=0.01)
    assert quality.colour == pytest.approx(0.5 * 100 / 255, abs=0.01)


def test_without_a_face_the_whole_photo_counts() -> None:
    quality = measure_quality(as_photo(np.full((30, 40, 3), 51, np.uint8)), [], None, "no_face")
    assert quality == Quality(0, "no_face", None, 0.0, pytest.approx(0.2), 0.0, 0.0, 0.0)


def test_a_box_beside_the_photo_is_measured_at_its_edge() -> None:
    outside = Detection((500.0, -80.0, 30.0, 40.0), np.zeros((5, 2), np.float32), 1.0)
    assert measure_quality(as_photo(np.full((30, 40, 3), 255, np.uint8)), [outside], outside, "face").brightness == 1


def test_the_key_follows_what_decides_the_face() -> None:
    assert quality_key(YUNET) == quality_key(replace(YUNET, size=112, alignment="arcface", margin=0.3))
    changed = [replace(YUNET, detector="mtcnn"), replace(YUNET, min_score=0.9), replace(YUNET, main_face_ratio=3.0)]
    assert len({quality_key(each) for each in [YUNET, *changed]}) == 4


def test_preparing_stores_the_figures(tmp_path: Path) -> None:
    catalogue, _ = scanned(folder_of(tmp_path / "photos", {"Ann": 2, "Bo": 1}))
    key = quality_key(YUNET)
    assert len(unmeasured(catalogue, key)) == 3
    prepare(catalogue, YUNET)
    found = read_qualities(catalogue, key)
    assert set(found) == {photo.sha256 for photo in catalogue.photos()}
    assert {each.status for each in found.values()} == {"no_face"}
    assert not unmeasured(catalogue, key)
    assert read_qualities(catalogue, "another") == {}
