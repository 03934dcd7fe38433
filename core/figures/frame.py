"""What all charts share: colours, margins, and names that fit beside an axis."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

# Colours that people with any colour vision tell apart, on light and on dark ground.
# Source: Okabe and Ito, Color Universal Design, 2008.
BLUE, ORANGE, GREEN, VERMILION, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7F7F7F"
CLEAR = "rgba(0, 0, 0, 0)"
GRID = "rgba(127, 127, 127, 0.25)"
NAME_LENGTH = 18  # letters; more would leave a phone no room for the chart
ROWS_WITH_NAMES = 45  # with more people than this a row each would be an endless page


def framed(traces: Sequence[Any], height: int, **layout: Any) -> Any:
    """Return a plotly Figure of `traces` without ground, title or fonts of its own, so that it follows the page's theme.

    Args:
        traces: What to draw.
        height: In px; the width follows the page.
        layout: Further layout values.
    """
    from plotly.graph_objects import Figure

    figure = Figure(list(traces))
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        # Above the chart: beside it a legend would take half of a phone's width.
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0, "traceorder": "normal"},
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(automargin=True, gridcolor=GRID, zeroline=False)
    figure.update_yaxes(automargin=True, gridcolor=GRID, zeroline=False)
    figure.update_layout(**layout)
    return figure


def upright(x: float, words: str, left: bool, top: bool) -> dict[str, Any]:
    """Return layout values for `framed` that draw an upright line with words; `add_vline` takes many times as long.

    Args:
        x: Where.
        words: What stands beside the line.
        left, top: On which side, and at which end.
    """
    across = {"xref": "x", "yref": "y domain"}
    line = {"color": GRAY, "dash": "dot", "width": 1.5}
    place = {"x": x, "y": int(top), "xanchor": "right" if left else "left", "yanchor": "top" if top else "bottom"}
    return {
        "shapes": [{"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line, **across}],
        "annotations": [{"text": words, "showarrow": False, **place, **across}],
    }


def full_names(names: Sequence[str]) -> list[str]:
    """Return names as plotly shows them letter by letter: it would read <b> and &amp; as markup."""
    return [html.escape(name, quote=False) for name in names]


def short_names(names: Sequence[str]) -> list[str]:
    """Return names that fit beside an axis, cut where they are long, and still all different."""
    used: set[str] = set()
    short = []
    for name in names:
        label = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
        while label in used:
            label += "'"
        used.add(label)
        short.append(label)
    return full_names(short)
