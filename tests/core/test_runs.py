"""A run directory keeps everything, is checked when it is read, and never hides its neighbours."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import RunError, VisageError
from core.runs import (
    DatasetRecord,
    PartScores,
    PhotoRecord,
    SplitRecord,
    delete_run,
    layout,
    list_runs,
    new_run,
    read_run,
    records,
    rename_run,
)
from core.settings import DataSettings, Settings, preset
from core.storage import append_json_line, write_json

EPOCH = {
    "epoch": 1, "epochs": 2, "loss": 1.5, "accuracy": 0.5, "validation_loss": None, "validation_accuracy": None,
    "learning_rate": 0.001, "seconds": 0.5, "best": True, "phase": "select",
}  # fmt: skip


def test_a_new_run_holds_only_its_settings(artifacts: Path) -> None:
    directory = new_run(preset("cnn"))
    assert sorted(each.name for each in directory.iterdir()) == ["run.json", "settings.json"]
    assert re.fullmatch(r"\d{8}-\d{6}-cnn-orl-[0-9a-f]{4}", directory.name)
    run = read_run(directory)
    assert (run.id, run.name, run.state, run.settings) == (directory.name, "cnn on ORL", "prepared", preset("cnn"))
    assert (run.class_names, run.history, run.reports, run.scores, run.result) == ((), (), {}, {}, None)
    assert (run.thresholds, run.split, run.dataset, run.environment) == (None, None, None, {})
    assert run.disk_bytes > 500


def test_a_source_means_the_same_in_every_working_directory(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(artifacts)
    run = read_run(new_run(replace(Settings(), data=DataSettings("photos/Büro"))))
    assert run.settings.data.source == str(artifacts / "photos" / "Büro")
    assert run.name == "dense on Büro"


def test_a_given_directory_has_to_be_absent_or_empty(artifacts: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert new_run(Settings(), tmp_path / "empty") == tmp_path / "empty"
    with pytest.raises(RunError, match="not empty") as caught:
        new_run(Settings(), tmp_path / "empty")
    assert "new folder" in caught.value.remedy
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="not empty"):
        new_run(Settings(), tmp_path / "file")


def test_what_was_recorded_is_read_again(artifacts: Path) -> None:
    directory = new_run(Settings())
    photos = (
        PhotoRecord("a" * 64, "Ann/1.jpg", "Ann", "train", "face"),
        PhotoRecord("b" * 64, "Ann/2.jpg", "Ann", "validation", "several_faces"),
        PhotoRecord("c" * 64, "Bo/1.jpg", "Bo", "test", "no_face"),
    )
    dataset = DatasetRecord("orl-1", "ORL", "orl", "f" * 64, ("Ann", "Bo"))
    scores = PartScores(("b" * 64,), np.array([[0.25, -1.5]], np.float32), np.array([1]))
    records.write_split(directory / layout.SPLIT, SplitRecord(photos, ("Bo",), ()))
    records.write_dataset(directory / layout.DATASET, dataset)
    records.write_scores(directory / layout.SCORES, {"validation": scores})
    write_json(directory / layout.ENVIRONMENT, records.environment(["CPU"]))
    append_json_line(directory / layout.HISTORY, EPOCH)
    run = read_run(directory)
    assert run.split == SplitRecord(photos, ("Bo",), ())
    assert [each.path for each in run.split.part("train", "test")] == ["Ann/1.jpg", "Bo/1.jpg"]
    assert (run.dataset, run.class_names) == (dataset, ("Ann", "Bo"))
    assert run.scores["validation"].sha256 == ("b" * 64,)
    np.testing.assert_array_equal(run.scores["validation"].logits, [[0.25, -1.5]])
    assert run.scores["validation"].labels.tolist() == [1]
    assert (run.history[0].loss, run.history[0].best) == (1.5, True)
    assert run.environment["devices"] == ["CPU"]
    assert run.environment["libraries"]["numpy"] == np.__version__


def test_scores_have_to_belong_together() -> None:
    with pytest.raises(ValueError, match="1 photos, 2 rows"):
        PartScores(("a",), np.zeros((2, 3), np.float32), np.zeros(2, np.int64))


def test_the_fingerprint_depends_on_contents_and_people_not_on_order() -> None:
    pairs = [("a", "Ann"), ("b", "Bo")]
    assert records.fingerprint(pairs) == records.fingerprint(pairs[::-1])
    assert records.fingerprint(pairs) != records.fingerprint([("a", "Ann"), ("b", "Ann")])
    chosen = records.fingerprint(pairs, {"a": "none"})
    assert len({records.fingerprint(pairs), chosen, records.fingerprint(pairs, {"a": "drawn"})}) == 3
    assert records.fingerprint(pairs, {"a": "none", "elsewhere": "none"}) == chosen


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        (layout.SETTINGS, "{", "settings.json is damaged"),
        (layout.SETTINGS, '{"schema_version": 99}', "version 99"),
        (layout.SETTINGS, '{"training": {"epochs": -1}}', "training.epochs is -1"),
        (layout.RUN, '{"schema_version": 2}', "run.json has version 2"),
        (layout.RUN, '{"created": "yesterday"}', "run.json is damaged"),
        (layout.RUN, "[]]", "run.json is damaged"),
        (layout.DATASET, '{"id": 1}', "dataset.json is damaged"),
        (layout.RESULT, "", "result.json is damaged"),
    ],
)
def test_a_damaged_or_newer_file_is_named_and_the_other_runs_are_listed(
    artifacts: Path, name: str, text: str, named: str
) -> None:
    good, bad = new_run(Settings()), new_run(Settings())
    (bad / name).write_text(text)
    with pytest.raises(RunError, match=named) as caught:
        read_run(bad)
    assert caught.value.remedy
    listed = list_runs()
    assert [run.directory for run in listed.runs] == [good]
    assert [directory for directory, _ in listed.broken] == [bad]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        (layout.HISTORY, "history"), (layout.THRESHOLDS, "thresholds"), (layout.REPORT, "reports"),
        (layout.SPLIT, "split"), (layout.SCORES, "scores"),
    ],
)  # fmt: skip
def test_damage_in_a_large_file_is_named_when_it_is_used(artifacts: Path, name: str, part: str) -> None:
    directory = new_run(Settings())
    (directory / name).write_text('{"train": 1}\n')
    run = read_run(directory)
    with pytest.raises(RunError, match=f"{name} is damaged"):
        getattr(run, part)


def test_runs_are_listed_newest_first_without_hidden_folders(artifacts: Path) -> None:
    made = [new_run(Settings()) for _ in range(3)]
    (artifacts / "runs" / ".half-made").mkdir()
    (artifacts / "runs" / "foreign").mkdir()
    assert [run.directory for run in list_runs().runs] == made[::-1]
    assert [directory.name for directory, _ in list_runs().broken] == ["foreign"]


def test_no_folder_of_runs_is_no_error(artifacts: Path) -> None:
    assert list_runs().runs == ()


def test_a_directory_that_holds_only_settings_is_a_run(artifacts: Path) -> None:
    directory = artifacts / "runs" / "by-hand"
    directory.mkdir(parents=True)
    (directory / layout.SETTINGS).write_text('{"preset": "mine", "training": {"epochs": 3}}')
    run = read_run(directory)
    assert (run.name, run.settings.training.epochs, run.state) == ("by-hand", 3, "prepared")
    (directory / layout.RUN).write_text('{"created": "2001-02-03T04:05:06"}')  # no time zone: taken for UTC
    newer = new_run(Settings())
    assert [each.directory for each in list_runs().runs] == [newer, directory]


def test_a_run_is_renamed_in_one_tidy_line(artifacts: Path) -> None:
    directory = new_run(Settings())
    rename_run(directory, "  My\n best " + "x" * 100)
    run = read_run(directory)
    assert run.name == "My best " + "x" * 72
    assert run.directory == directory
    with pytest.raises(RunError, match="empty"):
        rename_run(directory, " \n")


def test_deleting_spares_live_runs_and_what_is_no_run(artifacts: Path) -> None:
    live, ended = new_run(Settings(), progress={"state": "queued"}), new_run(Settings())
    with pytest.raises(RunError, match="still being trained"):
        delete_run(live)
    delete_run(ended)
    assert [each.name for each in (artifacts / "runs").iterdir()] == [live.name]
    (artifacts / "photos").mkdir()
    with pytest.raises(RunError, match="no run"):
        delete_run(artifacts / "photos")
    assert (artifacts / "photos").exists()


def test_a_stopped_run_with_a_result_is_done(artifacts: Path) -> None:
    directory = new_run(Settings(), progress={"state": "stopped"})
    assert (read_run(directory).state, read_run(directory).stopped) == ("stopped", True)
    (directory / layout.RESULT).write_text(json.dumps({"stopped": True}))
    assert (read_run(directory).state, read_run(directory).stopped) == ("done", True)


def test_unreadable_files_are_run_errors_not_surprises(artifacts: Path) -> None:
    directory = new_run(Settings())
    (directory / layout.DATASET).mkdir()  # reading a folder fails like a file without permission
    with pytest.raises(VisageError, match=r"dataset\.json cannot be read"):
        read_run(directory)
