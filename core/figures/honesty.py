"""Charts of the honesty checks and of the learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.evaluation.slices import Slicing
from core.experiment.background import Audit
from core.experiment.careless import SplitCheck
from core.experiment.curve_record import LearningCurve, Point
from core.figures.frame import BLUE, GRAY, ORANGE, VERMILION, framed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_LINE = {"color": GRAY, "dash": "dot", "width": 1.5}


def slices(found: Sequence[Slicing], accuracy: float) -> Figure:
    """Draw the accuracy of each group with its interval, clearly worse ones in another colour.

    Args:
        found: The groups.
        accuracy: Of all photos together, 0..1; a dotted line.
    """
    bands = [(f"{each.title}: {band.name.lower()}", band) for each in found for band in each.bands]
    traces = []
    for name, colour, worse in (("As usual", BLUE, False), ("Clearly worse", VERMILION, True)):
        own = [(label, band) for label, band in bands if band.worse == worse]
        words = [f"{label}, {band.range}: {band.right} of {band.photos} right" for label, band in own]
        ranges = [(band.accuracy or 0.0, band.interval.low, band.interval.high) for _, band in own if band.interval is not None]
        if own:
            traces.append(_with_ranges(ranges, [label for label, _ in own], name, colour, words))
    figure = framed(traces, height=70 + 26 * max(len(bands), 1), showlegend=any(band.worse for _, band in bands))
    figure.add_vline(x=accuracy, line=_LINE)
    figure.update_xaxes(title_text="Accuracy", tickformat=".0%", fixedrange=True)
    labels = [label for label, _ in bands]
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=labels, autorange="reversed", fixedrange=True, showgrid=False
    )
    return figure


def _with_ranges(
    ranges: Sequence[tuple[float, float, float]], labels: Sequence[str], name: str, colour: str, words: Sequence[str]
) -> Any:
    """Return dots with horizontal ranges: (value, low, high) each."""
    from plotly.graph_objects import Scatter

    return Scatter(
        x=[value for value, _, _ in ranges],
        y=list(labels),
        name=name,
        mode="markers",
        marker={"color": colour, "size": 10},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, _, high in ranges],
            "arrayminus": [value - low for value, low, _ in ranges],
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=list(words),
        hovertemplate="%{customdata}<extra></extra>",
    )


def background(found: Audit) -> Figure:
    """Draw how many faces are named right as they are, without face and hair, and with nothing else."""
    names = ("Whole crop", "Only face and hair", "Face and hair painted over")
    shares = (found.whole, found.face, found.background)
    ranges = [(each.value, each.interval.low, each.interval.high) for each in shares]
    words = [f"{name}: {each.right} of {each.count} right" for name, each in zip(names, shares, strict=True)]
    traces = [
        _with_ranges(ranges[:2], names[:2], "faces", BLUE, words[:2]),
        _with_ranges(ranges[2:], names[2:], "background", ORANGE, words[2:]),
    ]
    figure = framed(traces, height=190, showlegend=False)
    figure.add_vline(x=found.guessing, line=_LINE, annotation_text="guessing", annotation_position="top right")
    figure.update_xaxes(title_text="Accuracy", range=[0, 1.02], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=names, autorange="reversed", fixedrange=True, showgrid=False
    )
    return figure


def careless_split(found: SplitCheck) -> Figure:
    """Draw the accuracy of both ways to split, seed by seed."""
    from plotly.graph_objects import Scatter

    seeds = [str(each.seed) for each in found.draws]
    kinds = (
        ("With care", BLUE, [each.careful for each in found.draws]),
        ("Careless", ORANGE, [each.careless for each in found.draws]),
    )
    traces = [
        Scatter(
            x=[hits / count for hits, count in counted],
            y=seeds,
            name=name,
            mode="markers",
            marker={"color": colour, "size": 11},
            customdata=[f"{hits} of {count} right" for hits, count in counted],
            hovertemplate=name + ": %{customdata}<extra></extra>",
        )
        for name, colour, counted in kinds
    ]
    figure = framed(traces, height=110 + 30 * len(seeds))
    figure.update_xaxes(title_text="Accuracy", tickformat=".1%", fixedrange=True)
    figure.update_yaxes(title_text="Seed", type="category", autorange="reversed", fixedrange=True)
    return figure


def twin_distances(counts: Sequence[int], threshold: int) -> Figure:
    """Draw how many test photos have their nearest training photo at each difference.

    Args:
        counts: At each difference from 0 percent on.
        threshold: Up to which difference photos are kept on one side of the split.
    """
    from plotly.graph_objects import Bar

    steps = list(range(len(counts)))
    colours = [VERMILION if step <= threshold else BLUE for step in steps]
    bars = Bar(x=steps, y=list(counts), marker_color=colours, hovertemplate="%{x}% apart: %{y} photos<extra></extra>")
    figure = framed([bars], height=240, showlegend=False, bargap=0.15)
    side = "top right" if threshold < len(counts) / 2 else "top left"
    figure.add_vline(x=threshold + 0.5, line=_LINE, annotation_text="near-duplicate", annotation_position=side)
    figure.update_xaxes(title_text="Difference to the nearest training photo, in percent", dtick=2, fixedrange=True)
    figure.update_yaxes(title_text="Test photos", rangemode="tozero", tickformat=",d", fixedrange=True)
    return figure


def learning_curve(curve: LearningCurve) -> Figure:
    """Draw accuracy over training photos per person: measured dots, and the forecast with its range."""
    from plotly.graph_objects import Scatter

    ahead = curve.forecast
    photos = [each.photos for each in ahead]
    band = Scatter(
        x=[*photos, *reversed(photos)],
        y=[*(each.high for each in ahead), *(each.low for each in reversed(ahead))],
        mode="lines",
        fill="toself",
        fillcolor="rgba(230, 159, 0, 0.22)",
        line={"width": 0},
        name="95% range",
        hoverinfo="skip",
    )
    traces = [band, _path("Forecast", ahead, ORANGE, "dash"), _path("Measured", curve.measured, BLUE, "solid", bars=True)]
    figure = framed(traces, height=340)
    figure.update_xaxes(title_text="Training photos per person", rangemode="tozero", fixedrange=True)
    lowest = min(each.low for each in (*curve.measured, *ahead))
    figure.update_yaxes(title_text="Accuracy", tickformat=".0%", range=[max(0.0, lowest - 0.03), 1.004], fixedrange=True)
    return figure


def _path(name: str, points: Sequence[Point], colour: str, dash: str, bars: bool = False) -> Any:
    from plotly.graph_objects import Scatter

    ranges = {
        "type": "data",
        "symmetric": False,
        "array": [each.high - each.accuracy for each in points],
        "arrayminus": [each.accuracy - each.low for each in points],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }
    return Scatter(
        x=[each.photos for each in points],
        y=[each.accuracy for each in points],
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 9},
        error_y=ranges if bars else None,
        hovertemplate=name + ", %{x:.1f} photos per person: %{y:.1%}<extra></extra>",
    )
