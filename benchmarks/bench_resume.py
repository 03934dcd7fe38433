"""Does a run that is killed 20 times at random moments end as an undisturbed one? `python -m benchmarks.bench_resume [kills]`.

Trains the preset `dense` on a part of the built-in faces with exactly repeatable steps, once undisturbed and once killed
by SIGKILL at random moments, from the start of the process to the last one of the refit, and resumed each time. All that a
page reads of a run is read meanwhile, again and again. Prints where it was killed, and whether the two histories are the
same to the last digit.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from benchmarks.measure import machine
from core import jobs
from core.datasets.builtin import orl_root
from core.jobs import start
from core.runs import layout, new_run, read_live, read_run, read_samples
from core.settings import DataSettings, Settings, preset
from core.training import EpochReport

KILLS = 20
PEOPLE, EPOCHS = 10, 60
# As `python -m core`, but with a checkpoint each second: the usual ten are longer than this training.
OFTEN = """
import sys
from core.cli import main
from core.training import checkpoint
checkpoint.SECONDS_BETWEEN, checkpoint.SHARE_OF_TIME = 1.0, 1.0
sys.exit(main(sys.argv[1:]))
"""


def main(kills: int) -> int:
    """Print the figures; return 1 where something differs or could not be read."""
    print(machine())
    start.command = lambda run: [sys.executable, "-c", OFTEN, "train", "--run", str(run)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = str(Path(folder) / "artifacts")
        settings = _settings(Path(folder) / "photos")
        whole = _train(settings)
        seconds = _seconds_of(whole)
        expected = _timeless(whole)
        moments, where = random.Random(0), collections.Counter[str]()
        readers, same = [], []
        while sum(where.values()) < kills:  # a run may end before it was killed often enough
            killed, reader = _train_killed(settings, (kills, seconds), moments, where)
            readers.append(reader)
            same.append(_timeless(killed) == expected)
    print(f"undisturbed: {len(expected)} epochs in {seconds:.1f} s; killed {sum(where.values())} times: {_words(where)}")
    print(f"runs that ended with the same history, to the last digit: {sum(same)} of {len(same)}")
    problems = [problem for each in readers for problem in each.problems]
    print(f"readings: {sum(each.rounds for each in readers)}, of them failed: {len(problems)} {problems[:3] or ''}")
    return int(not all(same) or bool(problems))


def _timeless(run: Path) -> list[EpochReport]:
    return [each.timeless() for each in read_run(run).history]


def _settings(photos: Path) -> Settings:
    for person in range(1, PEOPLE + 1):
        shutil.copytree(orl_root() / f"s{person}", photos / f"Person {person}")
    chosen = preset("dense")
    training = dataclasses.replace(chosen.training, epochs=EPOCHS, patience=0, deterministic=True)
    face = dataclasses.replace(chosen.face, detector="yunet", size=64)
    return dataclasses.replace(chosen, training=training, face=face, data=DataSettings(str(photos)))


def _train(settings: Settings) -> Path:
    run = jobs.start_training(settings)
    while jobs.read_job(run).alive:
        time.sleep(0.2)
    _must_be_done(run)
    return run


def _must_be_done(run: Path) -> None:
    job = jobs.read_job(run)
    if job.state != "done":
        raise SystemExit(f"The run is {job.state}: {job.error} {(run / layout.LOG).read_text()}")


def _seconds_of(run: Path) -> float:
    """Return how long the process took, from its start to its end."""
    return (run / layout.RESULT).stat().st_mtime - jobs.read_job(run).started


def _train_killed(
    settings: Settings, most: tuple[int, float], moments: random.Random, where: collections.Counter[str]
) -> tuple[Path, Reader]:
    """Train, killed again and again, each time a random share of an undisturbed training after the start of the process.

    Args:
        most: How many kills there are to be in all, and how long an undisturbed training takes, in seconds.
        moments: Draws the shares.
        where: Counts the kills; added to.
    """
    (kills, seconds), run = most, new_run(settings)
    reader = Reader(run)
    reader.start()
    while sum(where.values()) < kills:
        jobs.resume(run)
        if not _wait(run, moments.uniform(0.2, 1.0) * seconds):
            break
        where[_place(run)] += 1
        os.kill(int(json.loads((run / layout.PROCESS).read_text())["pid"]), signal.SIGKILL)
        while jobs.read_job(run).state != "lost":
            time.sleep(0.05)
    if jobs.read_job(run).state != "done":
        jobs.resume(run)
        _wait(run, float("inf"))
    _must_be_done(run)
    reader.close()
    return run, reader


def _wait(run: Path, seconds: float) -> bool:
    """Wait so long, and return whether the run is still alive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not jobs.read_job(run).alive:
            return False
        time.sleep(0.01)
    return True


def _place(run: Path) -> str:
    """Return where a run is when it is killed."""
    history = read_run(run).history
    if not history:
        return "before the first epoch's end"
    return "in the refit" if history[-1].phase == "refit" else "between epochs of the selection"


def _words(where: collections.Counter[str]) -> str:
    return ", ".join(f"{count} {place}" for place, count in where.items() if count)


class Reader(threading.Thread):
    """Reads all that a page could read of a run, again and again, and notes what it could not."""

    def __init__(self, run: Path) -> None:
        super().__init__(daemon=True)
        self._run, self._ended = run, threading.Event()
        self.problems: list[str] = []
        self.rounds = 0

    def run(self) -> None:
        """Read until it is closed."""
        while not self._ended.wait(0.01):
            self.rounds += 1
            try:
                self._read()
            except (ValueError, KeyError, TypeError, RuntimeError, OSError, zipfile.BadZipFile, EOFError) as error:
                self.problems.append(repr(error))

    def _read(self) -> None:
        _ = read_run(self._run).history, jobs.read_job(self._run), read_live(self._run), read_samples(self._run)
        for path in [Path(folder, name) for folder, _, names in os.walk(self._run) for name in names]:
            if path.suffix in (".json", ".npz") and not path.name.startswith("."):
                _open(path)

    def close(self) -> None:
        """End the reading."""
        self._ended.set()
        self.join()


def _open(path: Path) -> None:
    try:
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        else:
            with zipfile.ZipFile(path) as file:
                file.testzip()
    except FileNotFoundError:
        pass  # gone since it was listed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
