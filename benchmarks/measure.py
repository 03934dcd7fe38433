"""How the benchmarks measure: medians of repeated runs, printed beside the bare work and with the machine's load."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

REPEATS = 5


def machine() -> str:
    """Return one line that says on what, and how busy, a benchmark ran."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, load {load}"


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Return how long each run of `work` took, in seconds."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def interleaved(
    ours: Callable[[], object], bare: Callable[[], object], repeats: int = REPEATS
) -> tuple[list[float], list[float]]:
    """Return the times of both, measured in turns so that a busy machine slows both alike."""
    pairs = [(seconds(ours, 1)[0], seconds(bare, 1)[0]) for _ in range(repeats)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def row(label: str, ours: list[float], bare: list[float] | None = None, unit: str = "s", factor: float = 1.0) -> None:
    """Print one line: the median and its range, and the ratio to the bare work."""
    text = f"{label:58} {_summary(ours, factor)} {unit}"
    if bare is not None:
        ratio = statistics.median(ours) / statistics.median(bare)
        text += f"   bare {_summary(bare, factor)} {unit}   ratio {ratio:.2f}"
    print(text, flush=True)


def _summary(values: list[float], factor: float) -> str:
    scaled = [value * factor for value in values]
    return f"{statistics.median(scaled):9.3f} [{min(scaled):.3f} .. {max(scaled):.3f}]"
