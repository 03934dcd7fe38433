"""A training that is killed again and again ends as if nothing had happened, and no reader ever meets half a file."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import shutil
import signal
import threading
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import jobs
from core.progress import Progress
from core.runs import Run, layout, new_run, read_live, read_run, read_samples
from core.settings import DataSettings, Settings, preset, with_values
from core.storage import read_json
from core.training.checkpoint import FILE
from tests.core.conftest import QUICK

EPOCHS = 6


def _settings(photos: Path, **changes: str) -> Settings:
    words = dict(change.split("=") for change in QUICK)
    words |= {"training.deterministic": "true", "training.epochs": str(EPOCHS), "training.patience": "0", **changes}
    return dataclasses.replace(with_values(preset("dense"), words), data=DataSettings(str(photos)), seed=4)


def _work(artifacts: str, directory: str, slowly: bool) -> None:
    """Train in a process of its own, with a checkpoint each epoch; slowly enough to be met at any moment of it."""
    os.environ["VISAGE_ARTIFACTS"] = artifacts
    from core.cli import main
    from core.training import checkpoint, watching

    checkpoint.SECONDS_BETWEEN, checkpoint.SHARE_OF_TIME = 0.0, 1e9
    watching.TELL_SECONDS = 0.0
    if slowly:
        write, tell = checkpoint.write_whole, watching.EpochWatch.end_step

        def write_slowly(path: Path, data: Any) -> None:
            half = path.with_name(f".{path.name}.slow")
            half.write_bytes(bytes(data)[: len(data) // 2])
            time.sleep(0.05)
            half.unlink()
            write(path, data)

        def step_slowly(self: Any, step: int, logs: dict[str, float]) -> None:
            time.sleep(0.02)
            tell(self, step, logs)

        checkpoint.write_whole, watching.EpochWatch.end_step = write_slowly, step_slowly
    os._exit(main(["train", "--run", directory]))


@pytest.fixture(scope="module")
def start() -> Callable[..., Any]:
    """Return what starts training in a process that need not import TensorFlow anew: a server forks it off."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tensorflow", "keras", "scipy.optimize", "core.experiment"])

    def begin(directory: Path, slowly: bool = True) -> Any:
        worker = context.Process(target=_work, args=(os.environ["VISAGE_ARTIFACTS"], str(directory), slowly))
        worker.start()
        return worker

    return begin


class Reader(threading.Thread):
    """Reads all that a page could read of a run, again and again, and notes what it could not."""

    def __init__(self, directory: Path) -> None:
        super().__init__(daemon=True)
        self.directory, self.problems, self.rounds, self._ended = directory, [], 0, threading.Event()  # type: ignore[var-annotated]

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._read()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test looks for
                self.problems.append(f"{error!r}: {traceback.format_tb(error.__traceback__)[-1]}")
            self.rounds += 1
            time.sleep(0.003)

    def _read(self) -> None:
        run = read_run(self.directory)
        epochs = [(each.phase, each.epoch) for each in run.history]
        assert epochs == sorted(epochs, key=lambda each: (each[0] != "select", each[1]))
        jobs.read_job(self.directory)
        read_samples(self.directory)
        for path in self._files():
            self._open(path)
        live = self.directory / layout.LIVE_FILE
        was_there = live.exists()  # asked before, too: it may be written first between the next two looks
        assert read_live(self.directory) is not None or not (was_there and live.exists())

    def _files(self) -> list[Path]:
        # Not `rglob`: until Python 3.13 it raises where a folder vanishes between being listed and being opened.
        files = [Path(folder, name) for folder, _, names in os.walk(self.directory) for name in names]
        return [each for each in files if each.suffix in (".json", ".npz") and not each.name.startswith(".")]

    def _open(self, path: Path) -> None:
        try:
            if path.suffix == ".json":
                json.loads(path.read_bytes())
            else:
                with zipfile.ZipFile(path) as file:
                    assert file.testzip() is None
        except FileNotFoundError:
            pass  # gone since it was listed

    def close(self) -> None:
        self._ended.set()
        self.join()


@pytest.fixture
def reading() -> Iterator[Callable[[Path], Reader]]:
    readers: list[Reader] = []

    def begin(directory: Path) -> Reader:
        readers.append(Reader(directory))
        readers[-1].start()
        return readers[-1]

    yield begin
    for reader in readers:
        reader.close()


