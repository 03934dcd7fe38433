"""Curves of several runs laid over each other."""

from __future__ import annotations

import pytest

from core.figures.runs import MOST_RUNS, SHARE, overlaid_curves
from core.training import EpochReport


def report(epoch: int, validation: float | None = 0.5, phase: str = "select") -> EpochReport:
    return EpochReport(epoch, 4, 2.0 / epoch, 0.1 * epoch, validation, validation, 0.01, 1.0, best=True, phase=phase)


def test_each_run_has_a_colour_with_training_dotted() -> None:
    histories = {"One <b>": [report(1), report(2), report(1, phase="refit")], "Two": [report(1)]}
    figure = overlaid_curves(histories, "loss")
    assert [each.name for each in figure.data] == [
        "One &lt;b&gt;", "One &lt;b&gt;, training", "Two", "Two, training",
    ]  # fmt: skip
    assert [each.line.dash for each in figure.data] == ["solid", "dot"] * 2
    colours = [each.line.color for each in figure.data]
    assert (colours[0], colours[2]) == (colours[1], colours[3])
    assert colours[0] != colours[2]
    assert list(figure.data[1].y) == [2.0, 1.0]  # the refit is left out
    assert [each.showlegend for each in figure.data] == [True, False, True, False]


def test_runs_that_count_differently_are_drawn_by_their_share() -> None:
    figure = overlaid_curves(
        {"Epochs": [report(1), report(2)], "Steps": [report(each) for each in (1, 2, 3, 4)]}, "accuracy", SHARE
    )
    assert list(figure.data[0].x) == [0.5, 1.0]
    assert list(figure.data[2].x) == [0.25, 0.5, 0.75, 1.0]


def test_without_validation_training_stands_in_the_legend() -> None:
    figure = overlaid_curves({"Alone": [report(1, validation=None)]}, "loss")
    assert [(each.name, each.showlegend) for each in figure.data] == [("Alone, training", True)]
    assert not overlaid_curves({}, "loss").data


def test_more_runs_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="most that can be told apart"):
        overlaid_curves({str(each): [report(1)] for each in range(MOST_RUNS + 1)}, "loss")
