"""Charts: what they show, from two people to many, and that nothing of a name is read as markup."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from core import figures
from core.calibration import Reliability
from core.figures.frame import NAME_LENGTH, ROWS_WITH_NAMES, short_names
from core.openset import StrangerCurve
from core.training import EpochReport


def report(epoch: int, phase: str = "select", best: bool = False, validation: float | None = 0.5) -> EpochReport:
    return EpochReport(epoch, 9, 1 / epoch, epoch / 10, validation, validation, 1e-3, 1.0, best, phase)


def names(count: int) -> list[str]:
    return [f"Person {number}" for number in range(count)]


def confusion(people: int) -> np.ndarray:
    return np.pad(np.eye(people, dtype=np.int64) * 9, ((0, 0), (0, 1))) + np.eye(people, people + 1, 1, dtype=np.int64)


RELIABLE = Reliability(0.05, 0.3, ((0.6, 0.5, 10), (0.9, 0.95, 11)))
CURVE = StrangerCurve(200, 100, 13, 0.99, ((0.005, 0.6, 0.9), (0.01, 0.5, 0.96), (0.1, 0.3, 0.99)))


def every_figure(people: int) -> dict[str, Any]:
    named = names(people)
    history = [report(1), report(2, best=True), report(3), report(1, "refit", validation=None)]
    return {
        "balance": figures.class_balance([(name, 5) for name in named]),
        "split": figures.split_counts([(name, 7, 1, 2) for name in named]),
        "loss": figures.learning_curves(history, "loss"),
        "accuracy": figures.learning_curves(history, "accuracy"),
        "confusion": figures.confusion_matrix(confusion(people), named),
        "shares": figures.confusion_matrix(confusion(people), named, normalised=True),
        "bars": figures.probability_bars([(name, 0.5) for name in named[:5]]),
        "channels": figures.channel_histogram(np.ones((3, 32), np.int64)),
        "sizes": figures.image_sizes([(92, 112, 400), (640, 480, 3)]),
        "confidence": figures.confidence_histogram([0.9, 1.0], [0.4]),
        "reliability": figures.reliability_diagram(RELIABLE, RELIABLE),
        "strangers": figures.stranger_curve(CURVE, 0.01),
        "folds": figures.fold_accuracies([0.9, 0.95], 0.925, 0.88, 0.97),
    }


@pytest.mark.parametrize("people", [2, 40, 105])
def test_all_charts_have_no_ground_no_title_and_a_sensible_height(people: int) -> None:
    for name, figure in every_figure(people).items():
        layout = figure.layout
        assert (layout.paper_bgcolor, layout.plot_bgcolor) == ("rgba(0, 0, 0, 0)", "rgba(0, 0, 0, 0)"), name
        assert layout.title.text is None
        assert layout.font.color is None
        assert 100 <= layout.height <= 1000, name
        assert layout.width is None
        json.loads(figure.to_json())


def test_nothing_to_draw_is_no_mistake() -> None:
    for figure in (
        figures.class_balance([]),
        figures.split_counts([]),
        figures.learning_curves([], "loss"),
        figures.image_sizes([]),
        figures.confidence_histogram([], []),
        figures.probability_bars([]),
        figures.channel_histogram(np.zeros((3, 32), np.int64)),
    ):
        json.loads(figure.to_json())


def test_people_are_rows_while_they_fit_and_columns_when_they_are_many() -> None:
    few = figures.class_balance([("Ann", 3), ("Bea", 8)])
    (bars,) = few.data
    assert bars.orientation == "h"
    assert (list(bars.y), list(bars.x)) == (["Bea", "Ann"], [8, 3])
    many = figures.class_balance([(name, 5) for name in names(ROWS_WITH_NAMES + 1)])
    assert many.data[0].orientation is None
    assert len(many.data[0].x) == ROWS_WITH_NAMES + 1


def test_split_counts_stack_the_three_parts() -> None:
    bars = figures.split_counts([("Ann", 7, 1, 2), ("Bea", 70, 10, 20)]).data
    assert [(each.name, list(each.x)) for each in bars] == [("Training", [70, 7]), ("Validation", [10, 1]), ("Test", [20, 2])]


def test_long_names_are_cut_and_stay_apart_and_markup_stays_text() -> None:
    long = "An uncommonly long name "
    labels = short_names([long + "A", long + "B", "x<b>&"])
    assert len(set(labels)) == 3
    assert labels[2] == "x&lt;b&gt;&amp;"
    assert max(len(each) for each in labels[:2]) <= NAME_LENGTH + 1
    (bars,) = figures.probability_bars([(long + "A", 0.6), ("<b>", 0.4)]).data
    assert list(bars.customdata) == [long + "A", "&lt;b&gt;"]


def test_learning_curves_mark_the_best_epoch_and_keep_the_phases_apart() -> None:
    history = [report(1, best=True), report(2, best=True), report(3), report(1, "refit", validation=None)]
    figure = figures.learning_curves(history, "loss")
    assert [(each.name, list(each.x)) for each in figure.data] == [
        ("Training", [1, 2, 3]),
        ("Validation", [1, 2, 3]),
        ("Training, all photos", [1]),
    ]
    assert [shape.x0 for shape in figure.layout.shapes] == [2]
    assert figure.layout.annotations[0].text == "best epoch: 2"
    assert list(figures.learning_curves(history, "accuracy").data[0].y) == [0.1, 0.2, 0.3]


def test_without_validation_there_is_no_validation_line() -> None:
    assert [each.name for each in figures.learning_curves([report(1, validation=None)], "accuracy").data] == ["Training"]


def test_the_confusion_matrix_keeps_right_and_wrong_apart() -> None:
    counts = np.array([[3, 1, 0], [0, 2, 2]])
    right, wrong, marks = figures.confusion_matrix(counts, ["Ann", "Bea"]).data
    np.testing.assert_array_equal(right.z, [[3, np.nan, np.nan], [np.nan, 2, np.nan]])
    np.testing.assert_array_equal(wrong.z, [[np.nan, 1, np.nan], [np.nan, np.nan, 2]])
    assert list(right.x) == ["Ann", "Bea", "no face"]
    assert (right.zmax, wrong.zmax) == (3, 3)
    assert marks.hovertext[1] == "Ann named as Bea: 1"
    shares, _, marks = figures.confusion_matrix(counts, ["Ann", "Bea"], normalised=True).data
    np.testing.assert_array_equal(shares.z, [[0.75, np.nan, np.nan], [np.nan, 0.5, np.nan]])
    assert marks.hovertext[1] == "Ann named as Bea: 25.0%"


def test_the_cells_of_a_confusion_matrix_can_be_clicked_in_any_order() -> None:
    counts = np.array([[3, 1, 0], [0, 2, 2]])
    right, _, marks = figures.confusion_matrix(counts, ["Ann", "<b>Bea"], order=[1, 0]).data
    assert list(right.y) == ["&lt;b&gt;Bea", "Ann"]
    np.testing.assert_array_equal(right.z, [[2, np.nan, np.nan], [np.nan, 3, np.nan]])
    bea = "&lt;b&gt;Bea"
    cells = {labels: (x, y) for labels, x, y in zip(marks.customdata, marks.x, marks.y, strict=True)}
    assert cells == {"1 1": (bea, bea), "1 2": ("no face", bea), "0 0": ("Ann", "Ann"), "0 1": (bea, "Ann")}
    assert marks.marker.opacity == marks.selected.marker.opacity == marks.unselected.marker.opacity == 0
    assert "&lt;b&gt;Bea named as no face: 2" in marks.hovertext


def test_numbers_stand_in_the_cells_of_small_matrices_only() -> None:
    assert figures.confusion_matrix(confusion(4), names(4)).data[0].texttemplate == "%{z}"
    assert figures.confusion_matrix(confusion(4), names(4), normalised=True).data[0].texttemplate == "%{z:.0%}"
    assert figures.confusion_matrix(confusion(40), names(40)).data[0].texttemplate is None


def test_the_histogram_of_probabilities_counts_certainty_too() -> None:
    wrong, right = figures.confidence_histogram([0.97, 1.0, 0.5], [0.0]).data
    assert (right.y[-1], right.y[10], sum(right.y)) == (2, 1, 3)
    assert (wrong.y[0], sum(wrong.y)) == (1, 1)


def test_channels_are_shares_and_sizes_keep_their_counts() -> None:
    red, green, blue = figures.channel_histogram(np.array([[1, 3], [2, 2], [0, 0]])).data
    assert [list(each.y) for each in (red, green, blue)] == [[0.25, 0.75], [0.5, 0.5], [0, 0]]
    assert list(red.x) == [64, 192]
    (dots,) = figures.image_sizes([(92, 112, 400), (640, 480, 4)]).data
    assert (list(dots.x), list(dots.y), list(dots.customdata)) == ([92, 640], [112, 480], [400, 4])


def test_reliability_is_drawn_before_and_after_or_once_where_nothing_was_corrected() -> None:
    before = Reliability(0.2, 0.5, ((0.7, 0.5, 10), (1.0, 0.75, 11)))
    figure = figures.reliability_diagram(before, RELIABLE)
    assert [each.name for each in figure.data] == ["As sure as right", "Before", "After"]
    assert (list(figure.data[2].x), list(figure.data[2].y)) == ([0.6, 0.9], [0.5, 0.95])
    assert list(figure.data[1].customdata) == [10, 11]
    assert [each.name for each in figures.reliability_diagram(before, before).data] == ["As sure as right", "Faces"]


def test_the_curve_of_strangers_marks_the_line_of_the_run() -> None:
    figure = figures.stranger_curve(CURVE, 0.01)
    (line,) = figure.data
    assert (list(line.x), list(line.y)) == ([0.005, 0.01, 0.1], [0.9, 0.96, 0.99])
    assert figure.layout.xaxis.type == "log"
    assert [shape.x0 for shape in figure.layout.shapes] == [0.01]
    assert figure.layout.annotations[0].text == "this run: 1.0%"
    assert figure.layout.yaxis.range[0] == pytest.approx(0.85)


def test_the_mark_on_a_logarithmic_axis_stands_where_the_line_is() -> None:
    annotation = figures.stranger_curve(CURVE, 0.01).layout.annotations[0]
    assert annotation.x == pytest.approx(-2)  # plotly places words on such an axis by their logarithm


def test_without_known_faces_there_is_no_curve() -> None:
    only_strangers = StrangerCurve(200, 0, 0, None, ((0.01, 0.5, None), (0.1, 0.3, None)))
    (line,) = figures.stranger_curve(only_strangers, 0.05).data
    assert not line.x


def test_folds_are_dots_around_their_mean() -> None:
    figure = figures.fold_accuracies([0.9, 1.0, 0.95], 0.95, 0.91, 0.99)
    assert (list(figure.data[0].x), list(figure.data[0].y)) == ([1, 2, 3], [0.9, 1.0, 0.95])
    band, mean = figure.layout.shapes
    assert (band.y0, band.y1, mean.y0) == (0.91, 0.99, 0.95)


def test_a_head_learns_in_steps_and_has_no_best_one() -> None:
    figure = figures.learning_curves([report(1, best=True), report(2, best=True)], "loss", "Step")
    assert figure.layout.xaxis.title.text == "Step"
    assert not figure.layout.shapes
