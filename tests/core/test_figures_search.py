"""The charts of a search: what they draw is read back from the figures."""

from __future__ import annotations

import pytest

from core.figures.search import search_coordinates, search_history, search_importance
from core.search import Objective, Range, Trial

SPACE = (
    Range("training.learning_rate", 1e-4, 1e-2, log=True),
    Range("model.dropout", 0.0, 0.5),
    Range("training.optimizer", choices=("adam", "adamw", "sgd")),
)


def _trial(number: int, value: float | None, rate: float, dropout: float, optimizer: str | None) -> Trial:
    params = {"training.learning_rate": rate, "model.dropout": dropout}
    if optimizer:
        params["training.optimizer"] = optimizer  # type: ignore[assignment]
    return Trial(number, "done" if value is not None else "pruned", value, dict(params), 1.0)


TRIALS = [
    _trial(1, 0.6, 1e-3, 0.25, "adam"),
    _trial(2, None, 1e-4, 0.5, "sgd"),
    _trial(3, 0.2, 1e-2, 0.0, "adamw"),
    _trial(4, 0.4, 1e-4, 0.5, None),
]


@pytest.mark.parametrize(("objective", "best"), [("log_loss", [0.6, 0.2, 0.2]), ("accuracy", [0.6, 0.6, 0.6])])
def test_history_keeps_the_best_so_far(objective: Objective, best: list[float]) -> None:
    points, line, early = search_history(TRIALS, objective).data
    assert (list(points.x), list(points.y)) == ([1, 3, 4], [0.6, 0.2, 0.4])
    assert (list(line.x), list(line.y)) == ([1, 3, 4], best)
    assert (list(early.x), list(early.y), list(early.customdata)) == ([2], [0.2], ["ended early"])
    assert len(search_history([], objective).data) == 2
    assert len(search_history(TRIALS[:1], objective).data) == 2


def test_importance_begins_with_the_most_important() -> None:
    (bars,) = search_importance({"model.dropout": 0.2, "training.learning_rate": 0.8}).data
    assert list(bars.y) == ["Learning rate", "Dropout"]
    assert list(bars.x) == [0.8, 0.2]


def test_each_trial_is_a_line_through_its_values() -> None:
    figure = search_coordinates(TRIALS, SPACE, "log_loss")
    assert [line.name for line in figure.data] == ["Trial 1", "Trial 4", "Trial 3"], "the best is on top"
    lines = {line.name: line for line in figure.data}
    assert list(lines["Trial 1"].y) == pytest.approx([0.5, 0.5, 0.0])  # 1e-3 lies half way between 1e-4 and 1e-2
    assert list(lines["Trial 3"].y) == pytest.approx([1.0, 0.0, 0.5])
    assert list(lines["Trial 4"].x) == ["Learning rate", "Dropout"], "an axis without a value is passed by"
    assert list(lines["Trial 1"].customdata) == ["0.001", "0.25", "adam"]
    assert lines["Trial 3"].opacity == 1 > lines["Trial 4"].opacity > lines["Trial 1"].opacity
    words = [each.text for each in figure.layout.annotations]
    assert words == ["0.0001", "0.01", "0", "0.5", "adam", "adamw", "sgd"]
    assert [line.name for line in search_coordinates(TRIALS, SPACE, "accuracy").data][-1] == "Trial 1"
    assert not search_coordinates([], SPACE, "accuracy").data
