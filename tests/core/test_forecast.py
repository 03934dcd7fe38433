"""The power law of learning curves, and what it forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import norm

from core.evaluation import forecast as forecasting
from core.evaluation.forecast import Draw, fit_line, fit_power_law, forecast
from core.evaluation.intervals import wilson

COUNTS = np.array([10.0, 20.0, 30.0, 40.0])


def test_a_power_law_is_found_again() -> None:
    errors = np.stack([0.02 + 0.3 * COUNTS**-0.5, 1.5 * COUNTS**-1.0, np.full(4, 0.1), np.zeros(4)])
    floor, height, exponent = fit_power_law(COUNTS, errors)
    np.testing.assert_allclose(floor, [0.02, 0, 0.1, 0], atol=1e-12)
    np.testing.assert_allclose(height[:2], [0.3, 1.5], atol=1e-10)
    np.testing.assert_allclose(exponent[:2], [0.5, 1.0])
    np.testing.assert_allclose(height[2:], 0, atol=1e-12)


def test_floor_and_height_are_never_negative() -> None:
    steps = COUNTS**-0.5
    rising, steep = np.array([0.1, 0.2, 0.2, 0.3]), np.array([0.4, 0.1, 0.0, 0.0])
    floor, height, loss = fit_line(steps, np.stack([rising, steep]))
    assert (floor[0], height[0]) == (pytest.approx(0.2), 0)  # rising errors: their mean
    assert floor[1] == 0
    assert height[1] == pytest.approx((steps * steep).sum() / (steps**2).sum())
    assert loss[0] == pytest.approx(((rising - 0.2) ** 2).sum())


def _draws(rng: np.random.Generator, errors: npt.NDArray[Any], photos: int, people: int) -> list[Draw]:
    """Return five draws; a photo that is hard stays so with more training photos."""
    draws = []
    for _ in range(5):
        hard = np.sqrt(0.8) * rng.normal(size=photos) + np.sqrt(0.2) * rng.normal(size=(len(errors), photos))
        draws.append(Draw(hard > norm.ppf(errors)[:, None], np.arange(photos) % people))
    return draws


def test_the_truth_lies_in_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "RESAMPLES", 60)
    rng, inside = np.random.default_rng(0), 0
    truth = 1 - (0.03 + 0.5 * 80**-0.5)
    for _ in range(20):
        found = forecast(COUNTS.tolist(), _draws(rng, 0.03 + 0.5 * COUNTS**-0.5, 60, 6), 6, [80.0])
        inside += found.intervals[0].low <= truth <= found.intervals[0].high
        assert found.intervals[0].high - found.intervals[0].low < 0.3
    assert inside >= 17


def test_each_person_has_a_forecast_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "RESAMPLES", 100)
    labels = np.repeat([0, 1], 40)
    shares = [0.5, 0.65, 0.75, 0.8]  # of the second person; the first is always named right
    right = np.stack([np.r_[np.ones(40, bool), np.arange(40) < 40 * share] for share in shares])
    found = forecast(COUNTS.tolist(), [Draw(right, labels), Draw(right, labels)], 3, [40.0, 80.0], seed=1)
    assert found.people[0].tolist() == [1.0, 1.0]
    assert found.people[1, 1] > found.people[1, 0] > 0.75
    assert np.isnan(found.people[2]).all(), "nobody has judged the third"
    assert found.people_intervals.shape == (3, 2, 2)
    low, high = found.people_intervals[1, 1]
    assert low <= found.people[1, 1] <= high < 1
    sure = wilson(80, 80)
    assert sure is not None
    assert found.people_intervals[0, 0].tolist() == [pytest.approx(sure.low), 1.0], "never wrong is not the same as perfect"
    again = forecast(COUNTS.tolist(), [Draw(right, labels), Draw(right, labels)], 3, [40.0, 80.0], seed=1)
    np.testing.assert_array_equal(found.people_intervals, again.people_intervals)


def test_a_network_that_never_errs_is_not_called_perfect_for_sure() -> None:
    draw = Draw(np.ones((4, 30), bool), np.arange(30) % 3)
    found = forecast(COUNTS.tolist(), [draw], 3, [80.0])
    sure = wilson(30, 30)
    assert sure is not None
    assert found.overall.tolist() == [1.0]
    assert (found.intervals[0].low, found.intervals[0].high) == (pytest.approx(sure.low), 1.0)
