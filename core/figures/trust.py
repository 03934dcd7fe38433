"""Charts of how far a network can be trusted: how sure it says it is, and what it says of strangers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.calibration import Reliability
from core.figures.frame import BLUE, GRAY, ORANGE, framed
from core.openset import StrangerCurve

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # shares of strangers


def reliability_diagram(before: Reliability, after: Reliability) -> Figure:
    """Draw how often names are right over how sure the network was of them; on the dotted line the two agree.

    Args:
        before, after: Without and with the correction; drawn once where they are the same.
    """
    from plotly.graph_objects import Scatter

    ideal = Scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="As sure as right", hoverinfo="skip",
        line={"color": GRAY, "dash": "dot", "width": 1.5},
    )  # fmt: skip
    parts = [("Faces", after, BLUE)] if before.bins == after.bins else [("Before", before, ORANGE), ("After", after, BLUE)]
    figure = framed([ideal, *(_groups(*each) for each in parts)], height=360)
    figure.update_xaxes(title_text="How sure", range=[0, 1.03], tickformat=".0%")
    figure.update_yaxes(title_text="How often right", range=[0, 1.05], tickformat=".0%")
    return figure


def _groups(name: str, reliability: Reliability, colour: str) -> Any:
    from plotly.graph_objects import Scatter

    sure, right, faces = zip(*reliability.bins, strict=True) if reliability.bins else ((), (), ())
    return Scatter(
        x=sure,
        y=right,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 8},
        customdata=faces,
        hovertemplate=name + ": %{x:.1%} sure, %{y:.1%} right, %{customdata} faces<extra></extra>",
    )


def stranger_curve(curve: StrangerCurve, rate: float) -> Figure:
    """Draw the share of known faces that get their right name over the share of strangers that get one.

    Args:
        curve: Without known faces nothing is drawn but the run's line.
        rate: The share of strangers at which the run has its line, above 0.
    """
    from plotly.graph_objects import Scatter

    points = [(strangers, named) for strangers, _, named in curve.points if named is not None]
    shares, named = zip(*points, strict=True) if points else ((), ())
    line = Scatter(
        x=shares,
        y=named,
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        hovertemplate="%{x:.2%} of strangers get a name, %{y:.1%} of known faces their right one<extra></extra>",
    )
    figure = framed([line], height=340, showlegend=False)
    vertical = {"color": GRAY, "dash": "dot", "width": 1.5}
    figure.add_vline(x=rate, line=vertical)
    # Plotly takes the place of words on such an axis as a logarithm, unlike that of lines.
    words = {"text": f"this run: {rate:.1%}", "showarrow": False, "yanchor": "bottom", "y": 0, "yref": "paper"}
    figure.add_annotation(x=math.log10(rate), xanchor="left", xshift=4, **words)
    figure.update_xaxes(title_text="Strangers with a name", type="log", tickvals=TICKS, tickformat=".1~%")
    lowest = min(named, default=0.0)
    figure.update_yaxes(title_text="Known faces named right", range=[max(0.0, lowest - 0.05), 1.003], tickformat=".0%")
    return figure


def fold_accuracies(accuracies: Sequence[float], mean: float, low: float, high: float) -> Figure:
    """Draw the accuracy of each fold as a dot, with the mean and its interval.

    Args:
        accuracies: 0..1, one for each fold.
        mean, low, high: The mean over the folds and the ends of its interval.
    """
    from plotly.graph_objects import Scatter

    dots = Scatter(
        x=list(range(1, len(accuracies) + 1)),
        y=list(accuracies),
        mode="markers",
        marker={"color": BLUE, "size": 12},
        hovertemplate="Fold %{x}: %{y:.1%}<extra></extra>",
    )
    figure = framed([dots], height=260, showlegend=False)
    figure.add_hrect(y0=low, y1=high, fillcolor=BLUE, opacity=0.12, line_width=0)
    figure.add_hline(y=mean, line={"color": GRAY, "dash": "dot", "width": 1.5})
    figure.update_xaxes(title_text="Fold", dtick=1, showgrid=False, range=[0.5, len(accuracies) + 0.5])
    bottom = min([low, *accuracies])
    figure.update_yaxes(title_text="Accuracy", tickformat=".1~%", range=[max(0.0, bottom - 0.02), 1.003])
    return figure
