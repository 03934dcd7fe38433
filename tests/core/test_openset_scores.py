"""The kept scores of known faces and strangers, what a line costs, and a line that is set by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from core.errors import RunError
from core.figures import openset as charts
from core.openset import OpenSetScores, Thresholds
from core.recognizer import load_recognizer
from core.runs import layout, read_run
from core.runs.openset import best_names, read_openset, reset_line, set_line
from core.storage import read_json
from tests.core.conftest import TrainedRun

LINES = Thresholds(0.6, 0.4, "Drawn.")
SCORES = OpenSetScores(
    "probability",
    np.array([0.95, 0.9, 0.6, 0.55, 0.4, 0.3], np.float32),
    np.array([True, True, False, True, True, False]),
    np.array([0.7, 0.5, 0.2, 0.1], np.float32),
    "four strangers",
    np.array([0.9, 0.1], np.float32),
    np.array([True, True]),
)


def test_the_cost_of_a_line_is_counted_as_decisions_are_made() -> None:
    cost = SCORES.cost(replace(LINES, known=float(np.float32(0.6)), unknown=float(np.float32(0.4))))
    assert (cost.strangers, cost.strangers_named) == (4, 1)
    assert (cost.right, cost.wrong, cost.unsure, cost.unknown) == (2, 1, 2, 1)
    assert cost.words() == (
        "Of 100 strangers 25 get a name; of 100 known faces 17 are called unknown, 33 are unsure, and 17 get a wrong name."
    )
    assert SCORES.test_cost(LINES).right == 1


def test_one_of_a_hundred_is_told_as_one() -> None:
    strangers = np.r_[0.9, np.zeros(99)].astype(np.float32)
    cost = replace(SCORES, strangers=strangers).cost(LINES)
    assert cost.words().startswith("Of 100 strangers 1 gets a name; of 100 known faces")
    cost = replace(SCORES, strangers=np.r_[0.9, np.zeros(399)].astype(np.float32)).cost(LINES)
    assert cost.words().startswith("Of 100 strangers 0.2 get a name")


def test_the_curve_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    known, strangers = rng.normal(0.7, 0.1, 60).astype(np.float32), rng.normal(0.4, 0.1, 80).astype(np.float32)
    scores = OpenSetScores("similarity", known, np.ones(60, bool), strangers)
    strange, named, lines = roc_curve(
        np.r_[np.ones(60), np.zeros(80)], np.r_[known, strangers].astype(float), drop_intermediate=False
    )
    found = scores.curve()
    np.testing.assert_allclose(found[:, :3], np.stack([lines, strange, named], axis=1)[1:], atol=1e-12)
    np.testing.assert_allclose(found[:, 3], 1 - found[:, 2], atol=1e-12)  # all are named right: the others get no name
    assert len(OpenSetScores("similarity", known, np.ones(60, bool)).curve()) == 0


def test_scores_are_read_as_they_were_kept(tmp_path: Path) -> None:
    SCORES.save(tmp_path / "openset.npz")
    found = OpenSetScores.load(tmp_path / "openset.npz")
    assert (found.score, found.who) == ("probability", "four strangers")
    for name in ("known", "right", "strangers", "test", "test_right"):
        np.testing.assert_array_equal(getattr(found, name), getattr(SCORES, name))
    with pytest.raises(ValueError, match="do not fit"):
        replace(SCORES, known=SCORES.known[:2])


def test_the_charts_show_every_face() -> None:
    bars = charts.score_histograms(SCORES, LINES).data
    assert [each.name for each in bars] == ["Known, named right", "Known, named wrong", "Strangers"]
    assert [sum(each.customdata) for each in bars] == [4, 2, 4]
    path, dot = charts.roc(SCORES, LINES).data
    assert (dot.x[0], dot.y[0]) == (0.25, 2 / 6)
    assert len(path.x) == 10


def test_the_error_tradeoff_of_two_bells_is_a_straight_line() -> None:
    """Scores that lie like two bells, one step apart: whoever moves the line by a step moves along the curve by one."""
    bell = charts.deviates((np.arange(500) + 0.5) / 500).astype(np.float32)
    scores = OpenSetScores("similarity", bell / 10 + np.float32(0.1), np.ones(500, bool), bell / 10)
    lines = Thresholds(0.05, 0.05, "by hand", score="similarity")
    figure = charts.det(scores, lines)
    path, dot = figure.data
    middle = np.abs(path.x + 0.5) < 0.5
    assert middle.sum() > 100
    np.testing.assert_allclose((path.x + path.y)[middle], -1, atol=0.05)
    assert (dot.x[0], dot.y[0]) == pytest.approx((-0.5, -0.5), abs=0.02)
    np.testing.assert_allclose(charts.deviates([0.5, 0.975]), [0, 1.959964], atol=1e-6)
    assert dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))["2%"] == pytest.approx(
        -2.0537, abs=1e-4
    )
    assert np.isfinite([*path.x, *path.y]).all()
    assert len(charts.det(SCORES, LINES).data[0].customdata) < len(SCORES.curve()), "a share of 0 or 1 has no place"


def test_a_line_by_hand_keeps_the_automatic_one() -> None:
    moved = LINES.by_hand(0.3, date(2026, 2, 1))
    assert (moved.known, moved.unknown, moved.source) == (0.3, 0.3, "Set by hand on 2026-02-01.")
    again = moved.by_hand(0.8, date(2026, 2, 2))
    assert (again.known, again.unknown, again.automatic) == (0.8, 0.4, LINES)
    assert Thresholds.from_json(again.to_json()) == again
    assert "automatic" not in LINES.to_json()


def test_a_run_keeps_the_scores_that_drew_its_line(trained_run: TrainedRun) -> None:
    run = read_run(trained_run.directory)
    assert (run.directory / layout.OPENSET).exists()
    found = read_openset(run)
    assert found is not None
    for part, kept, right in (("validation", found.known, found.right), ("test", found.test, found.test_right)):
        best, same = best_names(run.scores[part])
        np.testing.assert_allclose(kept, best, atol=1e-6)
        np.testing.assert_array_equal(right, same)


def test_a_line_by_hand_is_used_at_once_and_can_be_taken_back(trained_run: TrainedRun, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(trained_run.directory, tmp_path / "run"))
    before = (directory / layout.THRESHOLDS).read_bytes()
    set_line(directory, 0.123)
    assert load_recognizer(directory).thresholds.known == 0.123
    assert read_json(directory / layout.THRESHOLDS)["source"].startswith("Set by hand on 20")
    reset_line(directory)
    assert (directory / layout.THRESHOLDS).read_bytes() == before
    with pytest.raises(RunError, match="go from -1 to 1"):
        set_line(directory, float("nan"))
    (directory / layout.OPENSET).unlink()  # as an earlier program left it
    found = read_openset(read_run(directory))
    assert found is not None
    assert len(found.known) == len(read_run(directory).scores["validation"].labels)
    (directory / layout.OPENSET).write_bytes(b"torn")
    with pytest.raises(RunError, match=r"openset\.npz"):
        read_openset(read_run(directory))
