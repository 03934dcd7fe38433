"""From photos to a finished run, and a real training that is killed, resumed and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import jobs
from core.datasets import Photo, open_dataset
from core.errors import DatasetError, RunError, SplitError
from core.experiment import evaluate_run, prepare_dataset, run_experiment
from core.experiment.elsewhere import sort_photos
from core.experiment.lineup import line_up, part_faces
from core.experiment.measuring import figures
from core.experiment.outsiders import StrangerFaces, compare_with_strangers
from core.jobs import start
from core.openset import Decision
from core.preparation import PhotoStatus, PreparedFaces, load_prepared
from core.recognizer import load_recognizer
from core.recognizer.naming import Name
from core.runs import PhotoRecord, Run, layout, new_run, read_run
from core.settings import DataSettings, FaceSettings, Settings, preset, with_values
from core.storage import read_json
from tests.core.conftest import QUICK, TrainedRun, copy_person

YUNET = FaceSettings(detector="yunet", size=48)


def _settings(photos: Path, *changes: str) -> Settings:
    words = dict(change.split("=") for change in (*QUICK, *changes))
    return replace(with_values(preset("dense"), words), data=DataSettings(str(photos)))


def _wait(condition: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def run(trained_run: TrainedRun) -> Run:
    return read_run(trained_run.directory)


def test_a_finished_run_keeps_everything_and_nothing_half_done(run: Run) -> None:
    names = {each.name for each in run.directory.iterdir()}
    names -= {layout.EVALUATIONS, layout.OPINIONS}  # other tests may have asked it; an embedding is asked about mistakes only
    assert names == {
        layout.RUN, layout.SETTINGS, layout.DATASET, layout.SPLIT, layout.ENVIRONMENT, layout.HISTORY, layout.MODEL,
        layout.SCORES, layout.THRESHOLDS, layout.REPORT, layout.RESULT, layout.PROGRESS, layout.PROCESS, layout.HEARTBEAT,
        layout.LOCK, layout.FINGERPRINTS, layout.VECTORS, layout.SAMPLES, layout.STATE, layout.OPENSET,
    }  # fmt: skip
    assert run.state == "done"
    assert run.class_names == ("Ann", "Bo", "Čeda")
    assert {"tensorflow", "keras", "numpy"} <= set(run.environment["libraries"])
    assert run.environment["devices"]
    assert run.thresholds
    assert 0 <= run.thresholds.unknown <= run.thresholds.known <= 1


def test_the_split_names_every_photo_once(run: Run, trained_run: TrainedRun) -> None:
    assert run.split
    assert sorted(photo.path for photo in run.split.photos) == sorted(
        file.relative_to(trained_run.photos).as_posix() for file in trained_run.photos.rglob("*.pgm")
    )
    assert {photo.part for photo in run.split.photos} == set(layout.PARTS)
    assert {photo.use for photo in run.split.photos} <= {"face", "no_face", "several_faces"}
    assert all(photo.person == photo.path.split("/")[0] for photo in run.split.photos)


def test_the_history_is_whole_and_the_refit_follows_the_selection(run: Run) -> None:
    select = [epoch for epoch in run.history if epoch.phase == "select"]
    refit = [epoch for epoch in run.history if epoch.phase == "refit"]
    assert run.result
    assert [epoch.epoch for epoch in select] == list(range(1, run.result["epochs"] + 1))
    assert [epoch.epoch for epoch in refit] == list(range(1, run.result["best_epoch"] + 1))
    assert run.history == (*select, *refit)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_reports_follow_from_the_stored_scores(run: Run, part: str) -> None:
    scores, report = run.scores[part], run.reports[part]
    right = int((scores.logits.argmax(axis=1) == scores.labels).sum())
    assert report.photos == len(scores.labels) + report.no_face
    assert report.accuracy == pytest.approx(right / report.photos)


def test_validation_is_measured_by_a_network_that_had_not_learnt_from_it(run: Run) -> None:
    assert run.result
    assert run.result["refitted"] is True
    networks = read_json(run.directory / layout.REPORT)["networks"]
    assert networks == {"train": "final", "validation": "selection", "test": "final"}
    assert run.result["validation"]["network"] == "selection"


def test_an_empty_part_has_no_figures() -> None:
    assert figures(None)["photos"] == 0
    assert figures(None)["accuracy"] is None


def test_a_stop_before_the_training_leaves_no_result(artifacts: Path, three_people: Path) -> None:
    directory = new_run(_settings(three_people))
    with pytest.raises(jobs.Stopped), jobs.JobProcess(directory) as job:
        job.request.asked()
        os.kill(os.getpid(), signal.SIGTERM)
        run_experiment(directory, job.report, job.should_stop)
    assert (read_run(directory).state, read_run(directory).result) == ("stopped", None)


# As `python -m core`, but with a checkpoint after each moment: the usual ten seconds are long in a test.
OFTEN = """
import sys
from core.cli import main
from core.training import checkpoint
checkpoint.SECONDS_BETWEEN = 0.2
sys.exit(main(sys.argv[1:]))
"""


def test_a_killed_training_goes_on_and_a_stopped_one_is_finished(
    artifacts: Path, three_people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "command", lambda run: [sys.executable, "-c", OFTEN, "train", "--run", str(run)])
    directory = jobs.start_training(_settings(three_people, "training.epochs=500", "training.patience=0"))
    _wait(lambda: _has_not_failed(directory) and any((directory / layout.CHECKPOINT).glob("*.npz")))
    os.kill(int(read_json(directory / layout.PROCESS)["pid"]), signal.SIGKILL)
    _wait(lambda: jobs.read_job(directory).state == "lost")
    with (directory / layout.HISTORY).open("a") as file:
        file.write('{"epoch": 1, "torn')
    split = (directory / layout.SPLIT).read_bytes()
    before = len(read_run(directory).history)
    jobs.resume(directory)
    _wait(lambda: _has_not_failed(directory) and len(read_run(directory).history) > before)
    jobs.request_stop(directory)
    _wait(lambda: not jobs.read_job(directory).alive)
    run = read_run(directory)
    assert (run.state, jobs.read_job(directory).error) == ("done", "")
    assert run.result
    assert run.result["stopped"] is True
    assert run.stopped
    assert [epoch.epoch for epoch in run.history if epoch.phase == "select"] == list(range(1, run.result["epochs"] + 1))
    assert run.result["epochs"] > before - 1
    assert (directory / layout.SPLIT).read_bytes() == split
    assert run.reports["test"].photos > 0
    assert not (directory / layout.CHECKPOINT).exists()


def _has_not_failed(directory: Path) -> bool:
    job = jobs.read_job(directory)
    assert job.alive, (job.state, job.error, (directory / layout.LOG).read_text())
    return True


def test_a_preparation_runs_in_the_background(artifacts: Path, three_people: Path) -> None:
    directory = jobs.start_preparation(str(three_people), YUNET)
    assert jobs.read_job(directory).state == "queued"
    _wait(lambda: not jobs.read_job(directory).alive)
    job = jobs.read_job(directory)
    assert (job.state, job.kind, job.error) == ("done", "preparation", "")
    assert read_json(directory / layout.RESULT)["photos"] == 21
    prepared = load_prepared(open_dataset(str(three_people)), YUNET)
    assert prepared
    assert prepared.count("face") == read_json(directory / layout.RESULT)["faces"]


def test_an_interrupted_run_keeps_its_split_even_if_photos_were_added(
    artifacts: Path, three_people: Path, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(three_people, photos)
    directory, settings = new_run(_settings(photos)), _settings(photos)
    first = line_up(directory, *prepare_dataset(str(photos), YUNET), settings)
    copy_person(photos / "Zoe", "s7")
    again = line_up(directory, *prepare_dataset(str(photos), YUNET), settings)
    assert again.people == first.people == ("Ann", "Bo", "Čeda")
    assert again.record == first.record
    lost = first.record.part("train")[0].path
    (photos / lost).unlink()
    with pytest.raises(RunError, match=f"1 photos of this run.*{lost}"):
        line_up(directory, *prepare_dataset(str(photos), YUNET), settings)


def test_too_few_people_or_photos_are_told(artifacts: Path, tmp_path: Path) -> None:
    copy_person(tmp_path / "one" / "Ann", "s1")
    with pytest.raises(SplitError) as caught:
        run_experiment(new_run(_settings(tmp_path / "one")))
    assert caught.value.remedy
    (tmp_path / "none" / "Ann").mkdir(parents=True)
    with pytest.raises(DatasetError) as empty:
        run_experiment(new_run(_settings(tmp_path / "none")))
    assert empty.value.remedy


def _photo(name: str, person: str) -> Photo:
    return Photo(name, f"{person}/{name}.jpg", person, None, 100, 100, 0, 1000, (0.0, 0.0, 0.0))


def _record(name: str, person: str, part: str, use: str = "face") -> PhotoRecord:
    return PhotoRecord(name, f"{person}/{name}.jpg", person, part, use)


def _prepared(status: dict[str, PhotoStatus]) -> PreparedFaces:
    rows = {name: row for row, name in enumerate(name for name, each in status.items() if each == "face")}
    return PreparedFaces("key", status, rows, np.zeros((len(rows), 8, 8, 3), np.uint8), (), True)


def test_other_photos_are_sorted_into_known_strangers_and_seen() -> None:
    photos = [_photo("a", "ANN"), _photo("b", "bo"), _photo("c", "Xaver"), _photo("d", "Yves"), _photo("e", "Ann")]
    prepared = _prepared({photo.sha256: "face" for photo in photos})
    found = sort_photos(photos, {"a", "d", "elsewhere"}, prepared, ("Ann", "Bo"))
    assert found.seen == 2
    assert [(photo.sha256, photo.person) for photo in found.known] == [("b", "Bo"), ("e", "Ann")]
    assert [(photo.sha256, photo.person) for photo in found.strangers] == [("c", "Xaver")]
    later = sort_photos(photos, {"a", "d", "elsewhere"}, prepared, ("Ann", "Bo"), ("xaver",))
    assert (later.strangers, later.seen) == ((), 2)
    assert [(photo.sha256, photo.person) for photo in later.enrolled] == [("c", "xaver")]


def _name(person: str, decision: Decision, score: float) -> Name:
    return Name(None if decision == "unknown" else person, decision, score, score, "trained", ((person, score),))


def test_known_faces_and_strangers_are_compared_at_the_run_s_own_line() -> None:
    known = [_name("Ann", "known", 0.9), _name("Bo", "known", 0.8), _name("Bo", "unsure", 0.6), _name("Ann", "unknown", 0.2)]
    strangers = StrangerFaces((_name("Ann", "known", 0.85), _name("Bo", "unsure", 0.6), _name("Bo", "unknown", 0.1)), 5, 2)
    found = compare_with_strangers(known, [True, False, True, True], strangers)
    assert found == {
        "stranger_rate": 1 / 3,
        "known_named": 1 / 4,  # one is named wrong, one unsure, one unknown
        # above a stranger's score: 0.9 three times; 0.8 twice; 0.6 once and a half; 0.2 once
        "auroc": 7.5 / 12,
        "stranger_faces": 3,
        "stranger_photos": 5,
        "stranger_seen": 2,
    }
    nobody = compare_with_strangers([], [], strangers)
    assert (nobody["stranger_rate"], nobody["known_named"], nobody["auroc"]) == (1 / 3, None, None)


def test_an_embedding_run_decides_by_its_own_score(artifacts: Path, tmp_path: Path) -> None:
    for number in range(1, 8):
        copy_person(tmp_path / "photos" / f"Person {number}", f"s{number}", range(1, 8))
        copy_person(tmp_path / "new" / f"Person {number}", f"s{number}", range(8, 11))
        copy_person(tmp_path / "strangers" / str(number), f"s{number + 20}", range(1, 4))
    copy_person(tmp_path / "new" / "Xaver", "s40", range(1, 4))
    settings = replace(preset("embedding"), data=DataSettings(str(tmp_path / "photos")))
    directory = new_run(settings)
    result = run_experiment(directory)
    assert result["test"]["accuracy"] * result["test"]["photos"] == result["test"]["photos"] - result["test"]["no_face"]
    found = evaluate_run(directory, str(tmp_path / "new"), tmp_path / "strangers")
    assert found["accuracy"] * found["photos"] == found["photos"] - found["no_face"]
    assert (found["strangers"], found["stranger_people"]) == (3, 1)
    recognizer = load_recognizer(directory)
    assert recognizer.thresholds.score == "similarity"
    seen = recognizer.predict_files(sorted((tmp_path / "strangers").rglob("*.pgm")))
    faces = [photo.faces[0] for photo in seen if photo.faces]
    assert found["stranger_photos"] == 21
    assert found["stranger_faces"] == len(faces) > 15
    assert found["stranger_rate"] == sum(face.decision == "known" for face in faces) / len(faces) < 0.2
    assert found["auroc"] > 0.98
    assert found["known_named"] > 0.8


def test_part_faces_counts_what_cannot_be_scored() -> None:
    photos = [
        _record("a", "Bo", "test"), _record("b", "Ann", "test", use="no_face"),
        _record("c", "Ann", "test", use="several_faces"), _record("d", "Ann", "test"),
    ]  # fmt: skip
    part = part_faces(photos, ("Ann", "Bo"), _prepared({"x": "face", "d": "face", "a": "face"}))
    assert part.sha256 == ("a", "d")
    assert part.rows.tolist() == [2, 1]
    assert part.labels.tolist() == [1, 0]
    assert (part.no_face_labels.tolist(), part.set_aside) == ([0], 1)


def test_the_result_is_what_train_prints(trained_run: TrainedRun, run: Run) -> None:
    assert json.loads(trained_run.stdout) == run.result
