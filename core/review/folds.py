"""The cross-validation that goes with a run: the newest finished one of the same photos and settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import RunError, SettingsError
from core.runs import Run, layout
from core.runs.run import damage_named
from core.settings import Settings, from_json
from core.storage import jobs_root, read_json

KIND = "crossvalidation"


@dataclass(frozen=True, eq=False)
class FoldScores:
    """What was said about N faces, each by a network that has not learnt from it.

    Attributes:
        people: C names.
        sha256: Of each face's photo.
        labels: int64 (N,).
        logits: float32 (N, C), calibrated.
        fold: int64 (N,), in which fold each was judged, from 1.
    """

    people: tuple[str, ...]
    sha256: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]
    fold: npt.NDArray[np.int64]


def newest(run: Run) -> Path | None:
    """Return the job directory of the newest finished cross-validation of a run's photos and settings; None without one.

    Seeds and the split may differ: a cross-validation draws its own folds.
    """
    root = jobs_root()
    # A job's directory tells when it was made and its kind, so only few of them have to be read.
    named = sorted(root.glob(f"*-{KIND}-*"), reverse=True) if root.is_dir() else []
    wanted = _what_counts(run.settings)
    return next((each for each in named if _is_finished(each) and _settings_of(each) == wanted), None)


def _is_finished(directory: Path) -> bool:
    return (directory / layout.RESULT).exists() and (directory / layout.OUT_OF_FOLD).exists()


def _settings_of(directory: Path) -> Settings | None:
    try:
        return _what_counts(from_json((read_json(directory / layout.JOB) or {})["settings"]))
    except (ValueError, KeyError, TypeError, AttributeError, OSError, SettingsError):
        return None  # damaged, or of another version: it says nothing about this run


def _what_counts(settings: Settings) -> Settings:
    plain = Settings()
    return replace(settings, seed=plain.seed, split=plain.split, openset=plain.openset)


def title_of(directory: Path) -> str:
    """Return what the page calls a cross-validation."""
    count = len(_result(directory).get("folds", []))
    return f"Cross-validation, {count} folds" if count else "Cross-validation"


def only_taught(directory: Path) -> frozenset[str]:
    """Return the people whose photos are all alike, so that none of them was judged."""
    return frozenset(_result(directory).get("training_only", []))


def _result(directory: Path) -> dict[str, Any]:
    try:
        return dict(read_json(directory / layout.RESULT) or {})
    except (ValueError, TypeError, OSError):
        return {}


def read(directory: Path) -> FoldScores:
    """Return the answers for the single faces.

    Raises:
        RunError: the file is missing or damaged.
    """
    path = directory / layout.OUT_OF_FOLD
    if not path.exists():
        raise RunError(f"{path} is missing.", "Cross-validate again.")
    with damage_named(path), np.load(path, allow_pickle=False) as stored:
        people, photos = (tuple(map(str, stored[name])) for name in ("people", "sha256"))
        return FoldScores(people, photos, stored["labels"], stored["logits"], stored["fold"])
