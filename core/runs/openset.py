"""A run's scores of known faces and of strangers, and its line for a sure name, which a person may move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import RunError
from core.models import softmax
from core.openset import OpenSetScores, Thresholds
from core.runs import layout
from core.runs.records import PartScores
from core.runs.run import Run, damage_named, read_run
from core.storage import read_json, write_json


def read_openset(run: Run) -> OpenSetScores | None:
    """Return the open-set scores of a run; None for runs of an earlier program that kept none.

    A network from scratch is judged by its probabilities, so for those of an earlier program they follow from its answers.

    Raises:
        RunError: a file is damaged.
    """
    path = run.directory / layout.OPENSET
    if path.exists():
        with damage_named(path):
            return OpenSetScores.load(path)
    if run.thresholds is None or run.thresholds.score != "probability" or "validation" not in run.scores:
        return None
    known, right = best_names(run.scores["validation"])
    test, test_right = best_names(run.scores["test"]) if "test" in run.scores else (known[:0], right[:0])
    path = run.directory / layout.STRANGER_TEST
    with damage_named(path):
        values = read_json(path)
        if values:
            return tested(values["scores"], len(values["left_out"]), test, test_right)
    return OpenSetScores("probability", known, right, test=test, test_right=test_right)


def tested(
    scores: Mapping[str, Any], left_out: int, test: npt.NDArray[np.float32], test_right: npt.NDArray[np.bool_]
) -> OpenSetScores:
    """Return what a stranger test has found, with the run's own test faces."""
    return OpenSetScores(
        "probability",
        np.asarray(scores["known"], np.float32),
        np.asarray(scores["right"], np.bool_),
        np.asarray(scores["strangers"], np.float32),
        f"{left_out} people who were left out of a second training",
        test,
        test_right,
    )


def best_names(scores: PartScores) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the probability of the best name of each face, and whether it is right."""
    if not len(scores.labels):
        return np.zeros(0, np.float32), np.zeros(0, np.bool_)
    best = softmax(scores.logits).max(axis=1)
    return np.asarray(best, np.float32), np.asarray(scores.logits.argmax(axis=1) == scores.labels, np.bool_)


def set_line(directory: Path, known: float) -> Thresholds:
    """Set a run's line for a sure name by hand; Predict and the command line use it from now on.

    Raises:
        RunError: the run has no lines yet, or the number is not from -1 to 1.
        StorageError: the disk refuses.
    """
    if not -1 <= known <= 1:
        raise RunError(f"{known} is no line: scores go from -1 to 1.", "Choose a line in between.")
    lines = _lines(directory).by_hand(known, datetime.now(UTC).date())
    write_json(directory / layout.THRESHOLDS, lines.to_json())
    return lines


def reset_line(directory: Path) -> Thresholds:
    """Go back to the line that the run has drawn itself.

    Raises:
        RunError: the run has no lines yet.
        StorageError: the disk refuses.
    """
    lines = _lines(directory)
    own = lines.automatic or lines
    write_json(directory / layout.THRESHOLDS, own.to_json())
    return own


def _lines(directory: Path) -> Thresholds:
    lines = read_run(directory).thresholds
    if lines is None:
        raise RunError("This run has no line for unknown yet.", "Wait until its training ends.")
    return lines
