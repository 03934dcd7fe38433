"""A search at work: trial after trial, alone or beside other workers, until all are judged."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import open_dataset
from core.errors import JobError, SettingsError, TrainingError
from core.experiment.photos import prepare_dataset
from core.jobs import Stopped, load_tensorflow
from core.progress import Report, ShouldStop, never, silent
from core.search.helping import Helpers
from core.search.judging import Judgement, Jury
from core.search.records import SearchSettings, best_settings, read_search, read_state
from core.search.sharing import open_study, storage_errors
from core.search.space import with_params
from core.search.study import Draw
from core.search.watching import SilentWatch, Watch
from core.settings import to_json
from core.training import EpochReport

WAIT_SECONDS = 0.5  # between two looks whether other workers have finished, or vanished


def run_search(directory: Path, report: Report = silent, should_stop: ShouldStop = never) -> dict[str, Any]:
    """Do what a search's directory asks for, or go on where it was interrupted, and keep all trials there.

    Returns:
        JSON values: the best trial, its settings, how many trials were judged, the importance of each setting.

    Raises:
        VisageError: photos, faces, weights, memory, disk or storage do not suffice, or no trial could be judged.
        Stopped: somebody asked to stop; finished trials are kept.
    """
    search = read_search(directory)
    open_dataset(search.settings.data.source)  # a vanished folder is told before TensorFlow takes its seconds
    load_tensorflow()
    jury = _jury(search, report, should_stop)
    with storage_errors(search):
        watch = Watch(directory, search, open_study(search, directory, jury.contents), report)
        try:
            with Helpers(directory, search.workers - 1) as helpers:
                while not (out_of_time := work(search, jury, watch, should_stop)) and not watch.study.is_over():
                    watch.refresh()  # others are still at work; should one vanish, its trial is taken over
                    time.sleep(WAIT_SECONDS)
                helpers.finish(should_stop)
        finally:
            watch.refresh(last=True)
    return _result(directory, search, out_of_time)


def help_search(directory: Path, should_stop: ShouldStop) -> None:
    """Work on the trials of a search whose directory belongs to another process.

    Raises:
        VisageError: as in `run_search`.
        Stopped: somebody asked to stop.
    """
    search = read_search(directory)
    load_tensorflow()
    jury = _jury(search, silent, should_stop)
    with storage_errors(search):
        work(search, jury, SilentWatch(directory, search, open_study(search, directory, jury.contents), silent), should_stop)


def _jury(search: SearchSettings, report: Report, should_stop: ShouldStop) -> Jury:
    dataset, prepared = prepare_dataset(search.settings.data.source, search.settings.face, report, should_stop)
    return Jury(dataset, prepared, search)


def work(search: SearchSettings, jury: Jury, watch: Watch, should_stop: ShouldStop) -> bool:
    """Take trial after trial until none is left; return whether the time was up before.

    Raises:
        Stopped: somebody asked to stop; the trial under way is put back.
    """
    while not watch.time_is_up():
        if should_stop():
            raise Stopped
        draw = watch.study.take()
        if draw is None:
            return False
        watch.now = draw.place
        try_out(draw, search, jury, watch, should_stop)
        watch.refresh()
    return True


def try_out(draw: Draw, search: SearchSettings, jury: Jury, watch: Watch, should_stop: ShouldStop) -> None:
    """Bring one trial to its end, whatever that is.

    Raises:
        Stopped: somebody asked to stop; the values are put back.
        VisageError: what would end any other trial, too.
    """
    ended = False
    try:
        _judge(draw, search, jury, watch, should_stop)
        ended = True
    except (TrainingError, SettingsError) as error:
        draw.cannot_be(str(error))
        ended = True
    finally:
        if not ended:
            draw.put_back()


def _judge(draw: Draw, search: SearchSettings, jury: Jury, watch: Watch, should_stop: ShouldStop) -> None:
    pruned = False

    def stops() -> bool:
        draw.beat()
        return pruned or should_stop()

    def on_epoch(epoch: EpochReport) -> None:
        nonlocal pruned
        watch.on_epoch(epoch)
        value = epoch.validation_accuracy if search.highest_is_best else epoch.validation_loss
        pruned = value is not None and math.isfinite(value) and draw.is_clearly_worse(value, epoch.epoch)

    judged: list[Judgement] = []
    try:
        for each in jury.judge(with_params(search.settings, draw.params), watch.embedding, stops, on_epoch):
            judged.append(each)
            pruned = len(judged) < search.folds and draw.is_clearly_worse(_value(search, judged), len(judged))
    except Stopped:
        if should_stop() or not pruned:
            raise
        draw.prune(len(judged) if search.folds else watch.epoch)
        return
    _end(draw, search, judged)


def _end(draw: Draw, search: SearchSettings, judged: list[Judgement]) -> None:
    epochs = sum(each.epochs for each in judged) or (len(judged) if search.folds else 0)
    value = _value(search, judged)
    if not math.isfinite(value):
        draw.cannot_be("No face was there to judge by, or the answers were no numbers.")
    else:
        draw.done(value, _mean(judged, "accuracy"), _mean(judged, "log_loss"), epochs)


def _value(search: SearchSettings, judged: list[Judgement]) -> float:
    found = _mean(judged, search.objective)
    return math.nan if found is None else found


def _mean(judged: list[Judgement], name: str) -> float | None:
    """Return the mean of a figure over the folds that have it, as a cross-validation does."""
    values = [value for each in judged if (value := getattr(each.report, name)) is not None]
    return float(np.mean(values)) if values else None


def _result(directory: Path, search: SearchSettings, out_of_time: bool) -> dict[str, Any]:
    state = read_state(directory)
    if state.best is None:
        raise JobError(
            f"None of the {len(state.trials)} trials could be judged.", "Choose other ranges, then start a new search."
        )
    counts = {name: len([each for each in state.trials if each.state == name]) for name in ("done", "pruned", "unusable")}
    return {
        "preset": search.settings.preset,
        "data": search.settings.data.source,
        "objective": search.objective,
        "folds": search.folds,
        "study": search.name,
        "trials": counts,
        "best": asdict(state.best),
        "settings": to_json(best_settings(directory)),
        "importance": state.importance,
        "out_of_time": out_of_time,
        "seconds": state.spent,
    }
