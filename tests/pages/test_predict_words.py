"""What the Predict page says about single faces, and which faces of two runs are the same; no page is drawn for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.detection import Detection
from core.openset import Thresholds
from core.quality import Quality
from core.recognizer import FacePrediction
from ui.predict.compare import disagree, matched
from ui.predict.faces import Answered, ShownFace, in_short
from ui.predict.picture import picked_number
from ui.predict.wording import label, runner_up, sentence, share, title, warning

LINE = "a line that lets 1 in 100 strangers through"
BY_PROBABILITY = Thresholds(0.9, 0.5, "")
BY_SIMILARITY = Thresholds(0.45, 0.3, "", score="similarity")
GOOD = Quality(1, "face", 120.0, 0.5, 0.5, 0.0, 0.2, 0.1, 0.0, 0.0, 0.0)


def _face(decision: str = "known", left: float = 0, **more: object) -> FacePrediction:
    box = Detection((left, 10.0, 100.0, 120.0), np.zeros((5, 2), np.float32), 0.9)
    values = {
        "detection": box,
        "person": None if decision == "unknown" else "Ann",
        "decision": decision,
        "probability": 0.62,
        "score": 0.4,
        "route": "trained",
        "top": (("Ann", 0.62), ("Bo", 0.12)),
        "crop": np.zeros((8, 8, 3), np.uint8),
        "quality": GOOD,
    }
    return FacePrediction(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decision", "lines", "said"),
    [
        ("unknown", BY_PROBABILITY, f"Looks most like Ann, 62%, but too uncertain for {LINE}: unknown."),
        ("unknown", BY_SIMILARITY, f"Looks most like Ann, 62%, but too unlike anybody for {LINE}: unknown."),
        ("unsure", BY_PROBABILITY, f"Looks most like Ann, 62%, but not sure enough for {LINE}: unsure."),
        ("unsure", BY_SIMILARITY, f"Looks most like Ann, 62%, but not similar enough for {LINE}: unsure."),
        ("known", BY_PROBABILITY, f"62% sure, and sure enough for {LINE}."),
        ("known", BY_SIMILARITY, f"62% sure, and similar enough for {LINE}."),
        ("known", None, f"62% sure, and sure enough for {LINE}."),
    ],
)
def test_the_line_is_told_in_words(decision: str, lines: Thresholds | None, said: str) -> None:
    assert sentence(_face(decision), lines, LINE) == said


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, "over 99%"), (0.994, "99%"), (0.5, "50%"), (0.01, "1%"), (0.0099, "under 1%"), (0.0, "under 1%")]
)
def test_nothing_is_quite_sure(value: float, said: str) -> None:
    assert share(value) == said


def test_names_are_shown_letter_for_letter() -> None:
    face = _face(person="*A* [b]", top=(("*A* [b]", 0.6), ("B_o", 0.1)))
    assert title(face) == ":green[:material/check_circle:] **\\*A\\* \\[b\\]**"
    assert runner_up(face) == "Runner-up: B\\_o, 10%."
    assert label(face, 3) == "3 *A* [b]"  # not Markdown: the browser's own text
    assert label(_face("unsure"), 4) == "4 Ann?"
    assert runner_up(_face(top=(("Ann", 1.0),))) == ""


def test_what_makes_an_answer_doubtful_comes_first() -> None:
    assert warning(_face()) == ""
    assert warning(_face(quality=None)) == ""
    poor = replace(GOOD, sharpness=0.1, brightness=0.1, face_size=24.0)
    assert warning(_face(quality=poor)).endswith(
        "The face is smaller than 40 pixels, the face is blurred and the face is dark: take the answer with care."
    )


def test_faces_of_two_runs_are_the_same_where_their_boxes_share_most() -> None:
    first = [_face(left=0), _face(left=300)]
    second = [_face("unknown", left=310), _face(left=20), _face(left=40), _face(left=700)]
    pairs = matched(first, second)
    assert [(one and one.detection.box[0], other and other.detection.box[0]) for one, other in pairs] == [
        (0, 20), (300, 310), (None, 40), (None, 700),
    ]  # fmt: skip
    assert [disagree(*each) for each in pairs] == [False, True, True, True]
    assert not disagree(_face("known"), _face("unsure"))


def test_who_is_in_a_photo_in_short() -> None:
    faces = [_face(), _face(), _face("unsure"), _face("unknown")]
    shown = Answered(10, 10, tuple(ShownFace(number, face) for number, face in enumerate(faces, start=1)))
    assert in_short(shown) == "Ann (2), Ann?, 1 unknown"
    crowd = tuple(ShownFace(number, _face(person=f"P{number}")) for number in range(1, 15))
    assert in_short(Answered(10, 10, crowd)).endswith("P12, 2 more people")


@pytest.mark.parametrize(
    ("said", "number"), [({"number": 3}, 3), ({"number": "3"}, 0), ({}, 0), (None, 0), ("3", 0), ({"number": None}, 0)]
)
def test_nonsense_from_the_browser_picks_no_face(said: object, number: int) -> None:
    assert picked_number(said) == number
