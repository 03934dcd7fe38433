"""Names by hand-worked vectors: two trained people, one who was enrolled since, and strangers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.models.logits import Answers
from core.openset import Gallery, Thresholds
from core.recognizer.enrolled import Enrolled, nobody
from core.recognizer.naming import Knowledge, name_faces

LINES = Thresholds(0.8, 0.6, "by hand", score="similarity")


def _vectors(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


GALLERY = Gallery(_vectors((1, 0, 0), (0, 1, 0)), np.array([0, 1]), 2)
KNOWLEDGE = Knowledge(("Ann", "Bo"), LINES, GALLERY, None, scale=10.0)
WITH_ZOE = replace(KNOWLEDGE, enrolled=nobody().with_photos("Zoe", [("a", _vectors((0, 0, 1)))]))


def _asked(vector: tuple[float, float, float], logits: tuple[float, float] = (2, 0)) -> Answers:
    return Answers(np.array([logits], np.float32), _vectors(vector))


def test_a_face_nearer_to_the_enrolled_person_gets_their_name_and_route() -> None:
    (found,) = name_faces(_asked((0.1, 0, 0.9)), WITH_ZOE)
    assert (found.person, found.decision, found.route) == ("Zoe", "known", "enrolled")
    assert found.score == pytest.approx(0.9)
    # The best logit is 2, Zoe's 2 + 10 * (0.9 - 0.1) = 10: her share is e^10 / (e^10 + e^2 + e^0).
    assert found.probability == pytest.approx(np.exp(10) / (np.exp(10) + np.exp(2) + 1))


def test_a_stranger_stays_unknown_with_and_without_enrolled_people() -> None:
    for knowledge in (KNOWLEDGE, WITH_ZOE):
        (found,) = name_faces(_asked((0.3, 0.2, 0.5)), knowledge)
        assert (found.person, found.decision) == (None, "unknown")


def test_between_the_lines_the_enrolled_name_is_unsure() -> None:
    (found,) = name_faces(_asked((0.2, 0, 0.7)), WITH_ZOE)
    assert (found.person, found.decision, found.route) == ("Zoe", "unsure", "enrolled")


@pytest.mark.parametrize("logits", [(2, 0), (0.1, 0)])
def test_an_enrolled_person_changes_no_answer_for_faces_that_are_not_nearer_to_them(logits: tuple[float, float]) -> None:
    # A face as near to Zoe as to Ann: with flat logits, a share between "the trained" and Zoe would give it to Zoe.
    for vector in ((0.7, 0, 0.7), (0.9, 0.1, 0.2), (0.5, 0.6, 0.55)):
        (before,), (after,) = (name_faces(_asked(vector, logits), each) for each in (KNOWLEDGE, WITH_ZOE))
        assert (after.person, after.decision, after.score, after.route) == (
            before.person,
            before.decision,
            before.score,
            before.route,
        )
        shares = dict(after.top)
        assert shares["Ann"] / shares["Bo"] == pytest.approx(np.exp(logits[0] - logits[1]), rel=1e-4)
        assert after.probability <= before.probability


def test_the_nearest_counts_not_the_one_whom_the_head_prefers() -> None:
    # The head says Ann, the face is nearer to Bo than to Zoe: Zoe must not win because Ann is far.
    (found,) = name_faces(_asked((0.1, 0.8, 0.5), (0.5, 0)), WITH_ZOE)
    assert found.top[0][0] == "Ann"


def test_who_is_less_alike_than_the_runner_up_stands_behind_them() -> None:
    # Bo is 0.4 alike, Zoe 0.2, Cy -0.2: Zoe's logit lies between theirs, not 7 below Ann's as by the similarity alone.
    gallery = Gallery(_vectors((1, 0, 0), (0, 1, 0), (0, 0, -1)), np.array([0, 1, 2]), 3)
    knowledge = replace(WITH_ZOE, people=("Ann", "Bo", "Cy"), gallery=gallery)
    (found,) = name_faces(Answers(np.array([[8, -6, -9]], np.float32), _vectors((0.9, 0.4, 0.2))), knowledge)
    assert [person for person, _ in found.top] == ["Ann", "Bo", "Zoe", "Cy"]
    shares = dict(found.top)
    assert np.log(shares["Zoe"] / shares["Cy"]) == pytest.approx(2, abs=1e-4)  # two thirds of the way from -9 to -6


def test_probabilities_add_up_to_one_for_any_number_of_enrolled_people() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    enrolled = nobody()
    for number in range(3):
        enrolled = enrolled.with_photos(f"E{number}", [(str(number), vectors[number : number + 1])])
    knowledge = replace(KNOWLEDGE, enrolled=enrolled, scale=500.0)
    for found in name_faces(Answers(rng.normal(size=(50, 2)).astype(np.float32) * 9, vectors), knowledge):
        assert sum(share for _, share in found.top) == pytest.approx(1, abs=1e-5)  # five people, all of them in the top
        assert len(found.top) == 5


def test_with_lines_of_probability_an_enrolled_name_needs_more_than_being_the_nearest() -> None:
    # Faces of Ann and Bo are at most 0.6 alike, so 0.5 to Zoe is what any stranger may have.
    gallery = Gallery(_vectors((1, 0, 0), (0.6, 0.8, 0)), np.array([0, 1]), 2)
    lines = Thresholds(0.7, 0.4, "by hand")
    knowledge = replace(WITH_ZOE, gallery=gallery, thresholds=lines)
    assert knowledge.stranger_line == pytest.approx(0.6, abs=1e-6)
    (stranger,) = name_faces(_asked((0, 0, 0.5), (-0.1, 0)), knowledge)
    assert (stranger.top[0][0], stranger.decision, stranger.route) == ("Bo", "unsure", "trained")
    assert stranger.score == pytest.approx(1 / (1 + np.exp(-0.1)))  # as without Zoe
    (zoe,) = name_faces(_asked((0, 0, 0.9)), knowledge)
    assert (zoe.person, zoe.decision, zoe.route) == ("Zoe", "known", "enrolled")


def test_a_network_without_an_embedding_answers_as_ever() -> None:
    knowledge = Knowledge(("Ann", "Bo"), Thresholds(0.7, 0.4, "by hand"))
    (found,) = name_faces(Answers(np.array([[2, 0]], np.float32), None), knowledge)
    assert (found.person, found.route, found.decision) == ("Ann", "trained", "known")
    assert found.score == found.probability == pytest.approx(1 / (1 + np.exp(-2)))


def test_enrolled_people_come_and_go_and_others_keep_their_faces() -> None:
    enrolled = nobody().with_photos("Zoe", [("a", _vectors((0, 0, 1), (0, 1, 0)))])
    enrolled = enrolled.with_photos("Yan", [("b", _vectors((1, 0, 0)))]).with_photos("Zoe", [("c", _vectors((0, 1, 0)))])
    assert enrolled.people == ("Zoe", "Yan")
    assert enrolled.photos_of("Zoe") == {"a", "c"}
    left: Enrolled = enrolled.without("Zoe")
    assert (left.people, left.photos, left.gallery.labels.tolist(), left.gallery.people) == (("Yan",), ("b",), [0], 1)
    np.testing.assert_array_equal(left.gallery.vectors, _vectors((1, 0, 0)))
    assert left.without("Yan").people == ()
    assert left.without("Yan").with_photos("Ann", [("d", _vectors((1, 0, 0)))]).gallery.vectors.shape == (1, 3)
