"""The finished folds of a cross-validation, kept as they come: a stopped or killed one goes on with those that are missing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from core.calibration import Temperature
from core.experiment.folds import FoldAnswers, FoldTask
from core.experiment.lineup import describe
from core.settings import to_json
from core.storage import write_whole

VERSION = 1


def fold_file(folder: Path, number: int) -> Path:
    """Return where the answers of fold `number`, from 1, are kept."""
    return folder / f"fold-{number}.npz"


def read_folds(folder: Path, task: FoldTask) -> dict[int, FoldAnswers]:
    """Return the answers that are kept in `folder`, by fold counted from 0."""
    found = {place: _read_fold(folder, task, place) for place in range(len(task.folds))}
    return {place: answers for place, answers in found.items() if answers is not None}


def write_fold(folder: Path, task: FoldTask, answers: FoldAnswers) -> None:
    """Keep the answers of a fold, with a mark of what they answer and no person's name.

    Raises:
        StorageError: the disk refuses.
    """
    about = {
        "mark": _mark(task, answers.number - 1),
        "temperature": answers.temperature.to_json(),
        "taught": answers.taught,
        "seconds": answers.seconds,
    }
    content = io.BytesIO()
    np.savez(content, about=np.array(json.dumps(about)), logits=answers.logits)
    write_whole(fold_file(folder, answers.number), content.getvalue())


def _read_fold(folder: Path, task: FoldTask, place: int) -> FoldAnswers | None:
    """Return the kept answers of a fold; None where there are none, or other photos or settings are asked for now."""
    try:
        with np.load(fold_file(folder, place + 1), allow_pickle=False) as stored:
            about, logits = json.loads(str(stored["about"])), stored["logits"]
    except (FileNotFoundError, ValueError, KeyError, zipfile.BadZipFile):  # damaged: it is worked out again
        return None
    if about["mark"] != _mark(task, place):
        return None
    temperature = Temperature.from_json(about["temperature"])
    return FoldAnswers(place + 1, task.folds[place]["test"], logits, temperature, about["taught"], about["seconds"])


def _mark(task: FoldTask, place: int) -> str:
    """Return what differs as soon as anything differs that decides the answers of a fold."""
    settings = to_json(task.settings)
    contents = describe(task.dataset, task.people).fingerprint
    faces = {part: list(each.sha256) for part, each in task.folds[place].items()}
    decisive = {name: value for name, value in settings.items() if name not in ("data", "openset", "preset")}
    return hashlib.sha256(json.dumps([VERSION, contents, task.people, faces, decisive]).encode()).hexdigest()
