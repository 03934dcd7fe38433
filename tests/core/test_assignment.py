"""Nobody twice in a photo: small quarrels that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from core.models.logits import Answers, softmax
from core.openset import Gallery, Thresholds
from core.recognizer.assignment import NOBODY, give_once
from core.recognizer.naming import Knowledge, Name, name_faces

LINES = Thresholds(0.7, 0.2, "by hand")
PEOPLE = ("Ann", "Bo", "Cy")


def _logits(*rows: tuple[float, ...]) -> npt.NDArray[np.float32]:
    """Return logits whose softmax is these probabilities."""
    return np.log(np.array(rows, np.float32))


def _once(*rows: tuple[float, ...], lines: Thresholds = LINES) -> list[Name]:
    return name_faces(Answers(_logits(*rows), None), Knowledge(PEOPLE, lines), once=True)


def _told(names: list[Name]) -> list[tuple[str | None, str]]:
    return [(each.person, each.decision) for each in names]


def test_without_a_quarrel_nothing_changes() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        rows = rng.dirichlet([0.3] * 3, 3).astype(np.float32) + 1e-4
        answers = Answers(np.log(rows), None)
        plain = name_faces(answers, Knowledge(PEOPLE, LINES))
        people = [each.person for each in plain if each.person]
        if len(set(people)) == len(people):
            assert name_faces(answers, Knowledge(PEOPLE, LINES), once=True) == plain


def test_the_surer_face_keeps_the_name_and_the_other_gets_its_next() -> None:
    first, second = _once((0.6, 0.3, 0.1), (0.9, 0.05, 0.05))
    assert (second.person, second.decision, second.taken) == ("Ann", "known", None)
    # Bo stands above the line for unknown (0.2), but below that for a sure name.
    assert (first.person, first.decision, first.taken) == ("Bo", "unsure", "Ann")
    assert first.probability == first.score == pytest.approx(0.3)
    assert [name for name, _ in first.top] == ["Bo", "Cy"]  # Ann is spoken for


def test_a_face_that_loses_its_name_is_unknown_where_no_other_stands_above_the_line() -> None:
    first, second = _once((0.8, 0.15, 0.05), (0.9, 0.05, 0.05))
    assert _told([first, second]) == [(None, "unknown"), ("Ann", "known")]
    assert first.taken == "Ann"
    assert first.score < LINES.unknown


def test_the_next_name_can_be_a_sure_one() -> None:
    names = _once((0.55, 0.44, 0.01), (0.98, 0.01, 0.01), lines=Thresholds(0.4, 0.2, "by hand"))
    assert _told(names) == [("Bo", "known"), ("Ann", "known")]


def test_all_of_the_photo_is_weighed_not_face_after_face() -> None:
    # Face after face, the first would take Ann, and the second, whose Cy is surer to be the third, would be left with nobody.
    names = _once((0.50, 0.49, 0.01), (0.48, 0.02, 0.50), (0.02, 0.01, 0.97))
    assert [each.person for each in names] == ["Bo", "Ann", "Cy"]


def test_a_good_name_is_not_given_up_for_two_poor_ones() -> None:
    # Moving the first face to Bo (0.21) would leave Ann to the second (0.25): log(0.21 * 0.25 / 0.2**2) < log(0.78 / 0.2).
    names = _once((0.78, 0.21, 0.01), (0.25, 0.0001, 0.7499), (0.0001, 0.0001, 0.9998))
    assert _told(names) == [("Ann", "known"), (None, "unknown"), ("Cy", "known")]


def test_more_faces_than_people() -> None:
    names = _once(*[(0.9 - 0.01 * face, 0.05 + 0.01 * face, 0.05) for face in range(5)])
    assert _told(names) == [("Ann", "known"), *[(None, "unknown")] * 4]
    everybody = name_faces(
        Answers(np.zeros((3, 1), np.float32), None), Knowledge(("Ann",), replace(LINES, known=0.5)), once=True
    )
    assert [each.person for each in everybody].count("Ann") == 1
    lost = [each for each in everybody if each.person is None]
    assert [(each.decision, each.taken, each.top) for each in lost] == [("unknown", "Ann", (("Ann", 1.0),))] * 2


def test_a_face_that_is_unknown_alone_is_never_drawn_in() -> None:
    (only,) = _once((0.19, 0.18, 0.63), lines=Thresholds(0.9, 0.7, "by hand"))
    assert (only.person, only.taken, only.top[0][0]) == (None, None, "Cy")
    unknown, sure = _once((0.2, 0.2, 0.6), (0.1, 0.1, 0.8), lines=Thresholds(0.9, 0.7, "by hand"))
    assert (unknown.person, unknown.taken, unknown.top[0][0]) == (None, None, "Cy")
    assert sure.person == "Cy"


def test_by_similarity_the_more_similar_face_wins() -> None:
    vectors = np.array([[0.9, 0.1, 0.42], [0.99, 0.1, 0.1], [0.1, 0.1, 0.99]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery = Gallery(np.eye(3, dtype=np.float32), np.arange(3), 3)
    lines = Thresholds(0.6, 0.4, "by hand", score="similarity")
    knowledge = Knowledge(PEOPLE, lines, gallery, None, scale=10.0)
    answers = Answers(10 * gallery.similarities(vectors), vectors)
    assert [each.person for each in name_faces(answers, knowledge)] == ["Ann", "Ann", "Cy"]
    lost, *others = name_faces(answers, knowledge, once=True)
    assert [each.person for each in others] == ["Ann", "Cy"]
    assert (lost.person, lost.taken) == (None, "Ann")  # Cy, its next above the line, is there himself
    # Without him it gets that name, unsure: 0.42 of a length of 1.
    lost, _ = name_faces(Answers(answers.logits[:2], vectors[:2]), knowledge, once=True)
    assert (lost.person, lost.decision, lost.score) == ("Cy", "unsure", pytest.approx(0.42, abs=0.01))


def test_nobody_is_ever_given_twice_and_no_way_is_better() -> None:
    """All ways of giving out names, tried one by one."""
    rng = np.random.default_rng(1)
    for _ in range(30):
        rows = softmax(rng.normal(size=(3, 3)).astype(np.float32) * 2)
        given = give_once(rows, rows, 0.2)
        named = given[given != NOBODY]
        assert len(set(named.tolist())) == len(named)
        assert _worth(rows, given.tolist()) == pytest.approx(max(_worth(rows, way) for way in _ways()), abs=1e-4)


def _ways() -> list[list[int]]:
    ways = [[a, b, c] for a in range(-1, 3) for b in range(-1, 3) for c in range(-1, 3)]
    return [way for way in ways if len({each for each in way if each >= 0}) == sum(each >= 0 for each in way)]


def _worth(rows: npt.NDArray[np.float32], way: list[int]) -> float:
    """Return the sum of log(probability / 0.2) of the names that the line allows; minus infinity where one is not allowed."""
    total = 0.0
    for row, person in zip(rows.tolist(), way, strict=True):
        if person >= 0:
            if row[person] < 0.2:
                return -np.inf
            total += float(np.log(row[person] / 0.2))
    return total


@pytest.mark.parametrize("people", [1, 500])
def test_no_face_and_many_people(people: int) -> None:
    rows = np.full((0, people), 1 / people, np.float32)
    assert give_once(rows, rows, 0.5).tolist() == []
    rows = np.full((4, people), 1 / people, np.float32)
    assert give_once(rows, rows, 2.0).tolist() == [NOBODY] * 4
