"""How right a network can be where some names are wrong."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.ceiling import SecondOpinion, estimate_ceiling


def test_wrong_names_are_counted_among_the_clear_ones() -> None:
    # Two people; photos filed under 0 have on average 0.7 for 0, those filed under 1 have 0.8 for 1.
    own = np.array([0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.6])
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    probabilities = np.where(np.arange(2) == labels[:, None], own[:, None], 1 - own[:, None])
    found = estimate_ceiling(SecondOpinion.of(probabilities, labels), np.ones(7, bool))
    # The fourth has 0.9 for 1, more than the usual 0.8: clearly somebody else. The last has 0.6: nobody clearly.
    assert (found.photos, found.wrong, found.right) == (7, 1, 5)
    assert found.share == pytest.approx(1 / 6)
    assert found.best == pytest.approx(5 / 6)
    assert found.interval is not None and found.best_interval is not None
    assert found.best_interval.low == pytest.approx(1 - found.interval.high)
    among = np.arange(7) < 3
    assert estimate_ceiling(SecondOpinion.of(probabilities, labels), among).wrong == 0


def test_planted_wrong_names_are_estimated() -> None:
    rng = np.random.default_rng(4)
    true = rng.integers(0, 20, 2000)
    logits = rng.normal(size=(2000, 20))
    logits[np.arange(2000), true] += 6  # an imperfect network: here and there somebody else is likelier
    filed = true.copy()
    moved = rng.choice(2000, 100, replace=False)
    filed[moved] = (true[moved] + rng.integers(1, 20, 100)) % 20
    powers = np.exp(logits)
    found = estimate_ceiling(SecondOpinion.of(powers / powers.sum(axis=1, keepdims=True), filed), np.ones(2000, bool))
    assert found.share == pytest.approx(0.05, abs=0.02)
    assert found.interval is not None
    assert found.interval.low <= 0.05 <= found.interval.high


def test_nothing_clear_says_nothing() -> None:
    empty = SecondOpinion(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0))
    found = estimate_ceiling(empty, np.zeros(0, bool))
    assert (found.share, found.best, found.interval, found.best_interval) == (None, None, None, None)
