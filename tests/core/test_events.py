"""A run's curves for TensorBoard, read back as that program reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import RunError
from core.experiment.events import write_events
from core.runs import layout, new_run
from core.settings import Settings
from core.storage import append_json_line
from core.training import EpochReport
from tests.core.conftest import core_command


def run_with(*epochs: EpochReport) -> Path:
    directory = new_run(Settings(), name="Mine")
    for each in epochs:
        append_json_line(directory / layout.HISTORY, each.to_json())
    return directory


def epoch(number: int, loss: float, validation: float | None, phase: str = "select") -> EpochReport:
    accuracy = None if validation is None else 0.25
    return EpochReport(number, 3, loss, 0.5, validation, accuracy, 0.125, 1.0, best=True, phase=phase)


def points(folder: Path) -> dict[tuple[str, int], float]:
    """Return each value by its name and step."""
    import tensorflow as tf

    found: dict[tuple[str, int], float] = {}
    files = sorted(str(each) for each in folder.glob("*tfevents*"))
    for record in tf.data.TFRecordDataset(files):
        event: Any = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    return found


def test_every_epoch_is_found_again(artifacts: Path) -> None:
    directory = run_with(epoch(1, 2.0, 1.5), epoch(2, 1.0, 0.75), epoch(1, 3.0, None, "refit"))
    values = write_events(directory)
    folder = Path(values["folder"])
    assert (folder, values["epochs"]) == (artifacts / "tensorboard" / directory.name, 3)
    assert Path(values["logdir"]) == artifacts / "tensorboard"
    assert points(folder / "train") == {
        ("loss", 1): 2.0, ("accuracy", 1): 0.5, ("learning rate", 1): 0.125,
        ("loss", 2): 1.0, ("accuracy", 2): 0.5, ("learning rate", 2): 0.125,
    }  # fmt: skip
    assert points(folder / "validation") == {
        ("loss", 1): 1.5, ("accuracy", 1): 0.25, ("loss", 2): 0.75, ("accuracy", 2): 0.25,
    }  # fmt: skip
    assert points(folder / "refit") == {("loss", 1): 3.0, ("accuracy", 1): 0.5, ("learning rate", 1): 0.125}


def test_writing_again_replaces_what_was_written(artifacts: Path, tmp_path: Path) -> None:
    directory = run_with(epoch(1, 2.0, None))
    folder = Path(write_events(directory, tmp_path / "logs")["folder"])
    assert folder == tmp_path / "logs" / directory.name
    append_json_line(directory / layout.HISTORY, epoch(2, 1.0, None).to_json())
    write_events(directory, tmp_path / "logs")
    assert len(list((folder / "train").iterdir())) == 1
    assert {step for _, step in points(folder / "train")} == {1, 2}
    assert not (folder / "validation").exists()


def test_other_peoples_files_stay(artifacts: Path, tmp_path: Path) -> None:
    directory = run_with(epoch(1, 2.0, None))
    (tmp_path / "logs" / directory.name / "train").mkdir(parents=True)
    precious = tmp_path / "logs" / directory.name / "train" / "thesis.txt"
    precious.write_text("mine")
    with pytest.raises(RunError, match="something else"):
        write_events(directory, tmp_path / "logs")
    assert precious.read_text() == "mine"


def test_a_run_without_an_epoch_has_nothing_to_write(artifacts: Path) -> None:
    with pytest.raises(RunError, match="no epoch yet"):
        write_events(new_run(Settings()))
    assert not (artifacts / "tensorboard").exists()


def test_the_command_writes_them_and_a_job_too(artifacts: Path, tmp_path: Path) -> None:
    from core.jobs import new_events

    directory = run_with(epoch(1, 2.0, 1.5))
    job = new_events(directory)
    done = core_command("events", "--job", job)
    assert done.returncode == 0, done.stderr
    assert "tensorboard --logdir" in done.stdout
    assert (job / layout.RESULT).exists()
    assert points(artifacts / "tensorboard" / directory.name / "train")["loss", 1] == 2.0
