"""Accuracy by kinds of photos: the groups, and which of them are called clearly worse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from core.evaluation.differences import chance_of_worse, mean_interval_by_t, newcombe
from core.evaluation.slices import FALSE_ALARM, slice_photos


def test_the_difference_of_two_shares_as_in_the_paper() -> None:
    # Newcombe 1998, table II, method 10: 56/70 and 48/80 differ by 0.2, between 0.0524 and 0.3339; 10/10 and 0/10.
    found = newcombe((56, 70), (48, 80))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    apart = newcombe((10, 10), (0, 10))
    assert apart is not None
    assert (apart.low, apart.high) == (pytest.approx(0.6075, abs=1e-4), pytest.approx(1.0))
    assert newcombe((0, 0), (1, 2)) is None


def test_the_mean_of_repeated_measurements() -> None:
    # 0.02, 0.00, 0.01: mean 0.01, deviation 0.01; t with 2 degrees of freedom 4.30265, so 4.30265 * 0.01 / sqrt(3) = 0.024841
    found = mean_interval_by_t([0.02, 0.0, 0.01])
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.01 - 0.024841, abs=1e-6), pytest.approx(0.01 + 0.024841, abs=1e-6))
    assert mean_interval_by_t([0.1]) is None


@pytest.mark.parametrize(("part", "rest"), [((1, 5), (9, 10)), ((5, 5), (0, 7)), ((0, 3), (4, 4)), ((40, 50), (190, 200))])
def test_chance_of_worse_is_fishers(part: tuple[int, int], rest: tuple[int, int]) -> None:
    table = [[part[0], part[1] - part[0]], [rest[0], rest[1] - rest[0]]]
    assert chance_of_worse(part, rest) == pytest.approx(fisher_exact(table, alternative="less").pvalue)


def test_photos_are_grouped_by_thirds_or_by_named_bands() -> None:
    brightness = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, np.nan])
    pose = np.array([0.0, 14.9, 15.0, 39.9, 40.0, 80.0, np.nan])
    right = np.array([1, 0, 1, 1, 1, 1, 0], bool)
    light, turned = slice_photos({"brightness": brightness, "pose": pose}, right)
    assert [(each.name, each.photos, each.right) for each in light.bands] == [
        ("Dark", 2, 1),
        ("Medium", 2, 2),
        ("Bright", 2, 2),
    ]
    assert [each.range for each in light.bands] == ["below 27%", "27% to 43%", "from 43%"]  # thirds of 10% .. 60%
    assert [(each.name, each.photos) for each in turned.bands] == [("Frontal", 2), ("Half turned", 2), ("Far turned", 2)]
    assert (light.unmeasured, turned.unmeasured) == (1, 1)
    dark = light.bands[0]
    assert dark.interval is not None
    assert dark.interval.low == pytest.approx(0.0945, abs=1e-4)  # Wilson of 1 of 2


def test_a_weak_group_is_found_and_small_ones_are_not_blamed() -> None:
    size = np.arange(90, dtype=float) + 30
    right = np.ones(90, bool)
    right[:10] = False  # ten of the thirty smallest faces
    (found,) = slice_photos({"size": size}, right)
    assert [each.worse for each in found.bands] == [True, False, False]
    right[:] = True
    right[:1] = False
    assert not any(each.worse for each in slice_photos({"size": size}, right)[0].bands)
    few = np.array([0.0] * 40 + [50.0] * 4)
    assert not any(each.worse for each in slice_photos({"pose": few}, few < 1)[0].bands), "four photos are too few"


def test_no_false_alarm_where_mistakes_are_spread_by_chance() -> None:
    rng, alarms = np.random.default_rng(1), 0
    for _ in range(200):
        values = {kind: rng.random(150) * 60 for kind in ("brightness", "sharpness", "size", "pose")}
        alarms += any(band.worse for each in slice_photos(values, rng.random(150) < 0.9) for band in each.bands)
    assert alarms <= 200 * FALSE_ALARM * 1.6  # 10 are allowed; 16 would be rare with that


def test_what_is_alike_or_not_measured_makes_no_groups() -> None:
    (alike,) = slice_photos({"size": np.full(6, 92.0)}, np.ones(6, bool))
    assert [(each.name, each.photos, each.range) for each in alike.bands] == [("All alike", 6, "all")]
    (none,) = slice_photos({"size": np.full(3, np.nan)}, np.ones(3, bool))
    assert (none.bands, none.unmeasured) == ((), 3)
