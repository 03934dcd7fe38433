"""The default preset from prepared faces to a finished run, test photos included, beside nothing but embedding them.

The built-in faces with nothing embedded, and `pins40` (needs VISAGE_TEST_PHOTOS) with all faces embedded: the limits are 15
and 20 seconds on two cores. TensorFlow is loaded before, as in a notebook; the first line says how long that takes, which a
run started from a page or the command line pays once. An own VISAGE_ARTIFACTS keeps the prepared faces.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import machine, row, seconds
from benchmarks.trials import photos_folder
from core.embeddings import load_backbone
from core.experiment import prepare_dataset, run_experiment
from core.jobs import load_tensorflow
from core.runs import new_run
from core.settings import DataSettings, Settings, preset

ORL_LIMIT, PINS_LIMIT = 15.0, 20.0  # seconds


def main() -> int:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VISAGE_ARTIFACTS", folder)
        row("loading TensorFlow", seconds(load_tensorflow, 1))
        slow = built_in() > ORL_LIMIT
        photos = photos_folder()
        if photos is None:
            print("pins40: skipped, VISAGE_TEST_PHOTOS names no folder")
        else:
            slow |= embedded(photos / "pins40") > PINS_LIMIT
    return int(slow)


def settings_for(source: str) -> Settings:
    return dataclasses.replace(preset("embedding"), data=DataSettings(source))


def train(settings: Settings) -> None:
    """Train a run and forget it."""
    directory = new_run(settings)
    run_experiment(directory)
    shutil.rmtree(directory)


def built_in() -> float:
    """Print and return the seconds of a run on the built-in faces, none of which is embedded yet."""
    settings = settings_for("orl")
    dataset, prepared = prepare_dataset("orl", settings.face)
    stored = dataset.catalogue.directory / "embeddings"
    backbone, faces = load_backbone(settings), np.array(prepared.pixels)
    both = np.concatenate([faces, faces[:, :, ::-1]])  # each face and its mirror image
    backbone.embed(both[:64])

    def whole() -> None:
        shutil.rmtree(stored, ignore_errors=True)
        train(settings)

    return _timed("built-in faces, none embedded: a whole run", whole, lambda: backbone.embed(both))


def embedded(source: Path) -> float:
    """Print and return the seconds of a run on a folder whose faces are all embedded."""
    settings = settings_for(str(source))
    prepare_dataset(settings.data.source, settings.face)
    train(settings)
    return _timed(f"{source.name}, all faces embedded: a whole run", lambda: train(settings))


def _timed(label: str, whole: Callable[[], object], bare: Callable[[], object] | None = None) -> float:
    taken = seconds(whole)
    row(label, taken, seconds(bare) if bare else None)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
