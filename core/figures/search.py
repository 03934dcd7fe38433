"""Charts of a search for better settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.frame import BLUE, GRAY, ORANGE, framed
from core.search import Objective, Range, Trial, searched_limits

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_SWITCH = {"true": "on", "false": "off"}
WORDS: dict[Objective, str] = {"log_loss": "Log loss", "accuracy": "Accuracy"}


def search_history(trials: Sequence[Trial], objective: Objective) -> Figure:
    """Draw the value of each trial, and the best so far as a line; trials that ended early stand at the bottom as crosses.

    Args:
        trials: In the order in which they began.
        objective: What the values are; of "log_loss" the lower one is better.
    """
    from plotly.graph_objects import Scatter

    judged = [(each.number, each.value) for each in trials if each.value is not None]
    numbers, values = [number for number, _ in judged], [value for _, value in judged]
    better = max if objective == "accuracy" else min
    best = [better(values[: place + 1]) for place in range(len(values))]
    form = _form(objective)
    points = Scatter(
        x=numbers, y=values, name="Trial", mode="markers", marker={"color": BLUE, "size": 9, "opacity": 0.75},
        hovertemplate="Trial %{x}: %{y:" + form + "}<extra></extra>",
    )  # fmt: skip
    line = Scatter(
        x=numbers, y=best, name="Best so far", mode="lines", line={"color": ORANGE, "width": 2, "shape": "hv"},
        hovertemplate="Best after trial %{x}: %{y:" + form + "}<extra></extra>",
    )  # fmt: skip
    figure = framed([points, line, *_ended_early(trials, min(values, default=0.0))], height=320, uirevision="search")
    figure.update_xaxes(title_text="Trial", tickformat="d", rangemode="tozero", **({"dtick": 1} if len(trials) < 8 else {}))
    figure.update_yaxes(title_text=WORDS[objective], tickformat=".1~%" if objective == "accuracy" else "~g")
    return figure


def _ended_early(trials: Sequence[Trial], bottom: float) -> list[Any]:
    from plotly.graph_objects import Scatter

    words = {"pruned": "ended early", "unusable": "could not be trained"}
    early = [each for each in trials if each.state in words]
    crosses = Scatter(
        x=[each.number for each in early],
        y=[bottom] * len(early),
        name="Ended early",
        mode="markers",
        marker={"color": GRAY, "size": 8, "symbol": "x-thin", "line": {"width": 2, "color": GRAY}},
        customdata=[words[each.state] for each in early],
        hovertemplate="Trial %{x} %{customdata}<extra></extra>",
    )
    return [crosses] if early else []


def search_importance(importance: Mapping[str, float]) -> Figure:
    """Draw how much of the difference between trials each setting makes, the most important on top.

    Args:
        importance: Share, 0..1, by dotted name of the setting.
    """
    from plotly.graph_objects import Bar

    ordered = sorted(importance.items(), key=lambda each: -each[1])
    bars = Bar(
        y=[searched_limits(name).label for name, _ in ordered],
        x=[share for _, share in ordered],
        orientation="h",
        text=[f"{share:.0%}" for _, share in ordered],
        textposition=["inside" if share > 0.5 else "outside" for _, share in ordered],
        marker_color=BLUE,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = framed([bars], height=60 + 30 * max(len(ordered), 1), showlegend=False, bargap=0.25)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, fixedrange=True)
    return figure


def search_coordinates(trials: Sequence[Trial], space: Sequence[Range], objective: Objective) -> Figure:
    """Draw each judged trial as a line through its values, coloured by how good it is; the best is drawn on top.

    Every axis runs over its range from 0 to 1, so that the lines can carry their trial's number and values when pointed at.

    Args:
        trials: Those without a value are left out.
        space: The axes, with the ends of each; an axis that a trial has no value on is passed by.
        objective: What the values are.
    """
    judged = [each for each in trials if each.value is not None]
    names = [searched_limits(each.name).label for each in space]
    order = sorted(judged, key=lambda each: float(each.value or 0.0), reverse=objective == "log_loss")  # the best comes last
    # Ranks and not values set the colour: one bad trial would make all others look alike.
    lines = [_line(each, space, objective, rank + 1 == len(order), (rank + 1) / len(order)) for rank, each in enumerate(order)]
    figure = framed(lines, height=360, uirevision="search", showlegend=False, hovermode="closest")
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=names, showgrid=True, fixedrange=True)
    figure.update_yaxes(range=[-0.14, 1.14], showticklabels=False, showgrid=False, fixedrange=True)
    for name, each in zip(names, space, strict=True):
        _name_ends(figure, name, each)
    return figure


def _line(trial: Trial, space: Sequence[Range], objective: Objective, best: bool, share: float) -> Any:
    """Return a trial's line; `share` is 1 for the best and near 0 for the worst."""
    from plotly.graph_objects import Scatter

    crossed = [(each, place) for each in space if (place := _place(trial, each)) is not None]
    return Scatter(
        x=[searched_limits(each.name).label for each, _ in crossed],
        y=[place for _, place in crossed],
        customdata=[_shown(trial, each) for each, _ in crossed],
        mode="lines+markers",
        name=f"Trial {trial.number}",
        line={"color": ORANGE if best else BLUE, "width": 3 if best else 1.5},
        opacity=1.0 if best else 0.15 + 0.55 * share,
        hovertemplate=f"Trial {trial.number}, {WORDS[objective].lower()} {trial.value:{_form(objective)}}<br>"
        "%{x}: %{customdata}<extra></extra>",
    )


def _name_ends(figure: Any, name: str, each: Range) -> None:
    """Write the ends of an axis above and below it, or the words of a choice beside it."""
    ends = [(0.0, f"{each.low:g}", "top"), (1.0, f"{each.high:g}", "bottom")] if not each.choices else [
        (place, word, "bottom" if place == 1.0 else "top") for place, word in _places(each)
    ]  # fmt: skip
    for place, words, anchor in ends:
        look = {"showarrow": False, "font": {"size": 11}, "yanchor": anchor, "yshift": -4 if anchor == "top" else 4}
        figure.add_annotation(x=name, y=place, text=_SWITCH.get(words, words), **look)


def _places(each: Range) -> list[tuple[float, str]]:
    last = max(1, len(each.choices) - 1)
    return [(place / last, word) for place, word in enumerate(each.choices)]


def _place(trial: Trial, each: Range) -> float | None:
    """Return where on its axis, 0..1, a trial passes; None where it has no value there."""
    value = trial.params.get(each.name)
    if value is None:
        return None
    if each.choices:
        return next((place for place, word in _places(each) if word == str(value)), None)
    assert each.low is not None
    assert each.high is not None
    low, high, here = (np.log(float(x)) if each.log else float(x) for x in (each.low, each.high, value))
    return float((here - low) / (high - low)) if high > low else 0.5


def _shown(trial: Trial, each: Range) -> str:
    value = trial.params.get(each.name)
    return f"{value:.3g}" if isinstance(value, float) else _SWITCH.get(str(value), str(value))


def _form(objective: Objective) -> str:
    return ".1%" if objective == "accuracy" else ".4g"