def _history(directory: Path) -> list[dict[str, Any]]:
    path = directory / layout.HISTORY
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def _epochs(directory: Path, phase: str) -> int:
    return sum(each["phase"] == phase for each in _history(directory))


# The moments at which the process is killed, in order; each goes on from where the last one has left it.
MOMENTS: dict[str, Callable[[Path], object]] = {
    "in the first epoch": read_live,
    "after some epochs": lambda run: _epochs(run, "select") >= 2,
    "while a checkpoint is written": lambda run: (run / layout.CHECKPOINT / f".{FILE}.slow").exists(),
    "while the kept state is written": lambda run: (run / f".{layout.STATE}.slow").exists(),
    "in the refit": lambda run: _epochs(run, "refit") >= 1,
}


def _kill_at(worker: Any, moment: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not moment():
        assert worker.is_alive(), "it has ended before the moment came"
        assert time.monotonic() < end, "the moment never came"
        time.sleep(0.001)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def _finish(worker: Any) -> None:
    worker.join(timeout=240)
    assert worker.exitcode == 0


def _same(one: Run, two: Run) -> None:
    assert [each.timeless() for each in one.history] == [each.timeless() for each in two.history]
    assert read_samples(one.directory) == read_samples(two.directory)
    for part in ("validation", "test"):
        np.testing.assert_array_equal(one.scores[part].logits, two.scores[part].logits)


def test_a_run_that_is_killed_at_any_moment_ends_as_the_undisturbed_one(
    artifacts: Path, three_people: Path, start: Callable[..., Any], reading: Callable[[Path], Reader]
) -> None:
    whole, killed = new_run(_settings(three_people)), new_run(_settings(three_people))
    _finish(start(whole, slowly=False))
    reader = reading(killed)
    for moment in MOMENTS.values():
        _kill_at(start(killed), lambda moment=moment: moment(killed))
        assert jobs.read_job(killed).state == "lost"
        assert jobs.read_job(killed).remedy == "Resume it: finished work is kept."
    _finish(start(killed))
    reader.close()
    assert reader.rounds > 100
    assert reader.problems == []
    one, two = read_run(whole), read_run(killed)
    assert (one.state, two.state) == ("done", "done")
    assert len([each for each in one.history if each.phase == "select"]) == EPOCHS
    _same(one, two)
    left = {each.name for each in killed.iterdir() if each.name.startswith(".") or each.name == layout.CHECKPOINT}
    assert left == set()
    assert read_json(killed / layout.RESULT)["trouble"] == ""


def test_photos_that_come_and_go_while_a_training_runs(
    artifacts: Path, three_people: Path, tmp_path: Path, start: Callable[..., Any]
) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(three_people, photos)
    whole, killed = new_run(_settings(photos)), new_run(_settings(photos))
    _finish(start(whole, slowly=False))
    worker = start(killed)
    end = time.monotonic() + 120
    while _epochs(killed, "select") < 1:
        assert time.monotonic() < end
        time.sleep(0.01)
    shutil.copytree(photos / "Bo", photos / "Aaron")
    for number, file in enumerate(sorted((photos / "Aaron").iterdir())):
        file.write_bytes(file.read_bytes()[:-1] + bytes([number]))  # photos of their own, before all others
    jobs_data = str(photos)
    from core.experiment import prepare_dataset

    prepare_dataset(jobs_data, _settings(photos).face)  # scanned and prepared beside it, as a page would
    _kill_at(worker, lambda: _epochs(killed, "select") >= 3)
    _finish(start(killed, slowly=False))
    _same(read_run(whole), read_run(killed))
    assert read_run(killed).class_names == ("Ann", "Bo", "Čeda")


class Vanished(BaseException):
    """Stands for a process that ends in the middle of its work."""


@pytest.mark.parametrize("stage", ["Embedding faces", "Training", "Measuring"])
def test_a_run_with_an_embedding_goes_on_from_what_is_embedded(artifacts: Path, three_people: Path, stage: str) -> None:
    from core.experiment import run_experiment

    settings = dataclasses.replace(preset("embedding-fast"), data=DataSettings(str(three_people)))

    def vanish(progress: Progress) -> None:
        if progress.stage == stage and (progress.total == 0 or progress.done > 3):
            raise Vanished

    killed, whole = new_run(settings), new_run(settings)
    with pytest.raises(Vanished):
        run_experiment(killed, vanish)
    run_experiment(killed)
    run_experiment(whole)
    _same(read_run(killed), read_run(whole))
    assert read_samples(whole)[-1].epoch == read_run(whole).result["epochs"]
