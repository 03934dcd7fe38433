"""Thresholds: the promised shares, the stated default, the three decisions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.openset import DEFAULT_KNOWN, DEFAULT_UNKNOWN, Thresholds, choose_thresholds, decide
from core.settings import OpenSetSettings


def sure_of_the_first(tops: list[float]) -> np.ndarray:
    """Two people; the first has the given probability."""
    first = np.array(tops, np.float32)
    return np.stack([first, 1 - first], axis=1)


TOPS = [0.60 + 0.005 * number for number in range(40)]


def test_the_promised_share_of_correct_faces_is_refused() -> None:
    settings = OpenSetSettings(refuse_share=0.05, unknown_share=0.01)
    chosen = choose_thresholds(sure_of_the_first(TOPS), np.zeros(40, int), settings)
    decisions = [decide(float(np.float32(top)), chosen) for top in TOPS]
    assert decisions.count("known") == 38  # 5% of 40 is 2
    assert decisions.count("unsure") == 2  # 1% of 40 is less than one face
    assert chosen.known == pytest.approx(0.61)
    assert not chosen.tested_on_strangers
    assert "40 correctly named" in chosen.source
    assert "5%" in chosen.source


@pytest.mark.parametrize(("share", "refused"), [(0.0, 0), (0.07, 7), (0.29, 29), (0.5, 50)])
def test_shares_are_exact_whole_numbers(share: float, refused: int) -> None:
    tops = np.linspace(0.51, 0.99, 100).tolist()
    chosen = choose_thresholds(
        sure_of_the_first(tops), np.zeros(100, int), OpenSetSettings(refuse_share=share, unknown_share=0)
    )
    assert sum(decide(float(np.float32(top)), chosen) != "known" for top in tops) == refused


def test_wrongly_named_faces_have_no_say() -> None:
    probabilities = sure_of_the_first([*TOPS, 0.5001, 0.5002])
    labels = np.array([0] * 40 + [1, 1])
    alone = choose_thresholds(sure_of_the_first(TOPS), np.zeros(40, int), OpenSetSettings())
    both = choose_thresholds(probabilities, labels, OpenSetSettings())
    assert (alone.known, alone.unknown) == (both.known, both.unknown)
    assert "(of 42)" in both.source


def test_the_unknown_line_never_lies_above_the_known_line() -> None:
    chosen = choose_thresholds(sure_of_the_first(TOPS), np.zeros(40, int), OpenSetSettings(refuse_share=0.1, unknown_share=0.5))
    assert chosen.unknown == chosen.known


@pytest.mark.parametrize("faces", [0, 9])
def test_too_few_faces_give_the_stated_default(faces: int) -> None:
    chosen = choose_thresholds(sure_of_the_first(TOPS[:faces]), np.zeros(faces, int), OpenSetSettings())
    assert (chosen.known, chosen.unknown) == (DEFAULT_KNOWN, DEFAULT_UNKNOWN)
    assert f"only {faces} validation faces" in chosen.source


def test_decisions_at_and_beside_the_lines() -> None:
    thresholds = Thresholds(0.8, 0.5, "by hand")
    assert [decide(each, thresholds) for each in (0.8, 0.79, 0.5, 0.49)] == ["known", "unsure", "unsure", "unknown"]


def test_json_round_trip_and_impossible_thresholds() -> None:
    thresholds = Thresholds(0.8, 0.5, "by hand", tested_on_strangers=True)
    assert Thresholds.from_json(json.loads(json.dumps(thresholds.to_json()))) == thresholds
    for known, unknown in ((0.4, 0.5), (1.2, 0.5), (0.5, -0.1), (float("nan"), 0.1)):
        with pytest.raises(ValueError, match="rise"):
            Thresholds(known, unknown, "")
