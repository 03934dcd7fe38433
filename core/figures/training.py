"""Charts around starting a training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.figures.frame import BLUE, GREEN, framed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def rate_curve(result: Mapping[str, Any]) -> Figure:
    """Draw the smoothed loss over the learning rate, with the suggested rate marked.

    Args:
        result: Of a learning-rate finder: rates, losses and suggested, see `core.experiment.rates.find_rate`.
    """
    from plotly.graph_objects import Scatter

    line = Scatter(
        x=list(result["rates"]),
        y=list(result["losses"]),
        mode="lines",
        line={"color": BLUE, "width": 2},
        hovertemplate="learning rate %{x:.2~g}<br>loss %{y:.3f}<extra></extra>",
    )
    figure = framed([line], height=280, showlegend=False)
    figure.update_xaxes(title_text="Learning rate", type="log", dtick=1, exponentformat="power")
    figure.update_yaxes(title_text="Loss", range=_range_of(result["losses"]))
    if result["suggested"] is not None:
        suggested = float(result["suggested"])
        figure.add_vline(x=suggested, line={"color": GREEN, "dash": "dot", "width": 1.5})
        # On such an axis a line takes the value itself, but words take its power of ten.
        place = {"x": math.log10(suggested), "y": 1, "yref": "y domain", "xanchor": "right", "yanchor": "top"}
        figure.add_annotation(text=f"suggested: {suggested:g}", showarrow=False, **place)
    return figure


def _range_of(losses: list[float]) -> list[float] | None:
    """Return the losses to show: the explosion at the end would flatten all that matters."""
    if not losses:
        return None
    low, high = min(losses), max(losses[0], min(losses))
    space = max(high - low, 0.05 * high)
    return [max(0.0, low - 0.1 * space), high + 0.3 * space]
