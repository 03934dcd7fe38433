"""How fast the work goes and how long it will still take, without jumping about."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 20.0
LEAST_POINTS = 8


class Pace:
    """The speed of one stage, measured over its recent past.

    The start of a stage is left out as soon as there is more to go by: the first batch or epoch also loads and compiles.
    """

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()
        self._warm = False

    def add(self, seconds: float, done: int) -> None:
        """Note that `done` units were finished at the time `seconds`."""
        if self._points and done == self._points[-1][1]:
            return
        self._points.append((seconds, done))
        if not self._warm and len(self._points) > 2:
            self._points.popleft()
            self._warm = True
        while len(self._points) > LEAST_POINTS and self._points[1][0] < seconds - WINDOW_SECONDS:
            self._points.popleft()

    def rate(self) -> float | None:
        """Return units per second, None while there is too little to go by."""
        if len(self._points) < 2:
            return None
        (first_seconds, first), (last_seconds, last) = self._points[0], self._points[-1]
        return (last - first) / (last_seconds - first_seconds) if last > first and last_seconds > first_seconds else None

    def seconds_left(self, total: int) -> float | None:
        """Return how long the rest of `total` units takes at this rate, None while unknown."""
        rate = self.rate()
        return max(0, total - self._points[-1][1]) / rate if rate else None
