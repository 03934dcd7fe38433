"""Charts of the scores by which known faces are told from strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.frame import BLUE, GRAY, ORANGE, VERMILION, framed
from core.openset import OpenSetScores, Thresholds

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BINS = 40
_TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)


def score_histograms(scores: OpenSetScores, lines: Thresholds) -> Figure:
    """Draw how known faces, named right or wrong, and strangers score, each in percent of its kind, with the lines.

    Args:
        scores: Of a run.
        lines: Below the dotted one a face is unknown, from the dashed one on it gets a name.
    """
    kinds = (
        ("Known, named right", scores.known[scores.right], BLUE),
        ("Known, named wrong", scores.known[~scores.right], VERMILION),
        ("Strangers", scores.strangers, ORANGE),
    )
    low, high = score_range(scores, lines)
    edges = np.linspace(low, high, _BINS + 1)
    whole = {"Strangers": len(scores.strangers)}
    traces = [
        _bars(name, values, whole.get(name, len(scores.known)), edges, colour) for name, values, colour in kinds if len(values)
    ]
    figure = framed(traces, height=300, barmode="overlay", uirevision="scores")
    if lines.unknown < lines.known:
        figure.add_vline(x=lines.unknown, line={"color": GRAY, "dash": "dot", "width": 1.5})
    side = "top left" if lines.known > (low + high) / 2 else "top right"
    figure.add_vline(
        x=lines.known, line={"color": GRAY, "dash": "dash", "width": 2}, annotation_text="a name", annotation_position=side
    )
    title = "Similarity to the person's own photos" if scores.score == "similarity" else "Probability of the best name"
    figure.update_xaxes(title_text=title, range=[low, high], fixedrange=True)
    figure.update_yaxes(title_text="Share of each kind", tickformat=".0%", rangemode="tozero", fixedrange=True)
    return figure


def _bars(name: str, values: np.ndarray, whole: int, edges: np.ndarray, colour: str) -> Any:
    from plotly.graph_objects import Bar

    counts, _ = np.histogram(np.asarray(values, np.float64), edges)
    return Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts / whole,
        width=edges[1] - edges[0],
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        opacity=0.65,
        customdata=counts,
        hovertemplate=name + ", %{x:.3f}: %{customdata} faces<extra></extra>",
    )


def score_range(scores: OpenSetScores, lines: Thresholds) -> tuple[float, float]:
    """Return the range that holds all scores and the run's lines, rounded outwards to hundredths."""
    every = np.concatenate([scores.known, scores.strangers, [lines.known, lines.unknown]]).astype(np.float64)
    low, high = float(np.floor(every.min() * 100) / 100), float(np.ceil(every.max() * 100) / 100)
    return max(-1.0, low), min(1.0, max(high, low + 0.01))


def roc(scores: OpenSetScores, lines: Thresholds) -> Figure:
    """Draw the share of known faces with their right name over the share of strangers with a name, for every line.

    Source:
        The receiver operating characteristic; the lines' own place is marked.
    """
    points, cost = scores.curve(), scores.cost(lines)
    here = (cost.strangers_named / max(cost.strangers, 1), cost.right / max(cost.known, 1))
    figure = _curve(points[:, 1], points[:, 2], points[:, 0], here, "known faces named right")
    figure.update_xaxes(title_text="Strangers with a name", tickformat=".0%", range=[-0.02, 1.02], fixedrange=True)
    bottom = float(points[:, 2].min(initial=1.0))
    figure.update_yaxes(
        title_text="Known faces named right", tickformat=".0%", range=[max(0.0, bottom - 0.02), 1.02], fixedrange=True
    )
    return figure


def det(scores: OpenSetScores, lines: Thresholds) -> Figure:
    """Draw the share of known faces without a name over the share of strangers with one, for every line.

    Both axes are logarithmic, so lines without any error of a kind are left out.

    Source:
        Detection error tradeoff: Martin et al., "The DET curve in assessment of detection task performance", 1997; with
        logarithmic axes, as usual for faces.
    """
    points, cost = scores.curve(), scores.cost(lines)
    seen = points[(points[:, 1] > 0) & (points[:, 3] > 0)]
    here = (cost.strangers_named / max(cost.strangers, 1), (cost.unsure + cost.unknown) / max(cost.known, 1))
    figure = _curve(seen[:, 1], seen[:, 3], seen[:, 0], here if min(here) > 0 else None, "known faces without a name")
    axis = {"type": "log", "tickvals": _TICKS, "tickformat": ".1~%", "fixedrange": True}
    figure.update_xaxes(title_text="Strangers with a name", **axis)
    figure.update_yaxes(title_text="Known faces without a name", **axis)
    return figure


def _curve(x: np.ndarray, y: np.ndarray, lines: np.ndarray, here: tuple[float, float] | None, what: str) -> Figure:
    from plotly.graph_objects import Scatter

    hover = f"From %{{customdata:.3f}} on: %{{x:.2%}} of strangers with a name, %{{y:.1%}} of {what}<extra></extra>"
    path = Scatter(
        x=x, y=y, customdata=lines, mode="lines", line={"color": BLUE, "width": 2, "shape": "hv"}, hovertemplate=hover
    )  # fmt: skip
    traces = [path]
    if here is not None:
        marker = {"color": VERMILION, "size": 11}
        traces.append(
            Scatter(x=[here[0]], y=[here[1]], mode="markers", marker=marker, hovertemplate="This line<extra></extra>")
        )
    return framed(traces, height=300, showlegend=False)
