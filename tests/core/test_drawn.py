"""Faces that a person has drawn: named along the same path as those that a detector finds."""

from __future__ import annotations

import numpy as np
import pytest

from core.recognizer import Recognizer, load_recognizer
from core.recognizer.drawn import look_at_drawn, together
from tests.core.conftest import TrainedRun
from tests.core.photos import as_png, pasted

PHOTO = as_png(pasted((700, 360), [(1, 40, 20, 200), (2, 400, 40, 200)]))


@pytest.fixture(scope="module")
def recognizer(trained_run: TrainedRun) -> Recognizer:
    return load_recognizer(trained_run.directory)


def test_a_drawn_face_gets_the_answer_of_the_same_face_found(recognizer: Recognizer) -> None:
    seen = recognizer.look(PHOTO, "two.png")
    boxes = [crop.detection for crop in seen.crops]
    drawn = look_at_drawn(recognizer, PHOTO, "two.png", boxes[1:])
    assert (drawn.width, drawn.height, drawn.error) == (700, 360, None)
    assert np.allclose(drawn.answers.logits, seen.answers.logits[1:], atol=1e-4)
    assert [crop.detection for crop in drawn.crops] == boxes[1:]


def test_found_and_drawn_faces_are_one_photo(recognizer: Recognizer) -> None:
    seen = recognizer.look(PHOTO, "two.png")
    drawn = look_at_drawn(recognizer, PHOTO, "two.png", [seen.crops[0].detection])
    both = together(seen, drawn)
    assert len(both.crops) == len(both.qualities) == len(both.answers.logits) == 3
    faces = recognizer.name(both).faces
    assert [face.person for face in faces[:2]] == [face.person for face in recognizer.name(seen).faces]
    assert faces[2].top[0][0] == faces[0].top[0][0]


def test_a_photo_that_cannot_be_read_has_no_drawn_face(recognizer: Recognizer) -> None:
    box = recognizer.look(PHOTO, "two.png").crops[0].detection
    seen = look_at_drawn(recognizer, b"no photo", "bad.jpg", [box])
    assert seen.error is not None and seen.crops == ()
