"""Which run is the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.experiment.ranking import rank
from core.jobs import new_crossvalidation
from core.runs import layout, list_runs, new_run
from core.runs.notes import Notes, write_notes
from core.settings import Settings, preset, with_values
from core.storage import write_json


def made(name: str, settings: Settings, result: Mapping[str, Any] | None) -> Path:
    directory = new_run(settings, name=name)
    if result is not None:
        write_json(directory / layout.RESULT, result)
    return directory


def accuracies(validation: float | None, test: float | None) -> dict[str, Any]:
    return {"validation": {"accuracy": validation}, "test": {"accuracy": test}}


def judged(settings: Settings, mean: float | None, folds: int = 5) -> None:
    job = new_crossvalidation(settings, folds)
    write_json(job / layout.RESULT, {"mean": {"accuracy": mean}, "folds": [{}] * folds})


def ranked() -> list[str]:
    return [each.run.name for each in rank(list_runs().runs)]


def test_validation_ranks_and_the_test_never_does(artifacts: Path) -> None:
    made("worst", preset("dense"), accuracies(0.5, 0.99))
    made("best", preset("cnn"), accuracies(0.9, 0.1))
    made("unfinished", preset("cnn"), None)
    made("no validation", preset("cnn"), accuracies(None, 1.0))
    assert ranked() == ["best", "worst", "no validation", "unfinished"]


def test_a_crossvalidation_of_the_same_settings_counts_more(artifacts: Path) -> None:
    dense = preset("dense")
    other = with_values(dense, {"training.epochs": "7"})
    made("dense", dense, accuracies(0.9, 0.5))
    made("dense, seed 3", replace(dense, seed=3), accuracies(0.8, 0.5))
    made("other", other, accuracies(0.85, 0.5))
    assert ranked() == ["dense", "other", "dense, seed 3"]
    judged(other, 0.95)
    judged(other, 0.97, folds=3)  # the newest counts
    found = {each.run.name: each for each in rank(list_runs().runs)}
    assert ranked()[0] == "other"
    assert (found["other"].crossvalidation, found["other"].folds, found["other"].score) == (0.97, 3, 0.97)
    assert found["dense"].crossvalidation is None
    judged(dense, 0.1)  # of both seeds
    assert ranked() == ["other", "dense", "dense, seed 3"]


def test_what_cannot_be_read_says_nothing(artifacts: Path) -> None:
    made("dense", preset("dense"), accuracies(0.9, 0.5))
    for text in ("{", "[]", '{"mean": {}}', '{"mean": {"accuracy": null}, "folds": []}'):
        job = new_crossvalidation(preset("dense"), 5)
        (job / layout.RESULT).write_text(text)
    (only,) = rank(list_runs().runs)
    assert only.crossvalidation is None
    assert only.test == 0.5


def test_notes_come_along(artifacts: Path) -> None:
    write_notes(made("dense", preset("dense"), None), Notes("words", ("tag",), star=True))
    (only,) = rank(list_runs().runs)
    assert only.notes == Notes("words", ("tag",), star=True)
