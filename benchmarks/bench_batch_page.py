"""The batch part of the Predict page for 1,000 photos: the built-in ones, each two or three times.

Prints: the whole page drawn anew with each tab of the opened batch, by Streamlit's own test runner (the aim is half a
second), the first drawing of each; reading such a batch; and deciding anew by another line, which asks no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import machine, row, seconds
from core import batch
from core.batch.answering import answer_batch
from core.batch.starting import describe, write_batch
from core.datasets import open_dataset
from core.experiment import run_experiment
from core.recognizer import load_recognizer
from core.runs import layout, new_run, read_run
from core.settings import preset, with_values
from core.storage import PROJECT_ROOT, jobs_root, write_json

PHOTOS, KNOWN = 1_000, 25  # of the 40 built-in people the run knows so many
TABS = ("Table", "Albums", "Unknown faces", "Download")
OPENED = "import streamlit\nstreamlit.session_state.setdefault('batch-tab', '{tab}')\n"  # put before the page


def make_batch(folder: Path) -> Path:
    """Train on some of the built-in people, answer 1,000 photos of all of them in this process, return the batch."""
    root = open_dataset("orl").root
    for person in range(1, KNOWN + 1):
        shutil.copytree(root / f"s{person}", folder / "people" / f"Person {person}")
    run = new_run(with_values(preset("embedding-fast"), {"data.source": str(folder / "people")}), name="Benchmark")
    run_experiment(run)
    directory = jobs_root() / "20260101-000000-000000-prediction-0000"
    directory.mkdir(parents=True)
    files = sorted(root.rglob("*.pgm"))
    about = describe(run, None, once=False, lines=None, title="1,000 photos")
    write_batch(directory, about, [files[at % len(files)] for at in range(PHOTOS)])
    result = answer_batch(directory, load_recognizer(run))
    write_json(directory / layout.PROGRESS, {"state": "done", "done": PHOTOS, "total": PHOTOS})
    write_json(directory / layout.RESULT, result)
    return directory


def page_parts(directory: Path) -> Iterator[tuple[str, float, list[float], float]]:
    """Yield each tab with the seconds of the first drawing and of five more, and the processor's seconds of each of these."""
    from streamlit.testing.v1 import AppTest

    script = (PROJECT_ROOT / "pages" / "predict.py").read_text(encoding="utf-8")
    script = script.replace("from __future__ import annotations", "")
    for tab in TABS:
        page = AppTest.from_string(OPENED.format(tab=tab) + script, default_timeout=120)
        page.query_params["batch"] = directory.name
        started = time.perf_counter()
        page.run()
        first = time.perf_counter() - started
        assert not page.exception
        assert any(each.label == "Photos" for each in page.metric)
        busy = time.process_time()
        again = seconds(page.run)
        yield tab, first, again, (time.process_time() - busy) / len(again)


def made_apart(folder: Path) -> Path:
    """Return the batch, made by a process of its own: this one shall not hold TensorFlow, as a server at its start."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_batch_page", str(folder)], check=True, capture_output=True, text=True
    )
    return Path(made.stdout.splitlines()[-1])


def main() -> None:
    """Run the benchmark."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = f"{folder}/artifacts"
        directory = made_apart(Path(folder))
        for tab, first, again, busy in page_parts(directory):
            row(f"{tab}: drawn anew (first {first:.2f} s, processor {busy:.2f} s)", again)
        found = batch.read_batch(directory)
        lines = read_run(found.run_directory).thresholds
        assert lines is not None
        row("reading the batch", seconds(lambda: batch.read_batch(directory)))
        row("another line", seconds(lambda: found.decided(lines.at(0.001))))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(make_batch(Path(sys.argv[1])))
    else:
        main()
