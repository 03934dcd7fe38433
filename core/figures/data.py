"""Charts of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.figures.frame import BLUE, GREEN, ORANGE, ROWS_WITH_NAMES, VERMILION, framed, full_names, short_names

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def class_balance(people: Sequence[tuple[str, int]]) -> Figure:
    """Draw how many photos each person has, most first.

    Args:
        people: (person, photos) each.
    """
    ordered = sorted(people, key=lambda each: -each[1])
    counts = np.array([count for _, count in ordered], np.int64)
    return _bars_of_people([name for name, _ in ordered], [("Photos", counts, BLUE)])


def split_counts(people: Sequence[tuple[str, int, int, int]]) -> Figure:
    """Draw how many photos of each person teach, choose and judge, most first.

    Args:
        people: (person, training photos, validation photos, test photos) each.
    """
    ordered = sorted(people, key=lambda each: -sum(each[1:]))
    counts = np.array([each[1:] for each in ordered], np.int64).reshape(-1, 3)
    parts = zip(("Training", "Validation", "Test"), counts.T, (BLUE, ORANGE, GREEN), strict=True)
    return _bars_of_people([each[0] for each in ordered], list(parts))


def _bars_of_people(names: Sequence[str], parts: Sequence[tuple[str, npt.NDArray[np.int64], str]]) -> Figure:
    """Draw stacked bars: a row per person, or a column per person where there are too many for rows."""
    from plotly.graph_objects import Bar

    in_rows = len(names) <= ROWS_WITH_NAMES
    labels, full = short_names(names), full_names(names)
    traces = []
    for part, counts, colour in parts:
        along: dict[str, Any] = {"y": labels, "x": counts, "orientation": "h"} if in_rows else {"x": labels, "y": counts}
        hover = "%{customdata}<br>" + part + ": %{" + ("x" if in_rows else "y") + "}<extra></extra>"
        traces.append(Bar(**along, name=part, customdata=full, hovertemplate=hover, marker_color=colour))
    figure = framed(
        traces,
        height=60 + 20 * max(len(names), 3) if in_rows else 360,
        barmode="stack",
        bargap=0.15,
        showlegend=len(parts) > 1,
    )
    people, photos = (figure.update_yaxes, figure.update_xaxes) if in_rows else (figure.update_xaxes, figure.update_yaxes)
    # A row has room for its name; columns show as many names as fit, the others when one points at them.
    people(type="category", showgrid=False, **({"autorange": "reversed", "dtick": 1} if in_rows else {}))
    photos(title_text="Photos", rangemode="tozero", tickformat=",d")
    return figure


def channel_histogram(counts: npt.NDArray[np.int64]) -> Figure:
    """Draw how often each brightness occurs in red, green and blue.

    Args:
        counts: int64 (3, bins), pixels per brightness, 0..255 in equal bins, RGB.
    """
    from plotly.graph_objects import Scatter

    width = 256 / counts.shape[1]
    middles = (np.arange(counts.shape[1]) + 0.5) * width
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # The dashes keep three equal lines, those of gray photos, visible under each other.
    styles = (("Red", VERMILION, "solid"), ("Green", GREEN, "dash"), ("Blue", BLUE, "dot"))
    traces = [
        Scatter(
            x=middles,
            y=share,
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5, "shape": "hvh"},
            hovertemplate=name + " near %{x:.0f}: %{y:.1%}<extra></extra>",
        )
        for share, (name, colour, dash) in zip(shares, styles, strict=True)
    ]
    figure = framed(traces, height=300)
    figure.update_xaxes(title_text="Brightness", range=[0, 256], dtick=64)
    figure.update_yaxes(title_text="Share of pixels", tickformat=".0%", rangemode="tozero")
    return figure


def image_sizes(sizes: Sequence[tuple[int, int, int]]) -> Figure:
    """Draw the widths and heights of the photos; a dot's area stands for how many share a size.

    Args:
        sizes: (width, height, photos) each, in px.
    """
    from plotly.graph_objects import Scattergl

    widths, heights, counts = np.array(sizes, np.int64).reshape(-1, 3).T
    areas = counts / counts.max() if len(counts) else counts
    dots = Scattergl(
        x=widths,
        y=heights,
        mode="markers",
        customdata=counts,
        marker={"size": 6 + 22 * np.sqrt(areas), "color": BLUE, "opacity": 0.55, "line": {"width": 0}},
        hovertemplate="%{x} × %{y} px: %{customdata} photos<extra></extra>",
    )
    figure = framed([dots], height=340, showlegend=False)
    largest = 1.08 * max(widths.max(), heights.max()) if len(counts) else 1
    figure.update_xaxes(title_text="Width (px)", range=[0, largest])
    figure.update_yaxes(title_text="Height (px)", range=[0, largest])
    return figure
