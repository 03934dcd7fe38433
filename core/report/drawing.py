"""Charts as plain SVG: they need no program and no address, and follow the colours of the page they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 26, 40
# Colours that people with any colour vision tell apart. Source: Okabe and Ito, Color Universal Design, 2008.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00")

Series = tuple[str, Sequence[float], Sequence[float]]  # name, x, y


class Frame:
    """The axes of a chart, and where a value lies in px."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], titles: tuple[str, str]) -> None:
        """Take the ranges of both axes and their titles."""
        self.x, self.y, self.titles = _widened(x), _widened(y), titles

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where the point lies."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return round(LEFT + across * (WIDTH - LEFT - RIGHT), 1), round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1)

    def drawn(self, marks: Sequence[str], names: Sequence[str], label: str) -> str:
        """Return the whole picture: axes, marks, and a legend of the series' names."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
            f"{self._axes()}{''.join(marks)}{_legend(names)}</svg>"
        )

    def _axes(self) -> str:
        parts = []
        for step in range(5):
            share = step / 4
            x, y = self.x[0] + share * (self.x[1] - self.x[0]), self.y[0] + share * (self.y[1] - self.y[0])
            across, up = self.at(x, self.y[0])[0], self.at(self.x[0], y)[1]
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up}" y2="{up}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{up + 4}" text-anchor="end">{_number(y)}</text>')
            parts.append(f'<text x="{across}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_number(x)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(self.titles[0])}</text>')
        parts.append(f'<text x="{LEFT - 46}" y="12">{escape(self.titles[1])}</text>')
        return "".join(parts)


def lines(series: Sequence[Series], titles: tuple[str, str], label: str, x: tuple[float, float] | None = None) -> str:
    """Draw lines through points.

    Args:
        series: Name, x and y values each; values that are no numbers are left out.
        titles: Of the axes.
        label: For people who cannot see the picture.
        x: The range of both axes; None: that of the points, with 0 below.
    """
    series = [(name, *_finite(xs, ys)) for name, xs, ys in series]
    every_x = [value for _, xs, _ in series for value in xs] or [0.0, 1.0]
    every_y = [value for _, _, ys in series for value in ys] or [0.0, 1.0]
    frame = Frame(x or (min(every_x), max(every_x)), x or (min(0.0, *every_y), max(every_y)), titles)
    marks = []
    for (_, xs, ys), colour in zip(series, COLOURS, strict=False):
        points = [frame.at(*point) for point in zip(xs, ys, strict=True)]
        path = " ".join(f"{across},{up}" for across, up in points)
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(points) < 20:
            marks += [f'<circle cx="{across}" cy="{up}" r="3" fill="{colour}"/>' for across, up in points]
    return frame.drawn(marks, [name for name, _, _ in series], label)


def histograms(
    series: Sequence[tuple[str, npt.ArrayLike]], titles: tuple[str, str], label: str, line: float | None = None
) -> str:
    """Draw how often values lie where, each series in percent of its own.

    Args:
        series: Name and values each.
        titles: Of the axes.
        label: For people who cannot see the picture.
        line: A value to be marked.
    """
    named = [(name, np.asarray(values, np.float64)) for name, values in series]
    every = np.concatenate([*(values for _, values in named), [] if line is None else [line]])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    edges = np.linspace(*_widened((low, high)), 31)
    shares = [np.histogram(values, edges)[0] / max(len(values), 1) for _, values in named]
    frame = Frame((edges[0], edges[-1]), (0.0, max(float(each.max()) for each in shares)), titles)
    marks = []
    for counts, colour in zip(shares, COLOURS, strict=False):
        for share, start, end in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if share:
                (left, top), (right, bottom) = frame.at(start, share), frame.at(end, 0.0)
                size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
                marks.append(f'<rect x="{left}" y="{top}" {size} fill="{colour}" fill-opacity="0.6"/>')
    if line is not None:
        across, (_, up), (_, down) = frame.at(line, 0)[0], frame.at(low, frame.y[1]), frame.at(low, 0)
        marks.append(f'<line class="mark" x1="{across}" x2="{across}" y1="{up}" y2="{down}"/>')
    return frame.drawn(marks, [name for name, _ in named], label)


def _finite(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True) if np.isfinite(x) and np.isfinite(y)]
    return [x for x, _ in points], [y for _, y in points]


def _widened(reach: tuple[float, float]) -> tuple[float, float]:
    low, high = float(reach[0]), float(reach[1])
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _number(value: float) -> str:
    return f"{value:.3g}"


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    parts, across = [], float(LEFT + 120)
    for name, colour in zip(names, COLOURS, strict=False):
        parts.append(f'<rect x="{across}" y="3" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{across + 14}" y="12">{escape(name)}</text>')
        across += 30 + 7 * len(name)
    return "".join(parts)
