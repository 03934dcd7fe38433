"""The whole experiment of one run: photos, faces, split, training, one look at the test photos, and what is kept of it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from core.datasets import open_dataset
from core.errors import disk_errors
from core.experiment.learnt import Learnt
from core.experiment.lineup import Lineup, line_up
from core.experiment.measuring import Measured, measure
from core.experiment.outcome import Outcome, Task, work_out
from core.experiment.photos import prepare_dataset
from core.jobs import load_tensorflow
from core.models import save_network
from core.progress import Progress, Report, ShouldStop, never, silent
from core.runs import layout, read_run
from core.runs.records import environment, write_scores
from core.storage import write_json


def run_experiment(directory: Path, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Do what the settings in a run directory say, or go on where it was interrupted, and keep the outcome there.

    A request to stop during the training keeps the best epoch and finishes the run with `stopped: true`.

    Returns:
        What `result.json` holds.

    Raises:
        VisageError: photos, faces, memory or disk do not suffice; says what to do.
        Stopped: somebody asked to stop before anything was learnt.
    """
    started = time.monotonic()
    settings = read_run(directory).settings
    open_dataset(settings.data.source)  # a vanished folder is told now, not after TensorFlow has taken its seconds
    write_json(directory / layout.ENVIRONMENT, environment(load_tensorflow()))
    dataset, prepared = prepare_dataset(settings.data.source, settings.face, report, should_stop)
    lineup = line_up(directory, dataset, prepared, settings)
    outcome = work_out(Task(directory, dataset, prepared, lineup, settings, report, should_stop))
    report(Progress("Measuring", 0, 0, ""))
    measured = measure(outcome.learnt, lineup, outcome.temperature, outcome.thresholds)
    result = {
        "run": str(directory),
        "name": read_run(directory).name,
        "preset": settings.preset,
        "people": len(lineup.people),
        **measured.figures(),
        **_about_training(outcome.learnt, lineup),
        "temperature": outcome.temperature.value,
        "seconds": round(time.monotonic() - started, 3),
    }
    _keep(directory, outcome, measured, result)
    return result


def _about_training(learnt: Learnt, lineup: Lineup) -> dict[str, Any]:
    return {
        "epochs": len([epoch for epoch in learnt.history if epoch.phase == "select"]),
        "best_epoch": learnt.best_epoch,
        "refitted": learnt.refitted,
        "stopped": learnt.stopped,
        "training_seconds": round(sum(epoch.seconds for epoch in learnt.history), 3),
        "without_training": list(lineup.without_training),
        "without_validation": list(lineup.record.without_validation),
        "without_test": list(lineup.record.without_test),
    }


def _keep(directory: Path, outcome: Outcome, measured: Measured, result: dict[str, Any]) -> None:
    save_network(outcome.learnt.network, directory / layout.MODEL)
    if outcome.gallery is not None:
        outcome.gallery.save(directory / layout.GALLERY)
        write_json(directory / layout.BACKBONE, outcome.backbone)
    write_scores(directory / layout.SCORES, measured.scores)
    write_json(directory / layout.THRESHOLDS, measured.thresholds.to_json())
    write_json(directory / layout.REPORT, measured.reports_json())
    write_json(directory / layout.RESULT, result)  # last: now the run is finished
    with disk_errors(directory):
        shutil.rmtree(directory / layout.CHECKPOINT, ignore_errors=True)
