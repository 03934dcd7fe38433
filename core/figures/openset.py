"""Charts of the scores by which known faces are told from strangers."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.figures.frame import BLUE, GRAY, ORANGE, VERMILION, framed
from core.openset import OpenSetScores, Thresholds

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BINS = 40
_TICKS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995, 0.999)
_NORMAL = NormalDist()


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
    figure = _curve(points[:, [0, 1, 2]], here, "known faces named right")
    figure.update_xaxes(title_text="Strangers with a name", tickformat=".0%", range=[-0.02, 1.02], fixedrange=True)
    bottom = float(points[:, 2].min(initial=1.0))
    figure.update_yaxes(
        title_text="Known faces named right", tickformat=".0%", range=[max(0.0, bottom - 0.02), 1.02], fixedrange=True
    )
    return figure


def det(scores: OpenSetScores, lines: Thresholds) -> Figure:
    """Draw the share of known faces without a name over the share of strangers with one, for every line.

    Both axes count in normal deviates: where scores of both kinds are spread like a bell the curve is straight. A share of 0
    or of 1 lies infinitely far away, so lines without any error of a kind are left out.

    Source:
        Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997, section 2.
    """
    points, cost = scores.curve(), scores.cost(lines)
    seen = points[(points[:, [1, 3]] > 0).all(axis=1) & (points[:, [1, 3]] < 1).all(axis=1)]
    here = (cost.strangers_named / max(cost.strangers, 1), (cost.unsure + cost.unknown) / max(cost.known, 1))
    marked = here if min(here) > 0 and max(here) < 1 else None
    figure = _curve(seen[:, [0, 1, 3]], marked, "known faces without a name", deviates)
    axis = {"tickvals": deviates(_TICKS), "ticktext": [f"{100 * share:g}%" for share in _TICKS], "fixedrange": True}
    figure.update_xaxes(title_text="Strangers with a name", **axis)
    figure.update_yaxes(title_text="Known faces without a name", **axis)
    return figure


def deviates(shares: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return how many standard deviations from the middle a normal curve has each share, between 0 and 1, below it."""
    return np.array([_NORMAL.inv_cdf(share) for share in np.asarray(shares, np.float64).tolist()])


def _as_they_are(shares: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(shares, np.float64)


def _curve(
    points: np.ndarray,
    here: tuple[float, float] | None,
    what: str,
    placed: Callable[[npt.ArrayLike], npt.NDArray[np.float64]] = _as_they_are,
) -> Any:
    """Return the chart of one share over another.

    Args:
        points: float64 (P, 3): the line, the share of strangers with a name, and the other share.
        here: Both shares of the run's own line; None where it cannot be drawn.
        what: What the other share is of.
        placed: Where a share lies on an axis.
    """
    from plotly.graph_objects import Scatter

    shares = "%{customdata[1]:.2%} of strangers with a name, %{customdata[2]:.1%}"
    path = Scatter(
        x=placed(points[:, 1]),
        y=placed(points[:, 2]),
        customdata=points,
        mode="lines",
        line={"color": BLUE, "width": 2, "shape": "hv"},
        hovertemplate=f"From %{{customdata[0]:.3f}} on: {shares} of {what}<extra></extra>",
    )
    traces = [path]
    if here is not None:
        marker, (across, up) = {"color": VERMILION, "size": 11}, placed(here).tolist()
        traces.append(Scatter(x=[across], y=[up], mode="markers", marker=marker, hovertemplate="This line<extra></extra>"))
    return framed(traces, height=300, showlegend=False)
