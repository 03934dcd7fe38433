"""Training a finished run longer: a new run that goes on from the end of its selection.

A refitted network has learnt from the validation faces, so it is never what a longer training begins with.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import RunError, disk_errors
from core.runs import layout
from core.runs.making import new_run
from core.runs.run import Run, damage_named, read_run
from core.settings import Settings
from core.storage import read_json, write_whole
from core.training import finished_epochs

_TAKEN_OVER = (layout.SPLIT, layout.DATASET, layout.FINGERPRINTS)


def why_not_longer(run: Run) -> str:
    """Return in a sentence why a run cannot be trained longer; empty where it can."""
    if run.state != "done":
        return "Only a finished run can be trained longer; resume this one instead."
    if run.settings.model.architecture == "embedding":
        return "A run with an embedding is trained to its end already; more steps would change nothing."
    if not (run.directory / layout.STATE).exists():
        return "This run has not kept what a longer training goes on from."
    return ""


def new_longer_run(run_directory: Path, extra_epochs: int, progress: dict[str, Any] | None = None) -> Path:
    """Make the directory of a run that trains a finished one so many epochs longer, without starting it.

    It has the same photos in the same parts, begins with the weights, the optimiser's memory and the random states of the
    end of the selection, and with its history. A learning rate that falls over the training falls over the longer one
    anew, so it rises at first.

    Raises:
        RunError: the run cannot be trained longer, or not even one epoch more is asked for.
        SettingsError: that would be more epochs than a training may have.
        StorageError: the disk refuses.
    """
    run = read_run(run_directory.absolute())
    refusal = why_not_longer(run)
    if refusal:
        raise RunError(refusal, "Start a new training.")
    history = finished_epochs(run.directory / layout.CHECKPOINT, run.directory / layout.STATE)
    settings = _longer(run.settings, len(history), extra_epochs)

    def fill(directory: Path) -> None:
        for name in _TAKEN_OVER:
            shutil.copyfile(run.directory / name, directory / name)
        _link(run.directory / layout.STATE, directory / layout.EARLIER)
        lines = (json.dumps(epoch.to_json()) + "\n" for epoch in history)
        write_whole(directory / layout.HISTORY, "".join(lines))

    about = {"continued_from": run.id}
    return new_run(settings, name=f"{run.name}, longer", progress=progress, about=about, fill=fill)


def continued_from(run: Run) -> str | None:
    """Return the id of the run that this one is a longer training of; None where it is none."""
    with damage_named(run.directory / layout.RUN):
        about: Mapping[str, Any] = read_json(run.directory / layout.RUN) or {}
        return about.get("continued_from")


def state_bytes(run: Run) -> int:
    """Return how much space a run takes to be trained longer, in bytes; 0 where it cannot be."""
    try:
        return (run.directory / layout.STATE).stat().st_size
    except FileNotFoundError:
        return 0


def drop_state(run: Run) -> None:
    """Give up that a run can be trained longer, for the space.

    Raises:
        StorageError: the disk refuses.
    """
    with disk_errors(run.directory):
        (run.directory / layout.STATE).unlink(missing_ok=True)


def _longer(settings: Settings, finished: int, extra: int) -> Settings:
    if extra < 1:
        raise RunError(f"{extra} more epochs are none.", "Choose at least one.")
    return replace(settings, training=replace(settings.training, epochs=finished + extra, steps=0))


def _link(source: Path, target: Path) -> None:
    """Make `source` known under a second name; where the disk has no such thing, as a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
