"""The map of judged faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.figures.frame import BLUE, CLEAR, GRAY, GREEN, ORANGE, VERMILION, framed, full_names

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#A6761D", "#7570B3")
_SYMBOLS = ("circle", "square", "triangle-up", "cross", "pentagon", "star")
MOST_NAMES = 20  # people with a line in the legend


@dataclass(frozen=True, eq=False)
class MapPoints:
    """N faces on the map.

    Attributes:
        places: float32 (N, 2), -1..1.
        labels: int64 (N,), the person on each photo.
        wrong: bool (N,), which faces were named wrong.
        texts: What each point says.
        rows: What a click on each point gives.
    """

    places: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    wrong: npt.NDArray[np.bool_]
    texts: Sequence[str]
    rows: Sequence[int]


def judged_map(points: MapPoints, people: Sequence[str], movable: bool = False) -> Figure:
    """Draw a point for each face in the colour and shape of its person, with a ring around each mistake.

    Args:
        points: The faces.
        people: Names of the classes.
        movable: Whether dragging moves the map; on a phone the page could then not be scrolled past it.
    """
    shown = sorted(set(points.labels.tolist()))
    traces = [_dots(points, np.flatnonzero(points.labels == label), people[label], _look(label)) for label in shown]
    for trace in traces:
        trace.showlegend = len(shown) <= MOST_NAMES
    if points.wrong.any():
        ring = {"size": 15, "color": CLEAR, "symbol": "circle", "line": {"width": 2.5, "color": VERMILION}}
        traces.append(_dots(points, np.flatnonzero(points.wrong), "Named wrong", ring))
    figure = framed(traces, height=600, clickmode="event+select", dragmode="pan" if movable else False)
    hidden = {"visible": False, "showgrid": False, "range": [-1.06, 1.06]}  # the units of either axis mean nothing
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    return figure


def _look(label: int) -> dict[str, Any]:
    return {
        "size": 8,
        "opacity": 0.75,
        "color": _COLOURS[label % len(_COLOURS)],
        "symbol": _SYMBOLS[label // len(_COLOURS) % len(_SYMBOLS)],
        "line": {"width": 0.5, "color": GRAY},
    }


def _dots(points: MapPoints, own: npt.NDArray[np.int64], name: str, marker: dict[str, Any]) -> Any:
    from plotly.graph_objects import Scattergl

    return Scattergl(
        x=points.places[own, 0],
        y=points.places[own, 1],
        name=full_names([name])[0],
        mode="markers",
        customdata=[points.rows[each] for each in own.tolist()],
        text=full_names([points.texts[each] for each in own.tolist()]),
        marker=marker,
        hovertemplate="%{text}<extra></extra>",
    )
