"""What the training doctor finds in a run."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

from core.doctor import Finding, diagnose
from core.runs import layout
from core.runs.records import read_split
from core.runs.run import Run, damage_named


def examine(run: Run) -> tuple[Finding, ...]:
    """Say what the curves of a run show, living or ended; nothing while it has no epoch.

    Raises:
        RunError: its history or its split is damaged.
    """
    if not run.history:
        return ()
    return diagnose(run.history, len(run.class_names), majority_share(run), run.settings, counts_in(run))


def counts_in(run: Run) -> str:
    """Return what a run's history counts: "Step" of a head on an embedding, else "Epoch"."""
    settings = run.settings
    return "Step" if settings.model.architecture == "embedding" and not settings.embedding.fine_tune else "Epoch"


def majority_share(run: Run) -> float:
    """Return the share, 0..1, of the validation faces that show the person with the most of them; 0 without any.

    Raises:
        RunError: the split is damaged.
    """
    path = run.directory / layout.SPLIT
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0.0
    return _majority_share(path, changed)


@lru_cache(maxsize=64)  # a living run is looked at every second, and its split never changes
def _majority_share(path: Path, changed: int) -> float:
    with damage_named(path):
        split = read_split(path)
    faces = Counter(photo.person for photo in split.part("validation") if photo.use == "face") if split else Counter[str]()
    return max(faces.values()) / faces.total() if faces else 0.0
