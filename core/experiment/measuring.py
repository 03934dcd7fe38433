"""The measured quality of a network: reports, calibration and the scores behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.calibration import Reliability, Temperature, fit_temperature, reliability
from core.evaluation import EvaluationReport, evaluate
from core.experiment.learnt import Floats, Learnt
from core.experiment.lineup import Lineup, PartFaces
from core.models import softmax
from core.openset import Thresholds
from core.runs import CalibrationRecord, PartScores, layout

FIGURES = ("photos", "no_face", "set_aside", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "top3")


@dataclass(frozen=True)
class Measured:
    """What was measured; all probabilities are calibrated.

    Attributes:
        reports: Of the parts that have photos to score.
        networks: Which network was measured on each part: "final" or, where it learnt from that part, "selection".
        scores: Of validation and test, with calibrated logits.
        calibration: The temperature, and what it changed on validation and test.
    """

    reports: dict[str, EvaluationReport]
    networks: dict[str, str]
    scores: dict[str, PartScores]
    calibration: CalibrationRecord
    thresholds: Thresholds

    def figures(self) -> dict[str, dict[str, Any]]:
        """Return the figures of each part; those that cannot be had are None."""
        found = {part: {**figures(self.reports.get(part)), "network": self.networks[part]} for part in layout.PARTS}
        for part, (_, after) in self.calibration.parts.items():
            found[part]["calibration_error"] = after.error
        return found

    def reports_json(self) -> dict[str, Any]:
        """Return the whole reports as JSON values."""
        reports = {part: report.to_json() for part, report in self.reports.items()}
        return {"networks": self.networks, "calibration": self.calibration.to_json(), **reports}


def figures(report: EvaluationReport | None) -> dict[str, Any]:
    """Return the few figures of a report that programs read; zeros and None without a report."""
    if report is None:
        return {name: 0 if name in ("photos", "no_face", "set_aside") else None for name in FIGURES}
    return {name: getattr(report, name) for name in FIGURES}


def calibrate(learnt: Learnt, lineup: Lineup) -> Temperature:
    """Return the temperature that the validation faces ask for."""
    return fit_temperature(learnt.logits["validation"], lineup.parts["validation"].labels)


def measure(learnt: Learnt, lineup: Lineup, temperature: Temperature, thresholds: Thresholds) -> Measured:
    """Measure a trained network; the only place where the answers for the test photos are looked at."""
    parts = lineup.parts
    logits = {part: each / np.float32(temperature.value) for part, each in learnt.logits.items()}
    reports = {part: report_on(logits[part], parts[part], lineup.people) for part in layout.PARTS if _has_photos(parts[part])}
    scores = {part: PartScores(parts[part].sha256, logits[part], parts[part].labels) for part in ("validation", "test")}
    changes = {part: _change(learnt.logits[part], parts[part], temperature) for part in ("validation", "test")}
    calibration = CalibrationRecord(temperature, {part: change for part, change in changes.items() if change is not None})
    return Measured(reports, learnt.measured_by, scores, calibration, thresholds)


def _change(logits: Floats, part: PartFaces, temperature: Temperature) -> tuple[Reliability, Reliability] | None:
    before, after = (reliability(logits, part.labels, each) for each in (1.0, temperature.value))
    return None if before is None or after is None else (before, after)


def report_on(logits: Floats, part: PartFaces, people: tuple[str, ...]) -> EvaluationReport:
    """Return the report on the faces of one part and on its photos without a face."""
    return evaluate(softmax(logits), part.labels, part.no_face_labels, people, part.set_aside)


def _has_photos(part: PartFaces) -> bool:
    return len(part.labels) + len(part.no_face_labels) > 0
