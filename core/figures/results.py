"""Charts of a training and of what came out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.figures.frame import BLUE, GRAY, GREEN, ORANGE, framed, full_names, short_names, upright
from core.training import EpochReport

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Measure = Literal["loss", "accuracy", "learning_rate"]
_TITLES: dict[Measure, str] = {"loss": "Loss", "accuracy": "Accuracy", "learning_rate": "Learning rate"}


def learning_curves(history: Sequence[EpochReport], measure: Measure, unit: str = "Epoch") -> Figure:
    """Draw loss, accuracy or learning rate over the epochs, with the best epoch marked; a refit is dashed.

    Args:
        history: One report per epoch.
        measure: "loss", "accuracy" or "learning_rate".
        unit: "Epoch", or "Step" for a head on an embedding, where the last step is the best and nothing is marked.
    """
    select = [each for each in history if each.phase == "select"]
    refit = [each for each in history if each.phase == "refit"]
    lines = [
        _curve("Training", select, measure, BLUE),
        _curve("Validation", select, f"validation_{measure}", ORANGE) if measure != "learning_rate" else None,
        _curve("Training, all photos", refit, measure, GREEN, dash="dash"),
    ]
    best = [each.epoch for each in select if each.best][-1:] if unit == "Epoch" else []
    # At its best accuracy is at the top of the chart, the others at the bottom: the words stand where the curves are not.
    marks = upright(best[0], f"best epoch: {best[0]}", best[0] > len(select) / 2, measure != "accuracy") if best else {}
    figure = framed([line for line in lines if line is not None], height=320, hovermode="x unified", **marks)
    figure.update_xaxes(title_text=unit, rangemode="tozero", tickformat="d", **({"dtick": 1} if len(select) < 8 else {}))
    percent = {"tickformat": ".0%", "range": [0, 1.02]}
    figure.update_yaxes(title_text=_TITLES[measure], **(percent if measure == "accuracy" else {"rangemode": "tozero"}))
    return figure


def _curve(name: str, reports: Sequence[EpochReport], field: str, colour: str, dash: str = "solid") -> Any:
    from plotly.graph_objects import Scatter

    points = [(each.epoch, getattr(each, field)) for each in reports if getattr(each, field) is not None]
    if not points:
        return None
    epochs, values = zip(*points, strict=True)
    pattern = "%{y:.1%}" if field.endswith("accuracy") else "%{y:.2~g}" if field == "learning_rate" else "%{y:.3f}"
    return Scatter(
        x=epochs,
        y=values,
        name=name,
        mode="lines+markers" if len(points) < 8 else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=pattern,
    )


def probability_bars(top: Sequence[tuple[str, float]]) -> Figure:
    """Draw the most probable people, the first on top.

    Args:
        top: (person, probability 0..1) each, most probable first.
    """
    from plotly.graph_objects import Bar

    shares = [share for _, share in top]
    bars = Bar(
        y=short_names([name for name, _ in top]),
        x=shares,
        orientation="h",
        customdata=full_names([name for name, _ in top]),
        text=[f"{share:.1%}" for share in shares],
        textposition=["inside" if share > 0.5 else "outside" for share in shares],
        marker_color=[BLUE, *([GRAY] * (len(top) - 1))],
        hovertemplate="%{customdata}: %{x:.2%}<extra></extra>",
    )
    figure = framed([bars], height=44 + 30 * max(len(top), 1), showlegend=False, bargap=0.25)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, fixedrange=True)
    return figure


def confidence_histogram(correct: Sequence[float], wrong: Sequence[float]) -> Figure:
    """Draw how sure the network was of its right and of its wrong names.

    Args:
        correct: Probability, 0..1, of the named person for each rightly named face.
        wrong: The same for each wrongly named face.
    """
    from plotly.graph_objects import Bar

    edges = np.linspace(0, 1, 21)
    traces = []
    for name, values, colour in (("Wrong", wrong, ORANGE), ("Right", correct, BLUE)):
        counts, _ = np.histogram(np.asarray(values, float), edges)
        hover = name + ", %{customdata}: %{y} faces<extra></extra>"
        ranges = [f"{low:.0%} to {low + 0.05:.0%}" for low in edges[:-1]]
        traces.append(
            Bar(
                x=edges[:-1] + 0.025,
                y=counts,
                width=0.046,
                name=name,
                marker_color=colour,
                customdata=ranges,
                hovertemplate=hover,
            )
        )
    figure = framed(traces, height=280, barmode="stack")
    figure.update_xaxes(title_text="Probability of the name", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title_text="Faces", rangemode="tozero", tickformat=",d")
    return figure
