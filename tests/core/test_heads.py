"""Heads: the gradients are those of the loss, the optimum is scikit-learn's, margins and stops do what they say."""

from __future__ import annotations

import numpy as np
import pytest

from core import heads
from core.heads import Head, HeadStep, train_head
from core.settings import EmbeddingSettings, rng_for


def vectors_of(people: int, each: int, dimension: int = 8, spread: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = rng_for(seed, "test")
    centres = rng.normal(size=(people, dimension))
    labels = np.repeat(np.arange(people), each)
    vectors = centres[labels] + spread * rng.normal(size=(people * each, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("head", ["linear", "cosine", "arcface"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_slope_is_the_one_that_differences_show(head: str, weighted: bool) -> None:
    vectors, labels = vectors_of(3, 4)
    settings = EmbeddingSettings(head=head, regularisation=0.3, scale=5.0, head_margin=0.4)
    weights = np.linspace(0.5, 1.5, 12) if weighted else np.ones(12)
    lesson = heads.Lesson(vectors.astype(np.float64), labels, weights, 3)  # exact, so that differences show it
    numbers = rng_for(1, "test").normal(size=heads._start(lesson, settings).shape)
    _, slope = heads._loss_and_slope(numbers, lesson, settings)
    step = 1e-6
    for place in range(0, len(numbers), 3):
        nudge = np.zeros_like(numbers)
        nudge[place] = step
        above, below = (heads._loss_and_slope(numbers + sign * nudge, lesson, settings)[0] for sign in (1, -1))
        assert slope[place] == pytest.approx((above - below) / (2 * step), abs=1e-6)


def test_a_linear_head_is_scikit_learns_logistic_regression() -> None:
    from sklearn.linear_model import LogisticRegression

    vectors, labels = vectors_of(4, 10, spread=0.8)
    # Its C multiplies the sum of the losses: the same as a penalty of 1 / C on the sum.
    ours = train_head(vectors, labels, 4, EmbeddingSettings(regularisation=0.5), steps=500)
    theirs = LogisticRegression(C=2.0, tol=1e-10, max_iter=5000).fit(vectors.astype(np.float64), labels)
    stretched = Head(theirs.coef_.T.astype(np.float32), theirs.intercept_.astype(np.float32)).of_length(27.0)
    found, wanted = ours.logits(vectors), stretched.logits(vectors)
    # What is added to all people alike changes no probability.
    np.testing.assert_allclose(found - found.mean(axis=1, keepdims=True), wanted - wanted.mean(axis=1, keepdims=True), atol=0.1)


def test_weights_are_stretched_to_the_scale() -> None:
    head = Head(np.array([[3.0, 1.0], [0.0, 4.0]], np.float32), np.array([2.0, 0.0], np.float32))
    # What the two share, (2, 2), is taken off: (1, -2) and (-1, 2), both sqrt(5) long.
    stretched = head.of_length(10 * 5**0.5)
    np.testing.assert_allclose(stretched.kernel, head.kernel * 10, rtol=1e-6)
    np.testing.assert_allclose(stretched.bias, [20, 0], rtol=1e-6)
    nothing = Head(np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    assert not nothing.of_length(27.0).kernel.any()


def test_rows_in_parts_give_what_all_rows_at_once_give(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = vectors_of(3, 9)
    whole = train_head(vectors, labels, 3, EmbeddingSettings(regularisation=0.1), steps=100)
    monkeypatch.setattr(heads, "ROWS_AT_ONCE", 4)
    parts = train_head(vectors, labels, 3, EmbeddingSettings(regularisation=0.1), steps=100)
    np.testing.assert_allclose(whole.kernel, parts.kernel, atol=0.05)


def test_weights_count_like_repeated_rows() -> None:
    vectors, labels = vectors_of(2, 3, spread=1.0)
    twice = np.array([2.0, 1, 1, 1, 1, 1])
    repeated = train_head(
        np.concatenate([vectors, vectors[:1]]),
        np.append(labels, labels[0]),
        2,
        EmbeddingSettings(regularisation=0.7),
        steps=500,
    )
    # Seven rows instead of six: the mean loss and the penalty are both shares of that number.
    weighted = train_head(vectors, labels, 2, EmbeddingSettings(regularisation=0.7 * 6 / 7), steps=500, weights=twice * 6 / 7)
    np.testing.assert_allclose(weighted.kernel, repeated.kernel, atol=0.1)


@pytest.mark.parametrize("head", ["cosine", "arcface"])
def test_heads_of_directions_have_weights_of_one_length(head: str) -> None:
    vectors, labels = vectors_of(3, 5)
    found = train_head(vectors, labels, 3, EmbeddingSettings(head=head, scale=12.0), steps=50)
    np.testing.assert_allclose(np.linalg.norm(found.kernel, axis=0), 12, rtol=1e-5)
    assert not found.bias.any()
    assert (found.logits(vectors).argmax(axis=1) == labels).all()


def test_a_margin_is_the_angle_it_says() -> None:
    cosines = np.cos(np.array([0.3, 1.2, 3.0]))
    moved, _ = heads._with_margin(cosines, 0.5)
    assert moved[:2] == pytest.approx(np.cos([0.8, 1.7]))
    assert moved[2] < cosines[2]  # 3.5 would be beyond half a turn, where the cosine rises again


def test_a_person_without_a_face_never_wins() -> None:
    vectors, labels = vectors_of(2, 6)
    for head in ("linear", "cosine", "arcface"):
        found = train_head(vectors, labels, 3, EmbeddingSettings(head=head), steps=100)
        assert found.kernel.shape == (8, 3)
        assert np.isfinite(found.kernel).all()
        assert (found.logits(vectors).argmax(axis=1) != 2).all()


def test_one_photo_each_is_enough_and_identical_photos_do_not_hurt() -> None:
    vectors, labels = vectors_of(3, 1)
    assert (train_head(vectors, labels, 3, EmbeddingSettings(), steps=100).logits(vectors).argmax(axis=1) == labels).all()
    same = np.repeat(vectors, 4, axis=0)
    assert np.isfinite(train_head(same, np.repeat(labels, 4), 3, EmbeddingSettings(), steps=100).kernel).all()


def test_steps_are_told_and_a_stop_keeps_what_was_reached() -> None:
    vectors, labels = vectors_of(4, 6, spread=1.0)
    told: list[HeadStep] = []

    def listen(step: HeadStep) -> bool:
        told.append(step)
        return step.step == 3

    stopped = train_head(vectors, labels, 4, EmbeddingSettings(), steps=50, on_step=listen)
    assert [each.step for each in told] == [1, 2, 3]
    np.testing.assert_array_equal(stopped.kernel, told[-1].head.kernel)
    logits = stopped.logits(vectors).astype(np.float64)
    chances = np.exp(logits)[np.arange(24), labels] / np.exp(logits).sum(axis=1)
    assert told[-1].loss == pytest.approx(-np.log(chances).mean(), rel=1e-4)
    assert told[-1].accuracy == (stopped.logits(vectors).argmax(axis=1) == labels).mean()


def test_the_same_input_gives_the_same_head() -> None:
    vectors, labels = vectors_of(4, 6)
    first, second = (train_head(vectors, labels, 4, EmbeddingSettings(), steps=50) for _ in range(2))
    np.testing.assert_array_equal(first.kernel, second.kernel)


def test_a_temperature_divides_the_logits() -> None:
    head = Head(np.array([[2.0, 4.0]], np.float32), np.array([1.0, 0.0], np.float32))
    np.testing.assert_allclose(head.sharpened(2.0).logits(np.array([[1.0]], np.float32)), [[1.5, 2.0]])
