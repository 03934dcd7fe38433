"""The second look at what YuNet is not sure of: whom it asks, and that faces pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.detection import Detection, create_detector
from core.images import DecodedPhoto
from core.recognizer import second_look
from core.recognizer.finding import find_faces
from core.recognizer.second_look import confirmed, how_like_a_face
from core.settings import FaceSettings
from tests.core.photos import as_photo, orl_photo, pasted

FACE = FaceSettings(detector="yunet", min_score=0.6, size=48)
MARKS = np.zeros((5, 2), np.float32)


def _box(left: float, score: float) -> Detection:
    return Detection((left, 10.0, 40.0, 50.0), MARKS, score)


@pytest.mark.parametrize("person", [1, 7, 20])
def test_a_face_looks_like_one_and_noise_does_not(person: int) -> None:
    photo = pasted((300, 300), [(person, 100, 80, 92)])
    (found,) = create_detector(FACE).detect([photo])[0]
    assert how_like_a_face(photo, [found])[0] > 0.9
    noise = as_photo(np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8))
    assert how_like_a_face(noise, [found])[0] < 0.3


def test_only_doubtful_faces_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[float]] = []

    def judge(photo: DecodedPhoto, found: list[Detection]) -> np.ndarray:
        asked.append([each.box[0] for each in found])
        return np.array([each.box[0] / 100 for each in found])

    monkeypatch.setattr(second_look, "how_like_a_face", judge)
    photo = as_photo(np.zeros((100, 100, 3), np.uint8))
    found = [_box(1, 0.95), _box(80, 0.89), _box(20, 0.7), _box(50, 0.65)]
    assert [each.box[0] for each in confirmed(photo, found)] == [1, 80, 50]
    assert asked == [[80, 20, 50]]
    assert confirmed(photo, found[:1]) == found[:1]
    assert confirmed(photo, []) == []
    assert len(asked) == 1


def test_prediction_drops_what_nobody_else_sees_and_mtcnn_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def detect(self, photos: list[DecodedPhoto]) -> list[list[Detection]]:
            return [[_box(10, 0.95), _box(60, 0.7)] for _ in photos]

    monkeypatch.setattr(second_look, "how_like_a_face", lambda photo, found: np.zeros(len(found)))
    photo = as_photo(np.zeros((100, 150, 3), np.uint8))
    opened = [("a", photo), ("b", photo)]
    found = find_faces(Finder(), FACE, opened)  # type: ignore[arg-type]
    assert [len(each.crops) for each in found] == [len(each.qualities) for each in found] == [1, 1]
    found = find_faces(Finder(), replace(FACE, detector="mtcnn"), opened)  # type: ignore[arg-type]
    assert [len(each.crops) for each in found] == [2, 2]


def test_faces_at_the_edge_of_a_photo_that_was_opened_reduced() -> None:
    photo = orl_photo(3, 1)
    reduced = DecodedPhoto(photo.pixels, photo.width * 2, photo.height * 2, "JPEG")
    (whole,) = create_detector(FACE).detect([photo])[0]
    left, top, width, height = whole.box
    doubled = Detection((2 * left, 2 * top, 2 * width, 2 * height), MARKS, 0.7)
    np.testing.assert_allclose(how_like_a_face(reduced, [doubled]), how_like_a_face(photo, [whole]), atol=1e-3)


def test_faces_are_numbered_from_left_to_right_whatever_the_detector_is_surest_of() -> None:
    class Finder:
        def detect(self, photos: list[DecodedPhoto]) -> list[list[Detection]]:
            return [[_box(60, 0.99), _box(110, 0.95), _box(10, 0.91)] for _ in photos]

    pixels = np.random.default_rng(0).integers(0, 255, (100, 160, 3), np.uint8)
    (found,) = find_faces(Finder(), FACE, [("a", as_photo(pixels))])  # type: ignore[arg-type]
    assert [each.detection.box[0] for each in found.crops] == [10, 60, 110]
    sharp = [each.sharpness for each in found.qualities]
    alone = [find_faces(_Alone(each.detection), FACE, [("a", as_photo(pixels))])[0] for each in found.crops]  # type: ignore[arg-type]
    assert sharp == [each.qualities[0].sharpness for each in alone]


class _Alone:
    def __init__(self, face: Detection) -> None:
        self.face = face

    def detect(self, photos: list[DecodedPhoto]) -> list[list[Detection]]:
        return [[self.face] for _ in photos]
