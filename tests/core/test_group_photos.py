"""Real group photos: which faces are found in them, and who they are; and the judge of groups, by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.group_photos import cast_run, look, matched, name_cast, overlap
from benchmarks.likeness import judge
from core.recognizer import load_recognizer


@pytest.mark.parametrize("detector", ["yunet", "mtcnn"])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_faces_of_group_photos_are_found_and_dogs_are_not(test_photos: Path, detector: str, scale: float) -> None:
    found = look(test_photos, detector, scale)
    assert found.good, str(found)


@pytest.mark.parametrize("detector", ["yunet", "mtcnn"])
def test_the_cast_is_named_and_nobody_twice(test_photos: Path, artifacts: Path, detector: str) -> None:
    told = name_cast(test_photos, load_recognizer(cast_run(test_photos, "embedding", detector)))
    assert told.right >= 0.9 * told.true, told.wrong
    assert told.twice == 0


def test_boxes_are_matched_once_those_that_overlap_most_first() -> None:
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap((0, 0, 10, 10), (20, 20, 5, 5)) == 0
    one, near, far = (0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 10.0, 10.0), (50.0, 50.0, 10.0, 10.0)
    assert matched([near, one], [one]) == [(1, 0)]
    assert sorted(matched([near, far], [one, far])) == [(0, 0), (1, 1)]
    assert matched([near], [far]) == matched([], [one]) == []


def test_groups_are_judged_by_hand() -> None:
    # Two groups, {a, a, b} and {b}: purity 3 of 4; of 3 pairs that are said one is true, of 2 true ones one is said.
    found = judge(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    assert (found.groups, found.purity, found.precision, found.recall) == (2, 0.75, pytest.approx(1 / 3), 0.5)
    assert found.f1 == pytest.approx(0.4)
    assert judge(np.array([0, 1, 2]), np.array([0, 0, 0])).recall == 0
