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
from core.experiment.photos import Dataset, prepare_dataset
from core.experiment.second_opinion import opinions_on_mistakes
from core.jobs import Paused, Stopped, load_tensorflow
from core.models import save_network
from core.preparation import PreparedFaces
from core.progress import Report, ShouldStop, never, silent
from core.runs import layout, read_run
from core.runs.opinions import write_opinions
from core.runs.records import environment, write_scores
from core.runs.vectors import gathered, write_vectors
from core.settings import Settings
from core.storage import write_json
from core.training import Loop


def run_experiment(
    directory: Path,
    report: Report = silent,
    should_stop: ShouldStop = never,
    should_pause: ShouldStop = never,
    loop: Loop | None = None,
) -> dict[str, Any]:
    """Do what the settings in a run directory say, or go on where it was interrupted, and keep the outcome there.

    A request to stop during the training keeps the best epoch and finishes the run with `stopped: true`; a request to pause
    ends it after the epoch. `loop` is the way through the training's steps, see `core.training.loop`; None: one process, one
    device.

    Returns:
        What `result.json` holds.

    Raises:
        VisageError: photos, faces, memory or disk do not suffice; says what to do.
        Stopped: somebody asked to stop before anything was learnt.
        Paused: somebody asked to pause; run the same directory again to go on.
    """
    started = time.monotonic()
    settings = read_run(directory).settings
    open_dataset(settings.data.source)  # a vanished folder is told now, not after TensorFlow has taken its seconds
    write_json(directory / layout.ENVIRONMENT, environment(load_tensorflow()))
    dataset, prepared = _prepare(settings, report, should_stop, should_pause)
    lineup = line_up(directory, dataset, prepared, settings)
    task = Task(directory, dataset, prepared, lineup, settings, report, should_stop, should_pause, loop)
    outcome = work_out(task)
    measured = measure(outcome.learnt, lineup, outcome.temperature, outcome.thresholds)
    _keep_opinions(task, measured)
    result = _result(task, outcome, measured, time.monotonic() - started)
    _keep(directory, outcome, measured, lineup, result)
    return result


def _prepare(
    settings: Settings, report: Report, should_stop: ShouldStop, should_pause: ShouldStop
) -> tuple[Dataset, PreparedFaces]:
    """Find the faces; a request to pause ends this as one to stop would, and what is found is kept."""
    try:
        return prepare_dataset(settings.data.source, settings.face, report, lambda: should_stop() or should_pause())
    except Stopped as stopped:
        if should_pause() and not should_stop():
            raise Paused from stopped
        raise


def _result(task: Task, outcome: Outcome, measured: Measured, seconds: float) -> dict[str, Any]:
    about = {"run": str(task.directory), "name": read_run(task.directory).name}
    return {
        **about,
        "preset": task.settings.preset,
        "people": len(task.lineup.people),
        **measured.figures(),
        **_about_training(outcome.learnt, task.lineup),
        "temperature": outcome.temperature.value,
        "seconds": round(seconds, 3),
    }


def _about_training(learnt: Learnt, lineup: Lineup) -> dict[str, Any]:
    return {
        "epochs": len([epoch for epoch in learnt.history if epoch.phase == "select"]),
        "best_epoch": learnt.best_epoch,
        "refitted": learnt.refitted,
        "stopped": learnt.stopped,
        "trouble": learnt.trouble,
        "training_seconds": round(sum(epoch.seconds for epoch in learnt.history), 3),
        "without_training": list(lineup.without_training),
        "without_validation": list(lineup.record.without_validation),
        "without_test": list(lineup.record.without_test),
    }


def _keep_opinions(task: Task, measured: Measured) -> None:
    """Store what an embedding says of the faces that were named wrong, where one can be asked."""
    found = opinions_on_mistakes(
        task.dataset, task.prepared, task.lineup, measured.scores, task.settings,
        report=task.report, should_stop=task.should_stop,
    )  # fmt: skip
    if found is not None:
        write_opinions(task.directory / layout.OPINIONS, found)


def _keep_vectors(directory: Path, learnt: Learnt, lineup: Lineup) -> None:
    """Store where the network places each face: nearest faces and the map are read from there, without asking it again."""
    photos = {part: faces.sha256 for part, faces in lineup.parts.items()}
    found = gathered(photos, {part: faces.labels for part, faces in lineup.parts.items()}, learnt.vectors)
    if found is not None:
        write_vectors(directory / layout.VECTORS, found)


def _keep(directory: Path, outcome: Outcome, measured: Measured, lineup: Lineup, result: dict[str, Any]) -> None:
    save_network(outcome.learnt.network, directory / layout.MODEL)
    if outcome.gallery is not None:
        outcome.gallery.save(directory / layout.GALLERY)
        write_json(directory / layout.BACKBONE, outcome.backbone)
    write_scores(directory / layout.SCORES, measured.scores)
    _keep_vectors(directory, outcome.learnt, lineup)
    if outcome.openset is not None:
        outcome.openset.save(directory / layout.OPENSET)
    write_json(directory / layout.THRESHOLDS, measured.thresholds.to_json())
    write_json(directory / layout.REPORT, measured.reports_json())
    write_json(directory / layout.RESULT, result)  # last: now the run is finished
    with disk_errors(directory):
        shutil.rmtree(directory / layout.CHECKPOINT, ignore_errors=True)
        (directory / layout.EARLIER).unlink(missing_ok=True)
