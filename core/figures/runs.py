"""Charts that lay several runs over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from core.figures.frame import BLUE, GRAY, GREEN, ORANGE, VERMILION, framed, short_names
from core.training import SELECT, EpochReport

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Source: Okabe and Ito, as in `frame`; the last three are their remaining colours that show on light and dark ground.
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, "#CC79A7", "#56B4E9", "#B8A800", GRAY)
SHARE = "Share of the training"
MOST_RUNS = len(COLOURS)  # more lines cannot be told apart


def overlaid_curves(
    histories: Mapping[str, Sequence[EpochReport]], measure: Literal["loss", "accuracy", "learning_rate"], across: str = "Epoch"
) -> Figure:
    """Draw the curves of several runs: validation as lines, training dotted in the same colour.

    Args:
        histories: The reports of each run by its name, eight runs at most; those of a refit are left out.
        measure: "loss", "accuracy", or "learning_rate", which has only one line a run.
        across: What the horizontal axis counts: "Epoch", "Step", or "Share of the training" where the runs count
            differently; then every curve is drawn from 0 to 1.
    """
    if len(histories) > MOST_RUNS:
        raise ValueError(f"{len(histories)} runs; {MOST_RUNS} are the most that can be told apart")
    lines: list[Any] = []
    for name, colour, epochs in zip(short_names(list(histories)), COLOURS, histories.values(), strict=False):
        lines += _lines_of(name, [each for each in epochs if each.phase == SELECT], measure, colour, across != SHARE)
    figure = framed(lines, height=340, hovermode="x unified")
    axis = {"tickformat": "d"} if across != SHARE else {"tickformat": ".0%", "range": [0, 1.02]}
    figure.update_xaxes(title_text=across, rangemode="tozero", **axis)
    percent = {"tickformat": ".0%", "range": [0, 1.02]}
    figure.update_yaxes(
        title_text=measure.replace("_", " ").capitalize(), **(percent if measure == "accuracy" else {"rangemode": "tozero"})
    )
    return figure


def _lines_of(name: str, epochs: Sequence[EpochReport], measure: str, colour: str, by_epoch: bool) -> list[Any]:
    from plotly.graph_objects import Scatter

    lines = []
    pattern = {"accuracy": "%{y:.1%}", "loss": "%{y:.3f}", "learning_rate": "%{y:.2~g}"}[measure]
    validated = any(getattr(each, f"validation_{measure}", None) is not None for each in epochs)
    for kind, field, dash in (("validation", f"validation_{measure}", "solid"), ("training", measure, "dot")):
        points = [(each.epoch, value) for each in epochs if (value := getattr(each, field, None)) is not None]
        if points:
            last = 1 if by_epoch else max(each.epoch for each in epochs)
            lines.append(
                Scatter(
                    x=[epoch / last for epoch, _ in points],
                    y=[value for _, value in points],
                    name=name if kind == "validation" else f"{name}, training",
                    legendgroup=name,
                    showlegend=kind == "validation" or not validated,
                    mode="lines+markers" if len(points) < 8 else "lines",
                    line={"color": colour, "dash": dash, "width": 2 if dash == "solid" else 1.5},
                    hovertemplate=pattern,
                )
            )
    return lines
