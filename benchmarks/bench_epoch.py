"""An epoch on prepared crops beside as many steps on one batch that is already in memory; random changes on in both.

Ours is what `core.training.train` does in an epoch: read memory-mapped crops in a new order, change, learn, report, keep
the best weights. The bare work is nothing but the compiled steps of the same network. Prints seconds per epoch and the
ratio for both networks; the ratio is to stay below 1.15. A second row gives processor seconds, which other programs
disturb less; a third adds the validation of a tenth as many faces.
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
from core.training.feeding import changed, endless_batches
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
            times = measure(settings, pixels, validation=0)
            row(f"{name}: an epoch of {FACES} faces", times.ours, times.bare)
            row(f"{name}: the same in processor time", times.ours_processor, times.bare_processor)
            ratios.append(statistics.median(times.ours) / statistics.median(times.bare))
            times = measure(settings, pixels, validation=FACES // 10)
            row(f"{name}: the same and {FACES // 10} validation faces", times.ours, times.bare)
    print(f"at most {max(ratios):.2f} times the bare steps (limit {LIMIT})")
    return int(max(ratios) > LIMIT)


def write_crops(path: Path, size: int) -> Any:
    """Write random crops and return them as a memory map, uint8 (N, S, S, 3)."""
    shape = (FACES, size, size, 3)
    np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).tofile(path)
    return np.memmap(path, np.uint8, "r", shape=shape)


@dataclasses.dataclass
class Times:
    """Seconds of each epoch, by the clock and by the processors; the first of each compiles and does not count."""

    ours: list[float] = dataclasses.field(default_factory=list)
    bare: list[float] = dataclasses.field(default_factory=list)
    ours_processor: list[float] = dataclasses.field(default_factory=list)
    bare_processor: list[float] = dataclasses.field(default_factory=list)


def measure(settings: Settings, pixels: Any, validation: int) -> Times:
    """Return the times of our epochs and of the bare steps, measured in turns so that a busy machine slows both alike."""
    labels = (np.arange(FACES) % PEOPLE).astype(np.int32)
    teaching = TrainingFaces(pixels, np.arange(FACES), labels)
    choosing = TrainingFaces(pixels, np.arange(validation), labels[:validation])
    bare_epoch = _bare_epoch(settings, np.array(pixels[: settings.training.batch_size]), labels)
    bare_epoch()
    times, ended = Times(), 0.0

    def after_epoch(report: EpochReport) -> None:
        nonlocal ended
        started, processor = time.perf_counter(), time.process_time()
        bare_epoch()
        if report.epoch > 1:
            times.ours.append(report.seconds)
            times.ours_processor.append(processor - ended)
            times.bare.append(time.perf_counter() - started)
            times.bare_processor.append(time.process_time() - processor)
        ended = time.process_time()

    train(teaching, choosing, PEOPLE, settings, on_epoch=after_epoch)
    return times


def _bare_epoch(settings: Settings, batch: Any, labels: Any) -> Any:
    size = settings.face.size
    trainee = build_trainee(build(settings.model, size, PEOPLE, settings.seed), settings)
    whole = batch, np.eye(PEOPLE, dtype=np.float32)[labels[: len(batch)]], np.ones(len(batch), np.float32)
    repeated = iter(endless_batches(changed(lambda step: whole, settings), 0, size, PEOPLE))
    trainee.make_train_function()
    steps = FACES // len(batch)

    def bare_epoch() -> None:
        for _ in range(steps):
            logs = trainee.train_function(repeated)
        float(logs["loss"])  # wait for the last step

    return bare_epoch


if __name__ == "__main__":
    sys.exit(main())
