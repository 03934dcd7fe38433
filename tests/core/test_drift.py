"""Identity drift: hand-worked distances, and danger where a change turns one person into another."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from core import drift
from core.drift import NOTHING, danger_zones, measure_drift, strengths
from core.settings import AugmentationSettings


class Brightness:
    """An embedding that sees nothing but how bright a face is: black is one direction, white the one across."""

    name = key = "brightness"
    dimension = 2

    def embed(self, faces: np.ndarray) -> np.ndarray:
        angle = faces.mean(axis=(1, 2, 3)) / 255 * np.pi / 2
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


FACES = np.stack([np.full((10, 10, 3), level, np.uint8) for level in (51, 102, 204)])  # angles of 18, 36 and 72 degrees


def test_nothing_moves_without_a_change() -> None:
    found = measure_drift(Brightness(), FACES, NOTHING, 0, 2)
    np.testing.assert_allclose(found.moved, 0, atol=1e-6)
    assert found.lost_share == 0
    near = 1 - np.cos(np.radians([18, 18, 36]))
    np.testing.assert_allclose(found.room, near, atol=1e-6)
    np.testing.assert_array_equal(found.nearest, [[1, 1], [0, 0], [1, 1]])


def test_distances_and_losses_are_those_of_the_drawn_brightness(monkeypatch: pytest.MonkeyPatch) -> None:
    def brighter(faces: np.ndarray, settings: AugmentationSettings, seed: int, count: int) -> np.ndarray:
        return np.stack([faces + 17, faces + 34], axis=1).astype(np.uint8)  # 6 and 12 degrees on

    monkeypatch.setattr(drift, "preview", brighter)
    found = measure_drift(Brightness(), FACES, NOTHING, 0, 2)
    np.testing.assert_allclose(found.moved, np.tile(1 - np.cos(np.radians([6, 12])), (3, 1)), atol=1e-4)
    # 18 + 12 degrees lie nearer to 36 than to 18; 36 + 12 still nearer to 36 than to 18 or 72.
    np.testing.assert_array_equal(found.lost, [[False, True], [False, False], [False, False]])
    assert found.lost_share == pytest.approx(1 / 6)
    assert found.farthest(1) == [(0, 1)] or found.farthest(1) == [(1, 1)]
    ways = (1 - np.cos(np.radians([[6, 12]] * 3))) / (1 - np.cos(np.radians([18, 18, 36])))[:, None]
    assert found.way == pytest.approx(ways.mean(), rel=1e-2)


def test_danger_begins_at_the_first_strength_that_loses_faces() -> None:
    steps: list[Any] = []
    zones = danger_zones(Brightness(), FACES, 0, steps.append)
    assert zones["brightness"] is not None
    assert zones["brightness"] in strengths("brightness")
    before = strengths("brightness")[: strengths("brightness").index(zones["brightness"])]
    for strength in before:
        settings = dataclasses.replace(NOTHING, brightness=strength)
        assert measure_drift(Brightness(), FACES, settings, 0).lost_share <= drift.TOO_MANY
    for harmless in ("flip", "upside_down", "rotation", "shift", "shear", "zoom"):  # of a face of one brightness
        assert zones[harmless] is None
    assert set(zones) == {each.name for each in dataclasses.fields(AugmentationSettings)}
    assert steps[-1].done == steps[-1].total == len(zones)


def test_a_stop_leaves_the_rest_untried() -> None:
    asked = iter([False, False, True])
    assert list(danger_zones(Brightness(), FACES, 0, should_stop=lambda: next(asked))) == ["flip", "upside_down"]


def test_strengths_lie_on_the_sliders_steps() -> None:
    assert strengths("flip") == (1.0,)
    assert strengths("rotation") == (4, 9, 16, 22, 34, 45)
    assert strengths("blur") == (0.005, 0.01, 0.015, 0.025, 0.04, 0.05)


def test_one_person_alone_cannot_drift_to_another() -> None:
    with pytest.raises(ValueError, match="two people"):
        measure_drift(Brightness(), FACES[:1], NOTHING, 0)
