"""The Evaluate page and the command `evaluate`, for 3,500 photos of 105 people.

Prints: each part of the page drawn anew from stored answers, as after a click, by Streamlit's own test runner (the aim is
half a second); the first visit of a run; asking a run about 3,500 prepared faces beside bare batched inference (the aim is at
most 1.2 times that).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import interleaved, machine, row
from core.experiment.asking import ask
from core.jobs import load_tensorflow
from core.models import build, compute_logits
from core.openset import Thresholds
from core.preparation import PreparedFaces
from core.recognizer import Recognizer
from core.recognizer.naming import Knowledge
from core.runs import DatasetRecord, PartScores, PhotoRecord, SplitRecord, layout, new_run, records
from core.settings import preset
from core.storage import PROJECT_ROOT, append_json_line, write_json

PHOTOS, TAUGHT, PEOPLE = 3_500, 14_000, 105
TABS = ("Curves", "Report", "Confusion", "Calibration", "Duel")
EPOCHS = 60
OPENED = "import streamlit\nstreamlit.session_state.setdefault('evaluate-tab', '{tab}')\n"  # put before the page


def make_run(seed: int) -> Path:
    """Make a finished run below the artifacts folder that holds everything the page reads, but no network."""
    rng = np.random.default_rng(seed)
    people = tuple(f"Person {number:03d}" for number in range(PEOPLE))
    directory = new_run(preset("cnn"), name=f"Synthetic {seed}")
    parts = ["test"] * PHOTOS + ["validation"] * 1400 + ["train"] * (TAUGHT - 1400)
    photos = tuple(
        PhotoRecord(f"{at:064x}", f"person/{at}.jpg", people[at % PEOPLE], part, "face") for at, part in enumerate(parts)
    )
    records.write_split(directory / layout.SPLIT, SplitRecord(photos))
    records.write_dataset(directory / layout.DATASET, DatasetRecord("synthetic", "Synthetic", "orl", "f" * 64, people))
    scores = {}
    for part in ("test", "validation"):
        own = [at for at, each in enumerate(parts) if each == part]
        labels = np.array([at % PEOPLE for at in own])
        logits = rng.normal(size=(len(own), PEOPLE)).astype(np.float32)
        logits[np.arange(len(own)), labels] += 5
        scores[part] = PartScores(tuple(photos[at].sha256 for at in own), logits, labels)
    records.write_scores(directory / layout.SCORES, scores)
    for epoch in range(1, EPOCHS + 1):
        append_json_line(directory / layout.HISTORY, _epoch(epoch))
    result = {"test": {"photos": PHOTOS}, "validation": {"photos": 1400, "accuracy": 0.9}, "seconds": 60, "epochs": EPOCHS}
    write_json(directory / layout.RESULT, {**result, "refitted": False})
    return directory


def _epoch(number: int) -> dict[str, Any]:
    return {
        "epoch": number, "epochs": EPOCHS, "loss": 1 / number, "accuracy": 0.9, "validation_loss": 1 / number,
        "validation_accuracy": 0.9, "learning_rate": 0.001, "seconds": 1.0, "best": number == EPOCHS, "phase": "select",
    }  # fmt: skip


def page_parts() -> None:
    """Draw each part of the page again and again."""
    from streamlit.testing.v1 import AppTest

    script = (
        (PROJECT_ROOT / "pages" / "evaluate.py").read_text(encoding="utf-8").replace("from __future__ import annotations", "")
    )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = folder
        for seed in range(2):
            make_run(seed)
        for tab in TABS:
            page = AppTest.from_string(OPENED.format(tab=tab) + script, default_timeout=60)
            started = time.perf_counter()
            page.run()
            first = time.perf_counter() - started
            assert not page.exception
            taken = []
            for _ in range(5):
                started = time.perf_counter()
                page.run()
                taken.append(time.perf_counter() - started)
            row(f"{tab}, drawn anew (the first time: {first:.2f} s)", taken)


def prepared_faces() -> None:
    """Ask a run about prepared faces, beside the network alone."""
    load_tensorflow()
    settings = preset("cnn")
    size = settings.face.size
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faces.npy"
        pixels = np.lib.format.open_memmap(file, "w+", np.uint8, (PHOTOS, size, size, 3))
        pixels[:] = np.random.default_rng(0).integers(0, 255, pixels.shape, np.uint8)
        pixels = np.load(file, mmap_mode="r")
        network = build(settings.model, size, PEOPLE, seed=0)
        people = tuple(f"Person {number:03d}" for number in range(PEOPLE))
        photos = [PhotoRecord(f"{at:064x}", f"{at}.jpg", people[at % PEOPLE], "test", "face") for at in range(PHOTOS)]
        rows = {each.sha256: at for at, each in enumerate(photos)}
        faces = PreparedFaces("", dict.fromkeys(rows, "face"), rows, pixels, (), True)
        lines = Thresholds(0.9, 0.5, "made up", False)
        recognizer = Recognizer("", network, settings.face, Knowledge(people, lines), None)  # type: ignore[arg-type]
        order = np.arange(PHOTOS)
        ask(recognizer, photos[:64], people, faces)
        ours, bare = interleaved(
            lambda: ask(recognizer, photos, people, faces), lambda: compute_logits(network, pixels, order), repeats=3
        )
        row(f"evaluate {PHOTOS:,} prepared faces of {size} px, cnn", ours, bare)


if __name__ == "__main__":
    print(machine())
    page_parts()
    prepared_faces()
