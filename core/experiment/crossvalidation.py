"""Cross-validation: every photo judges once, so the figure of a preset comes with the range that chance gives it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.calibration import reliability
from core.evaluation import EvaluationReport
from core.experiment.folds import FoldAnswers, FoldTask, answer_folds, draw_task
from core.experiment.kept_folds import read_folds, write_fold
from core.experiment.measuring import figures, report_on
from core.experiment.out_of_fold import OutOfFold
from core.experiment.photos import prepare_dataset
from core.jobs import load_tensorflow
from core.progress import Report, ShouldStop, never, silent
from core.settings import Settings
from core.storage import read_json, write_json

FIGURES = ("accuracy", "balanced_accuracy", "macro_f1", "top3", "log_loss", "calibration_error")
CONFIDENCE = 0.95
FINISHED = "folds.json"  # the figures of the finished folds, for those who watch
METHOD = "95%, Student's t over the folds"


def cross_validate(
    source: str,
    settings: Settings,
    folds: int,
    report: Report = silent,
    should_stop: ShouldStop = never,
    *,
    keep: Path | None = None,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Learn `folds` times, each time without a share of the photos, and judge by those.

    A photo in which no face is found counts as wrong. A person whose photos are all near-duplicates of each other cannot be
    judged: they only teach. With an embedding, faces are embedded once for all folds; other presets train each time.

    Args:
        source: "orl" or a folder of photos.
        settings: All but `data` and the split's preset count; `seed` draws the folds.
        folds: How many, at least 2.
        report: Told where it stands.
        should_stop: Asked often.
        keep: Where to store the answers for the single faces, see `OutOfFold`; None: nowhere.
        folder: Where each finished fold is kept, and taken from if it is there already; None: nowhere.

    Returns:
        JSON values: the figures of each fold (`folds`), their `mean`, `spread` (sample standard deviation) and `interval`
        (of the mean, 95%, by Student's t over the folds), and how well each person was named (`people`).

    Raises:
        VisageError: photos, faces, weights, memory or disk do not suffice.
        Stopped: somebody asked to stop.
    """
    started = time.monotonic()
    task = _task(source, settings, folds, report, should_stop)
    answers, seconds = _answers(task, folder)
    if keep is not None:
        _gathered(task, answers).save(keep)
    values = _values(task, answers)
    return {**values, "seconds": round(time.monotonic() - started + seconds, 3)}


def _answers(task: FoldTask, folder: Path | None) -> tuple[list[FoldAnswers], float]:
    """Return the answers of all folds, and the seconds that those had taken which were there already."""
    if folder is None:
        return list(answer_folds(task)), 0.0
    known, answers = read_folds(folder, task), []
    for each in answer_folds(task, known):
        if each.number - 1 not in known:
            write_fold(folder, task, each)
        answers.append(each)
        write_json(folder / FINISHED, [_fold_values(done, _report(done, task)) for done in answers], durable=False)
    return answers, sum(each.seconds for each in known.values())


def finished_folds(folder: Path) -> list[dict[str, Any]]:
    """Return the figures of the folds that a cross-validation in `folder` has finished so far, as in `cross_validate`."""
    try:
        return list(read_json(folder / FINISHED) or [])
    except (ValueError, TypeError, OSError):  # not forced to the disk: a power cut may leave it empty
        return []


def out_of_fold(
    source: str, settings: Settings, folds: int, report: Report = silent, should_stop: ShouldStop = never
) -> OutOfFold:
    """Return what is said about each face by a network that has not learnt from it; see `cross_validate`."""
    task = _task(source, settings, folds, report, should_stop)
    return _gathered(task, list(answer_folds(task)))


def _task(source: str, settings: Settings, folds: int, report: Report, should_stop: ShouldStop) -> FoldTask:
    load_tensorflow()
    dataset, prepared = prepare_dataset(source, settings.face, report, should_stop)
    return draw_task(dataset, prepared, settings, folds, report=report, should_stop=should_stop)


def _gathered(task: FoldTask, answers: Sequence[FoldAnswers]) -> OutOfFold:
    counts = [len(each.test.labels) for each in answers]
    return OutOfFold(
        task.people,
        tuple(sha256 for each in answers for sha256 in each.test.sha256),
        np.concatenate([each.logits / np.float32(each.temperature.value) for each in answers]),
        np.concatenate([each.test.labels for each in answers]),
        np.repeat(np.array([each.number for each in answers], np.int64), counts),
    )


def _values(task: FoldTask, answers: Sequence[FoldAnswers]) -> dict[str, Any]:
    reports = [_report(each, task) for each in answers]
    rows = [_fold_values(each, of) for each, of in zip(answers, reports, strict=True)]
    return {
        "preset": task.settings.preset,
        "data": task.dataset.catalogue.source,
        "seed": task.settings.seed,
        "folds": rows,
        **summary(rows),
        "interval_method": METHOD,
        "people": _people(task, reports),
        "training_only": list(task.training_only),
    }


def _report(answers: FoldAnswers, task: FoldTask) -> EvaluationReport:
    return report_on(answers.logits / np.float32(answers.temperature.value), answers.test, task.people)


def _fold_values(answers: FoldAnswers, report: EvaluationReport) -> dict[str, Any]:
    before, after = (reliability(answers.logits, answers.test.labels, each) for each in (1.0, answers.temperature.value))
    return {
        "fold": answers.number,
        "taught": answers.taught,
        **figures(report),
        "temperature": answers.temperature.value,
        "calibration_error": after.error if after else None,
        "calibration_error_before": before.error if before else None,
        "log_loss_before": before.log_loss if before else None,
        "seconds": round(answers.seconds, 3),
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return mean, spread and interval of each figure over the folds that have it.

    The interval is that of the mean, and stays inside 0..1 for shares. Folds share most of their training photos, so it is
    a little too narrow; ten runs with splits of their own would be independent.

    Source:
        Student's t with (folds - 1) degrees of freedom.
    """
    found: dict[str, dict[str, Any]] = {"mean": {}, "spread": {}, "interval": {}}
    for name in FIGURES:
        values = [row[name] for row in rows if row[name] is not None]
        mean, spread, interval = _mean_spread_interval(values, highest=np.inf if name == "log_loss" else 1.0)
        found["mean"][name], found["spread"][name], found["interval"][name] = mean, spread, interval
    return found


def _mean_spread_interval(values: Sequence[float], highest: float) -> tuple[float | None, float | None, list[float] | None]:
    from scipy.special import stdtrit

    if len(values) < 2:
        return (float(values[0]) if values else None), None, None
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * spread / len(values) ** 0.5
    return mean, spread, [max(0.0, mean - reach), min(highest, mean + reach)]


def _people(task: FoldTask, reports: Iterable[EvaluationReport]) -> list[dict[str, Any]]:
    """Return how well each person was named over all folds, and how much that differs between them."""
    confusions = np.stack([report.confusion for report in reports])  # (folds, C, C + 1)
    right, photos = np.diagonal(confusions, axis1=1, axis2=2), confusions.sum(axis=2)  # (folds, C) both
    people = []
    for label, person in enumerate(task.people):
        judged = photos[:, label] > 0
        recalls = right[judged, label] / photos[judged, label]
        total = int(photos[:, label].sum())
        people.append({
            "person": person,
            "photos": total,
            "recall": float(right[:, label].sum() / total) if total else None,
            "spread": float(recalls.std(ddof=1)) if len(recalls) > 1 else None,
        })  # fmt: skip
    return people
