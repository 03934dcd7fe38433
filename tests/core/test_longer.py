"""Training a finished run longer: what the new run takes over, where it ends, and who cannot."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core import jobs
from core.errors import RunError, SettingsError
from core.jobs import start
from core.runs import (
    Run,
    drop_state,
    layout,
    new_longer_run,
    new_run,
    read_run,
    state_bytes,
    why_not_longer,
)
from core.runs.longer import continued_from
from core.settings import DataSettings, Settings, preset, with_values
from core.storage import read_json, write_json
from tests.core.conftest import QUICK, TrainedRun, core_command

EPOCHS = 4


def _settings(photos: Path, epochs: int) -> Settings:
    words = dict(change.split("=") for change in QUICK)
    words |= {"training.epochs": str(epochs), "training.patience": "0", "training.schedule": "constant"}
    words |= {"training.deterministic": "true"}
    return replace(with_values(preset("dense"), words), data=DataSettings(str(photos)))


def _train(directory: Path) -> Run:
    done = core_command("train", "--run", directory, "--json")
    assert done.returncode == 0, done.stderr
    return read_run(directory)


def test_a_longer_run_goes_on_where_the_selection_ended(artifacts: Path, three_people: Path) -> None:
    first = _train(new_run(_settings(three_people, EPOCHS), name="Mine"))
    assert why_not_longer(first) == ""
    assert state_bytes(first) == (first.directory / layout.STATE).stat().st_size > 10_000
    assert first.disk_bytes > state_bytes(first)
    longer = read_run(new_longer_run(first.directory, 3))
    assert (longer.name, longer.state, longer.settings.training.epochs) == ("Mine, longer", "prepared", EPOCHS + 3)
    assert longer.settings == replace(first.settings, training=replace(first.settings.training, epochs=EPOCHS + 3, steps=0))
    assert continued_from(longer) == first.id
    assert continued_from(first) is None
    select = tuple(each for each in first.history if each.phase == "select")
    assert longer.history == select
    assert (longer.split, longer.dataset) == (first.split, first.dataset)
    drop_state(first)  # the new run has all that it needs
    assert (state_bytes(first), (longer.directory / layout.EARLIER).exists()) == (0, True)
    assert "not kept" in why_not_longer(first)
    longer = _train(longer.directory)
    whole = _train(new_run(_settings(three_people, EPOCHS + 3)))
    told = [replace(each.timeless(), epochs=EPOCHS + 3) for each in longer.history if each.phase == "select"]
    assert told == [each.timeless() for each in whole.history if each.phase == "select"]
    assert longer.result
    assert whole.result
    assert longer.result["test"] == whole.result["test"]
    assert longer.result["best_epoch"] == whole.result["best_epoch"]
    assert not (longer.directory / layout.EARLIER).exists()
    assert state_bytes(longer) > 0
    with pytest.raises(RunError, match="not kept"):
        new_longer_run(first.directory, 3)


def _finished(photos: Path, settings: Settings) -> Path:
    directory = new_run(settings)
    write_json(directory / layout.RESULT, {})
    return directory


def test_who_cannot_be_trained_longer_is_told_why(artifacts: Path, three_people: Path) -> None:
    data = DataSettings(str(three_people))
    waiting = new_run(replace(preset("dense"), data=data))
    old = _finished(three_people, replace(preset("dense"), data=data))
    head = _finished(three_people, replace(preset("embedding"), data=data))
    for directory, words in ((waiting, "resume"), (old, "not kept"), (head, "trained to its end already")):
        assert words in why_not_longer(read_run(directory))
        with pytest.raises(RunError, match=words):
            jobs.start_longer(directory, 5)
    assert {each.name for each in waiting.parent.iterdir()} == {waiting.name, old.name, head.name}
    assert state_bytes(read_run(old)) == 0
    drop_state(read_run(old))  # nothing to give up


def test_a_page_starts_it_in_turn(artifacts: Path, trained_run: TrainedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "command", lambda directory: [sys.executable, "-c", "pass"])
    directory = jobs.start_longer(trained_run.directory, 2)
    assert directory.parent == artifacts / "runs"
    assert (directory / layout.PROCESS).exists()
    epochs = read_run(directory).settings.training.epochs
    assert epochs == len(read_run(directory).history) + 2
    for extra, error in ((0, RunError), (500, SettingsError)):
        with pytest.raises(error):
            jobs.start_longer(trained_run.directory, extra)
    assert len(list((artifacts / "runs").iterdir())) == 1


def test_a_run_of_a_newer_program_is_refused_in_words(artifacts: Path, trained_run: TrainedRun) -> None:
    import shutil

    directory = artifacts / "runs" / "newer"
    shutil.copytree(trained_run.directory, directory)
    about = read_json(directory / layout.RUN)
    write_json(directory / layout.RUN, {**about, "schema_version": 99})
    for use in (read_run, lambda each: new_longer_run(each, 2)):
        with pytest.raises(RunError, match=r"version 99; this program reads up to \d+") as caught:
            use(directory)
        assert caught.value.remedy == "Update Visage, then open the run again."
    write_json(directory / layout.RUN, about)
    settings = json.loads((directory / layout.SETTINGS).read_text())
    write_json(directory / layout.SETTINGS, {**settings, "schema_version": 99})
    done = core_command("train", "--run", directory)
    assert done.returncode == 1
    assert "Update Visage" in done.stderr
