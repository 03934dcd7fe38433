"""The learning curve: who teaches and who judges, and what is kept of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import RunError
from core.evaluation.forecast import Draw
from core.experiment import careless, embedding, folds, learning_curve, run_experiment
from core.experiment.curve_record import LearningCurve, curve_of, read_learning_curve
from core.experiment.learning_curve import measure_learning_curve, usual_draws
from core.jobs import Stopped
from core.progress import Progress
from core.runs import Run, layout, new_run, read_run
from core.settings import DataSettings, preset
from core.storage import write_json
from tests.core.conftest import TrainedRun
from tests.core.test_crossvalidation import SmallPicture


@pytest.fixture
def run(artifacts: Path, three_people: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a finished run on three people, with an embedding that needs no weights."""
    backbone = SmallPicture()
    monkeypatch.setattr(embedding, "load_backbone", lambda settings: backbone)
    directory = new_run(replace(preset("embedding"), data=DataSettings(str(three_people))))
    run_experiment(directory)
    return read_run(directory)


def test_shares_are_nested_and_test_photos_have_no_part(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[Any] = []
    real = careless.answers_of

    def watched(task: Any, folder: Path) -> Any:
        tasks.append(task)
        return real(task, folder)

    monkeypatch.setattr(learning_curve, "answers_of", watched)
    told: list[Progress] = []
    values = measure_learning_curve(run.directory, None, told.append, folder=tmp_path)
    ((task),) = tasks
    assert run.split is not None
    parts = {part: {photo.sha256 for photo in run.split.part(part) if photo.use == "face"} for part in layout.PARTS}
    pool = parts["train"] | parts["validation"]
    judged: list[str] = []
    for start in range(0, len(task.folds), 4):
        whole, quarter, half, most = task.folds[start : start + 4]
        taught = [set(each["train"].sha256) for each in (quarter, half, most, whole)]
        assert taught[0] < taught[1] < taught[2] < taught[3]
        assert not taught[3] & set(whole["test"].sha256)
        assert taught[3] | set(whole["test"].sha256) == pool
        assert {label for each in (quarter, half, most, whole) for label in each["train"].labels.tolist()} == {0, 1, 2}
        judged += whole["test"].sha256
    assert sorted(judged) == sorted(pool), "every photo judges once, and no test photo is among them"
    assert [each["share"] for each in values["measured"]] == [0.25, 0.5, 0.75, 1.0]
    assert values["measured"][0]["photos"] < values["measured"][-1]["photos"]
    assert {each.unit for each in told if each.stage == "Training"} == {"trainings"}


def test_what_is_kept_is_what_was_measured(run: Run, tmp_path: Path) -> None:
    assert read_learning_curve(run.directory) is None
    values = measure_learning_curve(run.directory, 2, folder=tmp_path)
    curve = read_learning_curve(run.directory)
    assert curve is not None
    assert json.dumps(curve.to_json()) == json.dumps({name: values[name] for name in curve.to_json()})
    assert curve.draws == 2
    assert [each.person for each in curve.people] == list(run.class_names)
    assert [each.share for each in curve.forecast] == [1.0, 1.5, 2.0]
    for point in (*curve.measured, *curve.forecast):
        assert 0 <= point.low <= point.accuracy <= point.high <= 1
    assert curve.forecast[0].photos == pytest.approx(sum(each.photos for each in curve.people) / 3)
    assert values["words"] == curve.words()
    stored = (run.directory / layout.LEARNING_CURVE).read_bytes()
    with pytest.raises(Stopped):
        measure_learning_curve(run.directory, 2, should_stop=lambda: True, folder=tmp_path / "other")
    assert (run.directory / layout.LEARNING_CURVE).read_bytes() == stored
    write_json(run.directory / layout.LEARNING_CURVE, {"schema_version": 99})
    with pytest.raises(RunError, match="newer"):
        read_learning_curve(run.directory)


def test_a_killed_measuring_goes_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stopped):
        measure_learning_curve(run.directory, 1, should_stop=(tmp_path / "fold-3.npz").exists, folder=tmp_path)
    lessons: list[int] = []
    real = folds.fit_head

    def counted(*rest: Any, **more: Any) -> Any:
        lessons.append(1)
        return real(*rest, **more)

    monkeypatch.setattr(folds, "fit_head", counted)
    measure_learning_curve(run.directory, 1, folder=tmp_path)
    assert len(lessons) == 1, "three of four were kept"


def test_networks_from_scratch_are_trained_with_a_choice_of_the_epoch(trained_run: TrainedRun, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(trained_run.directory, tmp_path / "run"))
    values = measure_learning_curve(directory, None, folder=tmp_path)
    assert (values["draws"], usual_draws(preset("dense")), usual_draws(preset("embedding"))) == (1, 1, 5)
    assert len(values["measured"]) == 4


def test_who_would_gain_is_named() -> None:
    counts = np.array([2.0, 4.0, 6.0, 8.0])
    labels = np.repeat([0, 1, 2], 40)
    shares = np.array([[1.0, 1.0, 1.0, 1.0], [0.4, 0.6, 0.7, 0.75], [0.9, 0.925, 0.925, 0.925]]).T
    right = np.stack([np.concatenate([np.arange(40) < 40 * each for each in row]) for row in shares])
    own = np.array([10, 10, 10])
    curve = curve_of([0.25, 0.5, 0.75, 1.0], counts, [Draw(right, labels)] * 2, ("Ann", "Bo", "Čeda"), own=own, seconds=1.0)
    assert curve.would_gain[0].person == "Bo"
    assert "Ann" not in {each.person for each in curve.would_gain}
    first, second = curve.words()
    assert f"{100 * curve.forecast[-1].accuracy:.1f}%" in first
    assert "more photos of Bo (+" in second
    assert LearningCurve.from_json(json.loads(json.dumps(curve.to_json()))) == curve
    never = curve_of(
        [0.5, 1.0], counts[:2], [Draw(np.ones((2, 9), bool), np.arange(9) % 3)], ("A", "B", "C"), own=own, seconds=0.0
    )
    assert "nobody" in never.words()[1]
