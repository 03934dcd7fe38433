"""What it costs to train by the page's way, and to watch.

A run that `core.jobs` starts in the background, as the page does, beside the same `core.training.train` call in a script:
seconds, and seconds of processor time, from the end of the first epoch to the end of the last, so that the start of neither
counts. The limit is 1.05 for the seconds; processor time says the same where other programs disturb.
Then the dashboard's processor time while one page in a real Chromium watches a run that learns; the limit is 5% of one core.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.bench_app import FLAGS
from benchmarks.measure import machine, row
from core import jobs
from core.experiment import prepare_dataset
from core.experiment.lineup import line_up
from core.runs import layout, read_run, state_of
from core.runs.liveness import PROCESS
from core.settings import DataSettings, Settings, preset
from core.training import EpochReport, train
from tests.serving import dashboard

REPEATS, EPOCHS = 5, {"dense": 60, "cnn": 12}
OVERHEAD_LIMIT, WATCHING_LIMIT = 1.05, 0.05
LOOK_SECONDS, SETTLE_SECONDS, WATCH_SECONDS = 0.02, 15.0, 30.0


def main(arguments: list[str]) -> int:
    if arguments:
        return script(Path(arguments[0]))
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = folder
        prepare_dataset("orl", settings_for("dense", 1).face)
        overhead = max(measure(name) for name in ("dense", "cnn"))
        share = watch(Path(folder))
    print(f"a run at most {overhead:.3f} times the script (limit {OVERHEAD_LIMIT})")
    print(f"the server used {share:.1%} of one core while a page watched (limit {WATCHING_LIMIT:.0%})")
    return int(overhead > OVERHEAD_LIMIT or share > WATCHING_LIMIT)


def settings_for(name: str, epochs: int) -> Settings:
    chosen = preset(name)
    training = dataclasses.replace(chosen.training, epochs=epochs, patience=0, refit=False)
    return dataclasses.replace(chosen, data=DataSettings("orl"), training=training)


def measure(name: str) -> float:
    """Print the seconds of both ways, in turns, and return the ratio of the medians."""
    pages, scripts, epochs = [], [], EPOCHS[name]
    for _ in range(REPEATS):
        directory = jobs.start_training(settings_for(name, epochs))
        pages.append(followed(directory, epochs))
        command = [sys.executable, "-m", "benchmarks.bench_watching", str(directory)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        scripts.append(json.loads(told.splitlines()[-1]))
        shutil.rmtree(directory)
    for place, what in enumerate(("by the page's way", "processor time")):
        ours, bare = ([float(each[place]) for each in taken] for taken in (pages, scripts))
        row(f"{name}: {epochs - 1} epochs on the built-in faces, {what}", ours, bare)
    return statistics.median(each[0] for each in pages) / statistics.median(each[0] for each in scripts)


def followed(directory: Path, epochs: int) -> tuple[float, float]:
    """Return the seconds between the first and the last epoch of a run in the background, and those of its processor time."""
    history, ends = directory / layout.HISTORY, []
    while len(ends) < epochs:
        if state_of(directory) == "failed":
            raise SystemExit(f"the run failed: {jobs.read_job(directory)}")
        lines = history.read_bytes().count(b"\n") if history.exists() else 0
        if lines > len(ends):
            now = time.perf_counter(), processor_time(process_of(directory))
            ends += [now] * (lines - len(ends))
        time.sleep(LOOK_SECONDS)
    while not (directory / layout.RESULT).exists():
        time.sleep(LOOK_SECONDS)
    return ends[-1][0] - ends[0][0], ends[-1][1] - ends[0][1]


def process_of(directory: Path) -> psutil.Process:
    """Return the process that works on a run."""
    return psutil.Process(json.loads((directory / PROCESS).read_text(encoding="utf-8"))["pid"])


def processor_time(process: psutil.Process) -> float:
    """Return how many seconds a process has worked on all processors together."""
    taken = process.cpu_times()
    return float(taken.user + taken.system)


def script(directory: Path) -> int:
    """Do the training of a run as a notebook would, and print the seconds between its first and its last epoch."""
    settings = read_run(directory).settings
    dataset, prepared = prepare_dataset(settings.data.source, settings.face)
    lineup = line_up(directory, dataset, prepared, settings)
    ends: list[tuple[float, float]] = []

    def after_epoch(report: EpochReport) -> None:
        ends.append((time.perf_counter(), processor_time(psutil.Process())))

    parts = [lineup.parts[part].teaching(prepared) for part in ("train", "validation")]
    train(parts[0], parts[1], len(lineup.people), settings, on_epoch=after_epoch)
    print(json.dumps([last - first for first, last in zip(ends[0], ends[-1], strict=True)]))
    return 0


def watch(artifacts: Path) -> float:
    """Return the share of one core that the dashboard uses while a page watches a run that learns."""
    with tempfile.TemporaryDirectory() as home, dashboard(artifacts, Path(home)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        directory = jobs.start_training(settings_for("cnn", 200))
        page.goto(f"{server.address}/train")
        first = directory / layout.HISTORY
        while not first.exists() or not first.stat().st_size:
            time.sleep(0.5)
        page.reload()
        time.sleep(SETTLE_SECONDS)
        process = psutil.Process(server.pid)
        before = processor_time(process)
        time.sleep(WATCH_SECONDS)
        used = (processor_time(process) - before) / WATCH_SECONDS
        shown = page.get_by_text("Stop").count()
        jobs.request_stop(directory)
        while state_of(directory) in ("running", "queued", "stopping"):
            time.sleep(0.5)
        browser.close()
    if not shown:
        raise SystemExit("the page did not show the run")
    return used


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
