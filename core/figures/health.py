"""The map of faces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from core.datasets.doubts import PointOnMap
from core.figures.frame import BLUE, GRAY, VERMILION, framed, full_names

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def face_map(points: Sequence[PointOnMap], people: Collection[str] = (), movable: bool = False) -> Figure:
    """Draw a point for each face, faces that are alike side by side; each point carries the sha256 of its photo.

    Args:
        points: The faces.
        people: Shown in colour among the others; nobody: all alike.
        movable: Whether dragging moves the map; on a phone the page could then not be scrolled past it.
    """
    usual = [each for each in points if not each.doubtful and each.person not in people]
    chosen = [each for each in points if not each.doubtful and each.person in people]
    doubtful = [each for each in points if each.doubtful]
    everybody = not people
    plain = {"color": BLUE, "opacity": 0.55} if everybody else {"color": GRAY, "opacity": 0.3}
    traces = [
        _dots("Photos" if everybody else "Others", usual, {"size": 6, **plain}),
        _dots("Chosen", chosen, {"size": 8, "color": BLUE, "opacity": 0.9}),
        _dots("Doubtful name", doubtful, {"size": 9, "color": VERMILION, "opacity": 0.95, "symbol": "diamond"}),
    ]
    figure = framed(
        [each for each in traces if len(each.x)], height=520, dragmode="pan" if movable else False, clickmode="event+select"
    )
    # The units of either axis mean nothing.
    hidden = {"visible": False, "showgrid": False, "range": [-1.05, 1.05]}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    return figure


def _dots(name: str, points: Sequence[PointOnMap], marker: dict[str, Any]) -> Any:
    from plotly.graph_objects import Scattergl

    return Scattergl(
        x=[each.x for each in points],
        y=[each.y for each in points],
        name=name,
        mode="markers",
        customdata=[each.sha256 for each in points],
        text=full_names([each.person for each in points]),
        marker={**marker, "line": {"width": 0}},
        hovertemplate="%{text}<extra></extra>",
    )
