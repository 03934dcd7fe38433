"""An epoch on prepared crops beside as many steps on one batch that is already in memory; random changes on in both.

Ours is what `core.training.train` does in an epoch: read memory-mapped crops in a new order, change, learn, report, keep
the best weights. The bare work is a plain `fit` of the same network. Prints seconds per epoch and the ratio for both
networks; the ratio is to stay below 1.15. A second row adds the validation of a tenth as many faces.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import REPEATS, machine, row
from core.models import build
from core.settings import Settings, preset
from core.training import EpochReport, TrainingFaces, train
from core.training.trainee import build_trainee

FACES, PEOPLE = 320, 40
LIMIT = 1.15


def main() -> int:
    print(machine())
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("dense", "cnn"):
            chosen = preset(name)
            training = dataclasses.replace(chosen.training, epochs=REPEATS + 1, patience=0, refit=False)
            settings = dataclasses.replace(chosen, training=training)
            pixels = write_crops(Path(folder) / f"{name}.rgb", settings.face.size)
            ours, bare = measure(settings, pixels, validation=0)
            row(f"{name}: an epoch of {FACES} faces", ours, bare)
            ratios.append(statistics.median(ours) / statistics.median(bare))
            ours, bare = measure(settings, pixels, validation=FACES // 10)
            row(f"{name}: the same and {FACES // 10} validation faces", ours, bare)
    print(f"at most {max(ratios):.2f} times the bare steps (limit {LIMIT})")
    return int(max(ratios) > LIMIT)


def write_crops(path: Path, size: int) -> Any:
    """Write random crops and return them as a memory map, uint8 (N, S, S, 3)."""
    shape = (FACES, size, size, 3)
    np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).tofile(path)
    return np.memmap(path, np.uint8, "r", shape=shape)


def measure(settings: Settings, pixels: Any, validation: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each epoch of ours and of the bare steps, measured in turns, without the first of each."""
    labels = (np.arange(FACES) % PEOPLE).astype(np.int32)
    teaching = TrainingFaces(pixels, np.arange(FACES), labels)
    choosing = TrainingFaces(pixels, np.arange(validation), labels[:validation])
    bare_epoch = _bare_epoch(settings, np.array(pixels[: settings.training.batch_size]), labels)
    ours, bare = [], []

    def after_epoch(report: EpochReport) -> None:
        ours.append(report.seconds)
        started = time.perf_counter()
        bare_epoch()
        bare.append(time.perf_counter() - started)

    train(teaching, choosing, PEOPLE, settings, on_epoch=after_epoch)
    return ours[1:], bare[1:]


def _bare_epoch(settings: Settings, batch: Any, labels: Any) -> Any:
    import tensorflow as tf

    trainee = build_trainee(build(settings.model, settings.face.size, PEOPLE, settings.seed), settings)
    targets = np.eye(PEOPLE, dtype=np.float32)[labels[: len(batch)]]
    repeated = tf.data.Dataset.from_tensors((batch, targets, np.ones(len(batch), np.float32))).repeat()
    steps = FACES // len(batch)
    return lambda: trainee.fit(repeated, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)


if __name__ == "__main__":
    sys.exit(main())
