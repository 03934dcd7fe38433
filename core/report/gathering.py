"""What a report and a model card tell of a run, read from its files and the dataset's; no network is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.calibration import Reliability, reliability
from core.errors import RunError
from core.experiment.curve_record import read_learning_curve
from core.experiment.honesty import read_honesty
from core.openset import OpenSetScores
from core.recognizer import read_finished_run
from core.report.stored import StoredChecks, read_stored_checks
from core.review import Judged, judged_sets, read_judged
from core.review.summary import Measure, Summary, summarise
from core.runs import Run, layout
from core.runs.openset import read_openset
from core.settings import to_json

SHARES = ("accuracy", "balanced_accuracy", "top3", "calibration_error", "strangers_named")
TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "top3": "Right person among the first three",
    "log_loss": "Log loss",
    "calibration_error": "Calibration error",
    "strangers_named": "Strangers who get a name",
}
NOT_CHECKED = "Nobody has compared it with a careless split or painted its faces over yet."
# Paths on somebody's machine are nobody else's business.
PRIVATE = ("data.source", "embedding.onnx_file")


@dataclass(frozen=True, eq=False)
class Facts:
    """What is told.

    Attributes:
        run: Finished.
        judged, summary: The photos that the figures are about, and the figures.
        scores: Of known faces and strangers; None for runs of an earlier program.
        reliability: How far certainty and truth lie apart; None without a face.
        checks: What the honesty checks and the learning curve have found, in sentences; empty where nobody asked.
        nameless: The same without sentences that name people.
        stored: What the checks say that are read from what is stored of the photos.
    """

    run: Run
    judged: Judged
    summary: Summary
    scores: OpenSetScores | None
    reliability: Reliability | None
    checks: tuple[str, ...]
    nameless: tuple[str, ...]
    stored: StoredChecks = field(default_factory=StoredChecks)

    def figures(self) -> list[tuple[str, str, str]]:
        """Return title, value and 95% interval of each figure as text."""
        return [(title, *_texts(getattr(self.summary, name), name in SHARES)) for name, title in TITLES.items()]

    def counts(self) -> dict[str, int]:
        """Return how many photos taught, chose and judged."""
        return {part: len(self.run.split.part(part)) if self.run.split else 0 for part in layout.PARTS}

    def settings(self) -> list[tuple[str, str]]:
        """Return the settings as (name, value), without paths."""
        rows = []
        for part, values in to_json(self.run.settings).items():
            named = {f"{part}.{name}": each for name, each in values.items()} if isinstance(values, dict) else {part: values}
            rows += [(name, _plain(value)) for name, value in named.items() if name not in PRIVATE]
        return rows

    def line(self) -> str:
        """Say from when on a face gets a name, and what that costs; empty without a line."""
        lines = self.run.thresholds
        if lines is None:
            return ""
        said = (
            f"A face gets a name from a {lines.score} of {lines.known:.3f} on; below {lines.unknown:.3f} it is unknown, and in "
        )
        said += f"between unsure. {lines.source}"
        if self.scores is not None and self.scores.score == lines.score and len(self.scores.known):
            said += f" Counted on validation faces and strangers: {self.scores.cost(lines).words()}"
            if len(self.scores.test):
                said += f" Counted on the test photos: {self.scores.test_cost(lines).words()}"
        return said


def gather(directory: Path, key: str | None = None) -> Facts:
    """Collect what there is to tell of a finished run.

    Args:
        directory: The run.
        key: Whose photos the figures are about, of `core.review.judged_sets`; None takes the most honest ones, the test photos.

    Raises:
        RunError: the run is unfinished or damaged, or there is no photo to judge it by.
    """
    run = read_finished_run(directory)
    sets = dict(judged_sets(run))
    if not sets:
        raise RunError(f"The run {run.name} has not been judged by any photos.", "Evaluate a folder of photos with it first.")
    if key is not None and key not in sets:
        raise RunError(f"The run {run.name} has no photos to be judged by called {key!r}.", f"Known are {', '.join(sets)}.")
    judged = read_judged(run, key or next(iter(sets)))
    found = reliability(judged.logits, judged.labels)
    stored = read_stored_checks(run, judged)
    return Facts(run, judged, summarise(run, judged), read_openset(run), found, *_checks(run), stored)


def _checks(run: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    checked, curve = read_honesty(run.directory).words(), read_learning_curve(run.directory)
    words = curve.words() if curve else []  # the first tells of everybody, the others of single people
    return (*checked, *words), (*checked, *words[:1])


def _texts(measure: Measure, share: bool) -> tuple[str, str]:
    def text(value: float) -> str:
        return f"{value:.1%}" if share else f"{value:.3f}"

    if measure.value is None:
        return "not measured", ""
    reach = measure.interval
    return text(measure.value), f"{text(reach.low)} to {text(reach.high)}" if reach else ""


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
