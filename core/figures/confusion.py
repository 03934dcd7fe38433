"""The chart of who was taken for whom, whose cells can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.figures.frame import ROWS_WITH_NAMES, framed, full_names, short_names

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CELLS_WITH_NUMBERS = 16  # people; in a larger matrix the numbers would not fit into the cells
RIGHT, WRONG = "0, 114, 178", "230, 159, 0"
MOST_HEIGHT, LARGEST_MARK = 900, 40  # px

Counts = npt.NDArray[np.int64]


def confusion_matrix(
    counts: Counts, class_names: Sequence[str], normalised: bool = False, order: Sequence[int] | None = None
) -> Figure:
    """Draw who was taken for whom: right names in blue, mistakes in orange.

    A heat map cannot be clicked, so an unseen mark lies on each cell that is not empty; its `customdata` are the labels of
    the true and of the named person, C for no face, as "3 7".

    Args:
        counts: int64 (C, C + 1), rows the true person, columns the named one; the last column: no face found.
        class_names: C names.
        normalised: Shares of each person's photos instead of counts.
        order: The labels in the order in which the people are to stand; None: as they are.
    """
    people = len(class_names)
    rows = np.arange(people) if order is None else np.asarray(order)
    columns = np.append(rows, people)
    shown = counts[rows][:, columns]
    values = shown / np.maximum(shown.sum(axis=1, keepdims=True), 1) if normalised else shown.astype(float)
    right = np.eye(people, people + 1, dtype=bool)
    named = [class_names[label] for label in rows.tolist()]
    labels = short_names(named), short_names([*named, "no face"])
    cells = [
        _cells(np.where(mine & (shown > 0), values, np.nan), labels, colour)
        for mine, colour in ((right, RIGHT), (~right, WRONG))
    ]
    for each in cells:
        each.zmax = 1.0 if normalised else counts.max(initial=1)
        if people <= CELLS_WITH_NUMBERS:
            each.texttemplate = "%{z:.0%}" if normalised else "%{z}"
    height = int(min(220 + 14 * people, MOST_HEIGHT))
    marks = _marks(shown, values, (rows, columns), (*labels, named), "{:.1%}" if normalised else "{:g}")
    figure = framed([*cells, marks], height=height, showlegend=False, hovermode="closest", clickmode="event+select")
    shared = {"type": "category", "showgrid": False, "fixedrange": True}  # a free range would leave room around the marks
    figure.update_xaxes(title_text="Named as", side="bottom", tickangle=-60, range=[-0.5, people + 0.5], **shared)
    figure.update_yaxes(title_text="True person", range=[people - 0.5, -0.5], **shared)
    return figure


def _cells(values: npt.NDArray[np.float64], labels: tuple[list[str], list[str]], rgb: str) -> Any:
    from plotly.graph_objects import Heatmap

    gap = 1 if len(values) <= ROWS_WITH_NAMES else 0  # between many cells the gaps would hide them
    return Heatmap(
        z=values,
        y=labels[0],
        x=labels[1],
        zmin=0,
        # Even one photo has to be seen, on light and on dark ground.
        colorscale=[[0, f"rgba({rgb}, 0.45)"], [1, f"rgba({rgb}, 1)"]],
        showscale=False,
        hoverinfo="skip",
        xgap=gap,
        ygap=gap,
    )


def _marks(
    shown: Counts,
    values: npt.NDArray[np.float64],
    labels: tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]]],
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
    pattern: str,
) -> Any:
    """Return the marks that are clicked and that say what a cell means.

    Args:
        shown, values: The counts, and what is drawn of them.
        labels: Of the people in the rows and in the columns.
        names: The categories of the rows and of the columns, and the names of the rows in full.
        pattern: How a value is written.
    """
    from plotly.graph_objects import Scatter

    at, to = np.nonzero(shown)
    full = full_names([*names[2], "no face"])
    rows, columns = labels
    size = min(LARGEST_MARK, max(6, MOST_HEIGHT // (len(rows) + 1)))
    unseen = {"marker": {"opacity": 0}}
    return Scatter(
        x=[names[1][column] for column in to.tolist()],
        y=[names[0][row] for row in at.tolist()],
        mode="markers",
        marker={"symbol": "square", "size": size, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[f"{true} {named}" for true, named in zip(rows[at].tolist(), columns[to].tolist(), strict=True)],
        hovertext=[
            f"{full[row]} named as {full[column]}: {pattern.format(values[row, column])}"
            for row, column in zip(at.tolist(), to.tolist(), strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
