"""A run's curves as TensorBoard reads them: loss, accuracy and learning rate by epoch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import RunError, disk_errors
from core.jobs import load_tensorflow
from core.progress import Progress, Report, silent
from core.runs import read_run
from core.storage import artifacts_root, new_directory
from core.training import SELECT, EpochReport

# Folders below the run's, each one line in TensorBoard's charts.
TRAIN, VALIDATION, REFIT = "train", "validation", "refit"


def events_root() -> Path:
    """Return the folder that TensorBoard is pointed to, where no other was named."""
    return artifacts_root() / "tensorboard"


def write_events(directory: Path, to: Path | None = None, report: Report = silent) -> dict[str, Any]:
    """Write the curves of the run in `directory`; what was written of it before is replaced.

    Args:
        directory: The run; it may still be trained.
        to: The folder for TensorBoard, in which the run gets a folder of its own; None: `events_root()`.
        report: Told where it stands.

    Returns:
        JSON values: the run, its `folder`, what to give to `tensorboard --logdir`, and how many epochs there are.

    Raises:
        RunError: there is no run, it has no epoch yet, or something else is in the run's folder.
        StorageError: the disk refuses.
    """
    run = read_run(directory.absolute())
    if not run.history:
        raise RunError(f"The run {run.name} has no epoch yet.", "Wait until its first epoch has ended.")
    root = (to or events_root()).expanduser().absolute()
    target = root / run.id
    report(Progress("Writing", 0, len(run.history), "epochs"))
    _make_room(target)
    load_tensorflow()
    with new_directory(target) as temporary:
        for name, points in _lines(run.history):
            _write(temporary / name, points)
    report(Progress("Writing", len(run.history), len(run.history), "epochs"))
    return {"run": str(run.directory), "folder": str(target), "logdir": str(root), "epochs": len(run.history)}


def _make_room(target: Path) -> None:
    """Remove what was written of this run before, and nothing else.

    Raises:
        RunError: there is something else.
    """
    if not target.exists():
        return
    parts = list(target.iterdir()) if target.is_dir() else [target]
    files = [file for part in parts if part.is_dir() for file in part.iterdir()]
    known = all(part.name in (TRAIN, VALIDATION, REFIT) for part in parts)
    if not known or any("tfevents" not in file.name for file in files):
        raise RunError(f"{target} holds something else than event files.", "Name another folder.")
    with disk_errors(target):
        shutil.rmtree(target)


def _lines(history: tuple[EpochReport, ...]) -> Iterator[tuple[str, list[tuple[int, dict[str, float]]]]]:
    """Yield each folder with its points: the epoch and the values by their names."""
    select = [each for each in history if each.phase == SELECT]
    refit = [each for each in history if each.phase != SELECT]
    for name, epochs in ((TRAIN, select), (REFIT, refit)):
        if epochs:
            yield name, [(each.epoch, _of_training(each)) for each in epochs]
    judged = [(each.epoch, _of_validation(each)) for each in select if each.validation_loss is not None]
    if judged:
        yield VALIDATION, judged


def _of_training(epoch: EpochReport) -> dict[str, float]:
    return {"loss": epoch.loss, "accuracy": epoch.accuracy, "learning rate": epoch.learning_rate}


def _of_validation(epoch: EpochReport) -> dict[str, float]:
    values = {"loss": epoch.validation_loss, "accuracy": epoch.validation_accuracy}
    return {name: value for name, value in values.items() if value is not None}


def _write(folder: Path, points: list[tuple[int, dict[str, float]]]) -> None:
    import tensorflow as tf

    # As tf.summary.scalar would, which is only there where the program TensorBoard is installed.
    about = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class="DATA_CLASS_SCALAR")
    with disk_errors(folder), tf.summary.create_file_writer(str(folder)).as_default() as writer:
        for epoch, values in points:
            for name, value in values.items():
                tf.summary.write(name, tf.constant(value, tf.float32), step=epoch, metadata=about)
        writer.flush()
