"""Calibration: temperatures that undo a known scaling, and errors worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.calibration import FEWEST_FACES, Reliability, Temperature, fit_temperature, reliability
from core.settings import rng_for


def honest_logits(faces: int, people: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits whose probabilities are true: the labels are drawn from them."""
    rng = rng_for(seed, "test")
    logits = rng.normal(scale=2.0, size=(faces, people)).astype(np.float32)
    powers = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return logits, np.array([rng.choice(people, p=row / row.sum()) for row in powers.astype(np.float64)])


@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
def test_a_known_scaling_is_undone(factor: float) -> None:
    logits, labels = honest_logits(4000)
    found = fit_temperature(logits * np.float32(factor), labels)
    assert found.value == pytest.approx(factor, rel=0.1)
    assert found.faces == 4000


def test_what_is_right_by_and_large_is_left_alone() -> None:
    logits, labels = honest_logits(400)
    found = fit_temperature(logits, labels)
    assert found.value == 1.0
    assert "no clear reason" in found.source
    assert fit_temperature(logits * 3, labels).value > 2


def test_few_faces_leave_the_logits_alone_and_say_so() -> None:
    logits, labels = honest_logits(FEWEST_FACES - 1)
    found = fit_temperature(logits * 9, labels)
    assert (found.value, found.faces) == (1.0, 0)
    assert "29 validation faces, 30 are needed" in found.source
    assert fit_temperature(np.zeros((0, 5), np.float32), np.zeros(0, int)).value == 1.0


def test_a_few_perfect_faces_do_not_call_for_certainty() -> None:
    logits = np.eye(30, dtype=np.float32) * 4
    found = fit_temperature(logits, np.arange(30))
    assert 0.2 < found.value <= 1.0  # without the prior it would fall to the lowest there is


def test_the_temperature_never_makes_the_validation_faces_more_surprising() -> None:
    for seed in range(5):
        logits, labels = honest_logits(40, seed=seed)
        found = fit_temperature(logits, labels)
        before, after = (reliability(logits, labels, each) for each in (1.0, found.value))
        assert before is not None
        assert after is not None
        assert after.log_loss <= before.log_loss + 1e-9


def test_the_error_by_hand() -> None:
    # Two people; how sure: 0.5, 0.6, 0.8, 0.9. Right: no, yes, yes, yes. Two groups of two:
    # |0.55 - 0.5| and |0.85 - 1|, each with half of the faces: 0.1.
    sure = np.array([0.5, 0.6, 0.8, 0.9])
    logits = np.stack([np.log(sure), np.log(1 - sure)], axis=1).astype(np.float32)
    found = reliability(logits, np.array([1, 0, 0, 0]), bins=2)
    assert found is not None
    assert found.error == pytest.approx(0.1)
    assert [row[2] for row in found.bins] == [2, 2]
    assert found.bins[0][:2] == pytest.approx((0.55, 0.5))
    assert found.log_loss == pytest.approx(-np.mean(np.log([0.5, 0.6, 0.8, 0.9])))


def test_a_temperature_changes_how_sure_not_who() -> None:
    logits = np.array([[math.log(9), 0.0]], np.float32)
    sharp, soft = (reliability(logits, np.array([0]), each) for each in (1.0, 2.0))
    assert sharp is not None
    assert soft is not None
    assert sharp.bins[0][:2] == pytest.approx((0.9, 1.0))
    assert soft.bins[0][:2] == pytest.approx((0.75, 1.0))  # 3 : 1


def test_no_faces_no_figures() -> None:
    assert reliability(np.zeros((0, 3), np.float32), np.zeros(0, int)) is None


def test_json_comes_back() -> None:
    logits, labels = honest_logits(50)
    found = reliability(logits, labels)
    assert found is not None
    assert Reliability.from_json(found.to_json()) == found
    temperature = Temperature(1.5, 40, "Adjusted.")
    assert Temperature.from_json(temperature.to_json()) == temperature
