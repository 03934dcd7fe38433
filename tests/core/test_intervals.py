"""Intervals against published values, exact coverage and hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest

from core.calibration import error_interval, reliability
from core.evaluation.intervals import Interval, mean_interval, percentiles, person_intervals, resamples, wilson


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_published_intervals(hits: int, count: int, low: float, high: float) -> None:
    """Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3."""
    found = wilson(hits, count)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_wilson_reaches_the_ends_and_needs_something_to_count() -> None:
    all_right, none = wilson(20, 20), wilson(0, 0)
    assert all_right is not None
    assert none is None
    assert (round(all_right.low, 4), all_right.high) == (0.8389, 1.0)


def test_draws_are_seeded_and_complete_whatever_the_number_of_photos() -> None:
    for count in (3, 700_000):
        first, again = (np.concatenate(list(resamples(count, 7, times=5))) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert first.shape == (5, count)
        assert 0 <= first.min() <= first.max() < count
    assert not np.array_equal(next(resamples(50, 1)), next(resamples(50, 2)))


def test_percentiles_hold_the_middle() -> None:
    found = percentiles(np.arange(1001) / 1000)
    assert found is not None
    assert (found.low, found.high, found.method) == (pytest.approx(0.025), pytest.approx(0.975), "bootstrap")
    assert percentiles(np.zeros(0)) is None


def test_an_interval_is_stretched_to_the_measured_value() -> None:
    assert Interval(0.2, 0.4, "bootstrap").around(0.5) == Interval(0.2, 0.5, "bootstrap")


def test_balanced_accuracy_and_macro_f1_agree_with_drawing_one_by_one() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    named = np.array([0, 0, 1, 3, 1, 1, 0, 2, 2, 0])  # 3: nobody
    balanced, macro = [], []
    for row in np.concatenate(list(resamples(10))):
        true, given = labels[row], named[row]
        recalls, f1 = [], []
        for person in set(true.tolist()):
            hits = int(((true == person) & (given == person)).sum())
            recalls.append(hits / int((true == person).sum()))
            f1.append(2 * hits / int((true == person).sum() + (given == person).sum()))
        balanced.append(np.mean(recalls))
        macro.append(np.mean(f1))
    found = person_intervals(labels, named, 3)
    for interval, values in zip(found, (balanced, macro), strict=True):
        assert interval is not None
        np.testing.assert_allclose((interval.low, interval.high), np.quantile(values, [0.025, 0.975]), atol=1e-12)


def test_without_a_single_mistake_the_bootstrap_gives_way_to_wilson() -> None:
    labels = np.repeat([0, 1], 10)
    assert person_intervals(labels, labels, 2) == (wilson(20, 20), wilson(20, 20))
    assert person_intervals(labels, 1 - labels, 2) == (wilson(0, 20), wilson(0, 20))


def test_the_interval_of_a_mean_agrees_with_theory() -> None:
    values = np.random.default_rng(0).normal(3, 2, 2000)
    found = mean_interval(values)
    assert found is not None
    half = 1.96 * values.std() / 2000**0.5
    assert found.low == pytest.approx(values.mean() - half, abs=half / 6)
    assert found.high == pytest.approx(values.mean() + half, abs=half / 6)
    assert mean_interval(np.zeros(0)) is None


def test_the_interval_of_the_calibration_error_holds_the_truth() -> None:
    """Two people; named with 90%, right in 70%: the true error is 0.2. And with 70% in 70%: it is 0."""
    rng = np.random.default_rng(3)
    held = {0.9: 0, 0.7: 0}
    for _ in range(40):
        for sure in held:
            logits = np.tile(np.array([[np.log(sure), np.log(1 - sure)]], np.float32), (300, 1))
            labels = (rng.random(300) > 0.7).astype(int)
            found, measured = error_interval(logits, labels), reliability(logits, labels)
            assert found is not None
            assert measured is not None
            assert found.low <= measured.error <= found.high
            held[sure] += found.low <= sure - 0.7 + 1e-9 <= found.high + 1e-9
    assert held[0.9] >= 34  # 38 of 40 are expected
    assert held[0.7] >= 30
    assert error_interval(np.zeros((0, 2), np.float32), np.zeros(0, int)) is None
