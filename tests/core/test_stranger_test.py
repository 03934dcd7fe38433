"""The stranger test of networks from scratch: a second training without some people draws the lines."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import RunError
from core.experiment import folds, run_experiment
from core.experiment.stranger_test import check_run, stranger_test
from core.jobs import Stopped
from core.openset import Thresholds, auroc
from core.recognizer import load_recognizer
from core.runs import layout, new_run, read_run
from core.settings import DataSettings, preset, with_values
from core.storage import read_json, write_json
from tests.core.conftest import QUICK, TrainedRun, copy_person

PEOPLE = ("Ann", "Bo", "Čeda", "Dora", "Emil", "Fay", "Gus")


@pytest.fixture(scope="module")
def run_of_seven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("seven")
    for number, name in enumerate(PEOPLE, start=1):
        copy_person(root / "photos" / name, f"s{number}", range(1, 9))
    changes = dict(change.split("=") for change in QUICK)
    settings = replace(with_values(preset("dense"), changes), data=DataSettings(str(root / "photos")), seed=3)
    directory = new_run(settings, root / "run")
    run_experiment(directory)
    return directory


@pytest.fixture
def run(run_of_seven: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, to be changed."""
    return Path(shutil.copytree(run_of_seven, tmp_path / "run"))


def test_the_lines_are_drawn_by_people_who_were_left_out(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lessons: list[Any] = []
    real = folds.train

    def watched(train: Any, validation: Any, classes: int, settings: Any, **more: Any) -> Any:
        lessons.append((train, validation, classes, settings))
        return real(train, validation, classes, settings, **more)

    monkeypatch.setattr(folds, "train", watched)
    before = read_run(run)
    assert before.thresholds and before.split  # read before they change
    found = stranger_test(run)
    left_out = found["left_out"]
    assert len(left_out) == 2  # a third of seven
    assert sorted([*left_out, *found["known"]]) == sorted(PEOPLE)

    faces = [photo for photo in before.split.photos if photo.use == "face"]
    ((train, validation, classes, settings),) = lessons
    assert (classes, settings) == (5, before.settings)
    assert len(train.rows) == sum(photo.part == "train" and photo.person not in left_out for photo in faces)
    assert len(validation.rows) == sum(photo.part == "validation" and photo.person not in left_out for photo in faces)
    strangers = sum(photo.part in ("train", "validation") and photo.person in left_out for photo in faces)
    assert (found["stranger_faces"], found["known_faces"]) == (strangers, len(validation.rows))

    after = read_run(run)
    assert after.thresholds
    assert found["thresholds_before"] == before.thresholds.to_json()
    assert after.thresholds == Thresholds.from_json(found["thresholds"])
    assert after.thresholds.tested_on_strangers and after.thresholds.score == "probability"
    assert after.thresholds.source.startswith(
        f"Tested on {strangers} faces of 2 people who were left out of a second training: "
    )
    assert load_recognizer(run).thresholds == after.thresholds

    evidence = read_json(run / layout.STRANGER_TEST)
    scores = {name: np.array(each) for name, each in evidence["scores"].items()}
    assert after.thresholds.curve
    assert (after.thresholds.curve.people, after.thresholds.curve.strangers) == (2, strangers)
    assert after.thresholds.curve.auroc == pytest.approx(auroc(scores["known"], scores["strangers"]))
    assert after.thresholds.known <= 1 + 1e-9, "a line that a sure face can reach"
    assert {name: each for name, each in evidence.items() if name != "scores"} == json.loads(json.dumps(found))
    assert (scores["strangers"] >= after.thresholds.known).sum() <= 0.01 * strangers


def test_the_same_people_are_left_out_again(run: Path) -> None:
    first, again = stranger_test(run), stranger_test(run)
    assert again["left_out"] == first["left_out"]
    assert Thresholds.from_json(again["thresholds"]).known == pytest.approx(first["thresholds"]["known"], abs=1e-5)


def test_a_stopped_test_changes_nothing(run: Path) -> None:
    before = (run / layout.THRESHOLDS).read_bytes()
    calls = iter(range(60))
    with pytest.raises(Stopped):
        stranger_test(run, should_stop=lambda: next(calls, None) is None)
    assert (run / layout.THRESHOLDS).read_bytes() == before
    assert not (run / layout.STRANGER_TEST).exists()


def test_who_needs_no_test_or_has_too_few_people_is_told(run: Path, trained_run: TrainedRun) -> None:
    with pytest.raises(RunError, match=r"at least 6; .* has 3"):
        check_run(trained_run.directory)
    settings = read_json(run / layout.SETTINGS)
    settings["model"]["architecture"] = "embedding"
    write_json(run / layout.SETTINGS, settings)
    with pytest.raises(RunError, match="needs no stranger test") as caught:
        stranger_test(run)
    assert caught.value.remedy
