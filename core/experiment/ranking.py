"""Which run is the best: by a cross-validation of its settings where there is one, else by validation; never by the test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.jobs.making import job_directories, kind_of
from core.runs import Run, layout
from core.runs.notes import Notes, read_notes
from core.settings import Settings, SplitSettings, from_json
from core.storage import read_json


@dataclass(frozen=True, eq=False)
class RankedRun:
    """A run with what it is compared by.

    Attributes:
        notes: What people say about it.
        validation: Accuracy, 0..1, on the photos that chose; None where there are none or the run is unfinished.
        crossvalidation: Mean accuracy, 0..1, of the newest cross-validation of the same photos and settings; None without.
        folds: Of that cross-validation, 0 without.
        test: Accuracy, 0..1, on the test photos: to be shown, never to be sorted by.
    """

    run: Run
    notes: Notes
    validation: float | None
    crossvalidation: float | None
    folds: int
    test: float | None

    @property
    def score(self) -> float | None:
        """What it is ranked by."""
        return self.validation if self.crossvalidation is None else self.crossvalidation


def rank(runs: Iterable[Run]) -> tuple[RankedRun, ...]:
    """Return runs with the best first, among equals by validation and then the newest; those without a score come last."""
    crossvalidated = _crossvalidations()
    ranked = [_ranked(run, crossvalidated) for run in runs]
    newest_first = sorted(ranked, key=lambda each: each.run.created, reverse=True)
    return tuple(sorted(newest_first, key=_height, reverse=True))


def _height(each: RankedRun) -> tuple[float, float]:
    score, validation = (-1.0 if value is None else value for value in (each.score, each.validation))
    return score, validation


def _ranked(run: Run, crossvalidated: Mapping[Settings, tuple[float, int]]) -> RankedRun:
    result = run.result or {}
    mean, folds = crossvalidated.get(_decisive(run.settings), (None, 0))
    return RankedRun(run, read_notes(run.directory), _accuracy(result, "validation"), mean, folds, _accuracy(result, "test"))


def _accuracy(result: Mapping[str, Any], part: str) -> float | None:
    accuracy = (result.get(part) or {}).get("accuracy")
    return accuracy if isinstance(accuracy, int | float) else None


def _decisive(settings: Settings) -> Settings:
    """Return settings without what a cross-validation does not look at, and without the seed, which only draws."""
    split = SplitSettings(duplicate_distance=settings.split.duplicate_distance)
    return replace(settings, split=split, seed=0, preset="")


def _crossvalidations() -> dict[Settings, tuple[float, int]]:
    """Return mean accuracy and number of folds of the finished cross-validations, the newest of each settings."""
    found: dict[Settings, tuple[float, int]] = {}
    for directory in job_directories():  # oldest first
        result = directory / layout.RESULT
        if kind_of(directory) == "crossvalidation" and result.exists():
            read = _read(directory, result.stat().st_mtime_ns)
            if read is not None:
                found[read[0]] = read[1:]
    return found


@lru_cache(maxsize=256)  # a finished one never changes, and the list of runs is drawn all the time
def _read(directory: Path, changed: int) -> tuple[Settings, float, int] | None:
    try:
        settings = from_json(dict(read_json(directory / layout.JOB) or {})["settings"])
        result = read_json(directory / layout.RESULT)
        mean = result["mean"]["accuracy"]
        return None if mean is None else (_decisive(settings), float(mean), len(result["folds"]))
    except (SettingsError, ValueError, KeyError, TypeError, OSError):  # damaged, or of another program: it says nothing
        return None
