"""Curves of a living training, as ECharts options: such a chart moves on in place, where others are drawn anew and flicker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from core.figures.frame import BLUE, GRAY, GREEN, ORANGE
from core.runs.live import Live
from core.training import REFIT, SELECT, EpochReport

HEIGHT = 250  # px
Measure = Literal["accuracy", "loss", "learning_rate"]
TITLES: dict[Measure, str] = {"accuracy": "Accuracy", "loss": "Loss", "learning_rate": "Learning rate"}


def live_curve(history: Sequence[EpochReport], now: Live | None, measure: Measure, unit: str) -> dict[str, Any]:
    """Return a chart of one measure over the epochs so far, with the best epoch marked and the one under way as a dot.

    Args:
        history: One report per finished epoch.
        now: The running values of the epoch under way; None where nothing is known of it.
        measure: What to draw.
        unit: What the history counts, "Epoch" or "Step".
    """
    select = [each for each in history if each.phase == SELECT]
    refit = [each for each in history if each.phase == REFIT]
    lines = [
        _line("Training", _points(select, measure), BLUE),
        _line("Validation", _points(select, f"validation_{measure}"), ORANGE),
        _line("Refit", _points(refit, measure), GREEN),
        _dot(history, now, measure),
    ]
    shown = [line for line in lines if line["data"]]
    named = [line["name"] for line in shown if line["name"] != "Now"]
    best = [each.epoch for each in select if each.best][-1:] if unit == "Epoch" and measure != "learning_rate" else []
    if shown and best:
        # Where the curves are not: accuracies end above, losses below.
        shown[0]["markLine"] = _mark(best[0], "insideStart" if measure == "accuracy" else "insideEnd")
    return {
        "animation": False,  # a chart that is renewed every second must not play its entry again
        "grid": {"left": 8, "right": 16, "top": 34, "bottom": 24, "containLabel": True},
        "legend": {"top": 0, "left": 0, "show": len(named) > 1, "data": named, "icon": "roundRect", "itemHeight": 4},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": unit, "nameLocation": "middle", "nameGap": 26, "min": 0, "minInterval": 1},
        "yAxis": _axis(measure),
        "series": shown,
    }


def _points(reports: Sequence[EpochReport | Live], field: str) -> list[list[float]]:
    """Return (epoch, value) each, accuracies in per cent; a learning rate has no validation."""
    found = [(each.epoch, getattr(each, field, None)) for each in reports]
    times = 100 if field.endswith("accuracy") else 1
    return [[epoch, float(f"{times * value:.4g}")] for epoch, value in found if value is not None]


def _line(name: str, points: list[list[float]], colour: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": points,
        "showSymbol": len(points) < 8,
        "symbolSize": 5,
        "itemStyle": {"color": colour},
        "lineStyle": {"width": 2, "color": colour},
    }


def _dot(history: Sequence[EpochReport], now: Live | None, measure: Measure) -> dict[str, Any]:
    """Return the running value of the epoch under way, tied to the last finished one by a thin line."""
    if now is None or not now.steps or _is_old(history, now):
        return _line("Now", [], BLUE)
    ((_, value),) = _points([now], measure)
    last = _points([each for each in history if each.phase == now.phase][-1:], measure)
    line = _line("Now", [*last, [round(now.epoch - 1 + now.step / now.steps, 2), value]], GREEN if now.phase == REFIT else BLUE)
    return {**line, "lineStyle": {**line["lineStyle"], "width": 1, "type": "dotted"}, "symbol": "emptyCircle"}


def _is_old(history: Sequence[EpochReport], now: Live) -> bool:
    """Tell whether the epoch under way has been reported as finished since."""
    return any(each.phase == now.phase and each.epoch >= now.epoch for each in history[-1:])


def _mark(epoch: int, position: str) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": GRAY, "type": "dotted"},
        "label": {"formatter": f"best: {epoch}", "color": GRAY, "position": position, "rotate": 0},
        "data": [{"xAxis": epoch}],
    }


def _axis(measure: Measure) -> dict[str, Any]:
    axis: dict[str, Any] = {"type": "value", "splitNumber": 4}
    if measure == "accuracy":
        return {**axis, "min": 0, "max": 100, "interval": 25, "axisLabel": {"formatter": "{value}%"}}
    return {**axis, "min": 0} if measure == "loss" else axis
