"""Metrics by hand and against scikit-learn."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from core.evaluation import EvaluationReport, confusion_matrix, evaluate, ranks, score_faces
from core.models import build
from core.settings import ModelSettings

NAMES = ("Ann", "Bea", "Cem", "Dan")
# Seven faces of Ann (4), Bea (2) and Cem (1); Dan is shown in no photo but named once. Two photos without a face: Ann, Bea.
PROBABILITIES = np.array(
    [
        [0.7, 0.1, 0.1, 0.1],  # Ann, right
        [0.6, 0.2, 0.1, 0.1],  # Ann, right
        [0.2, 0.5, 0.2, 0.1],  # Ann, named Bea
        [0.1, 0.2, 0.3, 0.4],  # Ann, named Dan; Ann comes last
        [0.1, 0.8, 0.1, 0.0],  # Bea, right
        [0.4, 0.3, 0.2, 0.1],  # Bea, named Ann
        [0.0, 0.1, 0.9, 0.0],  # Cem, right
    ],
    np.float32,
)
LABELS = np.array([0, 0, 0, 0, 1, 1, 2])
NO_FACE = np.array([0, 1])


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return evaluate(PROBABILITIES, LABELS, NO_FACE, NAMES, set_aside=3)


def test_counts_by_hand(report: EvaluationReport) -> None:
    assert (report.photos, report.no_face, report.set_aside) == (9, 2, 3)
    assert report.confusion.tolist() == [[2, 1, 0, 1, 1], [1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]
    assert report.confusion.dtype == np.int64


def test_figures_by_hand(report: EvaluationReport) -> None:
    assert report.accuracy == pytest.approx(4 / 9, abs=1e-12)
    assert report.balanced_accuracy == pytest.approx((2 / 5 + 1 / 3 + 1) / 3, abs=1e-12)
    f1 = {"Ann": 2 * 2 / (5 + 3), "Bea": 2 * 1 / (3 + 2), "Cem": 1.0}
    assert report.macro_f1 == pytest.approx(sum(f1.values()) / 3, abs=1e-12)
    assert report.top3 == pytest.approx(6 / 9, abs=1e-12)
    own = np.array([0.7, 0.6, 0.2, 0.1, 0.8, 0.3, 0.9])
    assert report.log_loss == pytest.approx(-np.log(own).mean(), abs=1e-6)
    assert report.chance == 0.25
    assert report.majority == pytest.approx(5 / 9, abs=1e-12)
    assert [(each.person, each.support) for each in report.per_person] == [("Ann", 5), ("Bea", 3), ("Cem", 1), ("Dan", 0)]
    assert [each.precision for each in report.per_person] == pytest.approx([2 / 3, 1 / 2, 1, 0], abs=1e-12)
    assert [each.recall for each in report.per_person] == pytest.approx([2 / 5, 1 / 3, 1, 0], abs=1e-12)
    assert [each.f1 for each in report.per_person] == pytest.approx([*f1.values(), 0], abs=1e-12)


def random_case(seed: int, classes: int, faces: int, without: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(classes, 0.3), faces)
    labels = rng.integers(0, max(classes - 1, 1), faces)  # the last person is shown in no photo
    helped = rng.random(faces) < 0.5
    probabilities[helped, labels[helped]] += 1
    return probabilities / probabilities.sum(axis=1, keepdims=True), labels, rng.integers(0, max(classes - 1, 1), without)


@pytest.mark.parametrize(("classes", "faces", "without"), [(2, 20, 0), (5, 60, 7), (40, 300, 20), (105, 900, 3)])
def test_all_figures_agree_with_scikit_learn(classes: int, faces: int, without: int) -> None:
    from sklearn import metrics

    probabilities, labels, no_face = random_case(1, classes, faces, without)
    names = [f"person {number}" for number in range(classes)]
    report = evaluate(probabilities, labels, no_face, names)
    true = np.concatenate([labels, no_face])
    named = np.concatenate([probabilities.argmax(axis=1), np.full(without, classes)])  # one more class: nobody
    people = sorted(set(true.tolist()))
    everyone = list(range(classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "y_pred contains classes not in y_true"
        balanced = metrics.balanced_accuracy_score(true, named)
    assert report.accuracy == pytest.approx(metrics.accuracy_score(true, named), abs=1e-12)
    assert report.balanced_accuracy == pytest.approx(balanced, abs=1e-12)
    assert report.macro_f1 == pytest.approx(metrics.f1_score(true, named, labels=people, average="macro"), abs=1e-12)
    assert report.log_loss == pytest.approx(metrics.log_loss(labels, probabilities, labels=everyone), abs=1e-12)
    sure = probabilities if classes > 2 else probabilities[:, 1]
    found = metrics.top_k_accuracy_score(labels, sure, k=3, labels=everyone, normalize=False) if classes > 3 else faces
    assert report.top3 == pytest.approx(found / (faces + without), abs=1e-12)
    expected = metrics.confusion_matrix(true, named, labels=[*everyone, classes])[:-1]
    np.testing.assert_array_equal(report.confusion, expected)
    per_person = metrics.precision_recall_fscore_support(true, named, labels=everyone, zero_division=0)
    got = [[each.precision, each.recall, each.f1, each.support] for each in report.per_person]
    np.testing.assert_allclose(got, np.stack(per_person, axis=1), atol=1e-12)


def test_people_whom_nobody_shows_have_no_share_in_the_means() -> None:
    certain = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    report = evaluate(certain, np.array([0, 0, 1]), np.array([], int), NAMES[:3])
    assert (report.accuracy, report.balanced_accuracy, report.macro_f1) == (1, 1, 1)


def test_ties_go_to_the_first_person_in_ranks_as_in_the_named_person() -> None:
    even = np.full((4, 4), 0.25, np.float32)
    labels = np.arange(4)
    assert ranks(even, labels).tolist() == [0, 1, 2, 3]
    assert confusion_matrix(even, labels, np.array([], int))[:, 0].tolist() == [1, 1, 1, 1]


def test_only_photos_without_a_face() -> None:
    report = evaluate(np.empty((0, 4), np.float32), np.array([], int), np.array([0, 0, 2]), NAMES)
    assert (report.photos, report.no_face, report.accuracy, report.macro_f1, report.top3) == (3, 3, 0, 0, 0)
    assert report.log_loss is None
    assert report.majority == pytest.approx(2 / 3)


def test_a_probability_of_zero_is_costly_but_finite() -> None:
    report = evaluate(np.array([[0, 1]], np.float32), np.array([0]), np.array([], int), NAMES[:2])
    assert report.log_loss == pytest.approx(-np.log(np.finfo(float).eps))


def test_wrong_shapes_and_nothing_to_judge_are_named() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        evaluate(PROBABILITIES, LABELS[:-1], NO_FACE, NAMES)
    with pytest.raises(ValueError, match="do not fit"):
        evaluate(PROBABILITIES, LABELS, NO_FACE, NAMES[:3])
    with pytest.raises(ValueError, match="no photos"):
        evaluate(np.empty((0, 4), np.float32), np.array([], int), np.array([], int), NAMES)


def test_json_round_trip(report: EvaluationReport) -> None:
    again = EvaluationReport.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False)))
    assert again.to_json() == report.to_json()
    np.testing.assert_array_equal(again.confusion, report.confusion)
    assert again.per_person == report.per_person


def test_scores_are_the_networks_logits_and_their_softmax() -> None:
    network = build(ModelSettings(architecture="dense", units=(8,)), 8, 3, seed=1)
    faces = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    scores = score_faces(network, faces, batch=2)
    np.testing.assert_allclose(scores.logits, network(faces, training=False), atol=1e-6)
    np.testing.assert_allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(
        np.log(scores.probabilities[:, 0] / scores.probabilities[:, 1]), scores.logits[:, 0] - scores.logits[:, 1], atol=1e-4
    )
    some = score_faces(network, faces, np.array([4, 1]))
    np.testing.assert_allclose(some.logits, scores.logits[[4, 1]], atol=1e-6)
