"""The measured quality of a network: reports, thresholds and the scores behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation import EvaluationReport, evaluate
from core.experiment.lineup import Lineup, PartFaces
from core.models import compute_logits, softmax
from core.openset import Thresholds, choose_thresholds
from core.preparation import PreparedFaces
from core.runs import PartScores, layout
from core.settings import Settings
from core.training import TrainedNetwork

FIGURES = ("photos", "no_face", "set_aside", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "top3")
FINAL, SELECTION = "final", "selection"  # the saved network, and the one that had not yet seen the validation photos


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        reports: Of the parts that have photos to score.
        networks: Which network was measured on each part: "final" or, where it learnt from that part, "selection".
        scores: Of validation and test.
    """

    reports: dict[str, EvaluationReport]
    networks: dict[str, str]
    scores: dict[str, PartScores]
    thresholds: Thresholds

    def figures(self) -> dict[str, dict[str, Any]]:
        """Return the figures of each part; those that cannot be had are None."""
        return {part: {**figures(self.reports.get(part)), "network": self.networks[part]} for part in layout.PARTS}

    def reports_json(self) -> dict[str, Any]:
        """Return the whole reports as JSON values."""
        return {"networks": self.networks, **{part: report.to_json() for part, report in self.reports.items()}}

    def thresholds_json(self) -> dict[str, Any]:
        """Return the thresholds as JSON values."""
        return self.thresholds.to_json()


def figures(report: EvaluationReport | None) -> dict[str, Any]:
    """Return the few figures of a report that programs read; zeros and None without a report."""
    if report is None:
        return {name: 0 if name in ("photos", "no_face", "set_aside") else None for name in FIGURES}
    return {name: getattr(report, name) for name in FIGURES}


def measure(trained: TrainedNetwork, lineup: Lineup, prepared: PreparedFaces, settings: Settings) -> Measured:
    """Measure a trained network; the only place where the test photos are looked at."""
    networks = {"train": FINAL, "validation": SELECTION if trained.refitted else FINAL, "test": FINAL}
    parts = lineup.parts
    logits = {
        "train": compute_logits(trained.network, prepared.pixels, parts["train"].rows),
        "validation": trained.validation_logits,
        "test": compute_logits(trained.network, prepared.pixels, parts["test"].rows),
    }
    reports = {part: report_on(logits[part], parts[part], lineup.people) for part in layout.PARTS if _has_photos(parts[part])}
    scores = {part: PartScores(parts[part].sha256, logits[part], parts[part].labels) for part in ("validation", "test")}
    thresholds = choose_thresholds(softmax(logits["validation"]), parts["validation"].labels, settings.openset)
    return Measured(reports, networks, scores, thresholds)


def report_on(logits: npt.NDArray[np.float32], part: PartFaces, people: tuple[str, ...]) -> EvaluationReport:
    """Return the report on the faces of one part and on its photos without a face."""
    return evaluate(softmax(logits), part.labels, part.no_face_labels, people, part.set_aside)


def _has_photos(part: PartFaces) -> bool:
    return len(part.labels) + len(part.no_face_labels) > 0
