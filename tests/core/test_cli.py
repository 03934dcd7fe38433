"""The command line: JSON and nothing else on stdout, words on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.cli import main
from core.jobs import read_job
from core.runs import layout, new_run, read_run
from core.settings import Settings
from core.storage import PROJECT_ROOT, jobs_root
from tests.core.conftest import TrainedRun, copy_person

COMMANDS = ("scan", "prepare", "train", "evaluate", "predict", "runs")


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what was printed on stdout, which has to be one line of JSON."""
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    return json.loads(printed)


def test_help_answers_without_tensorflow() -> None:
    code = f"""
import sys
from core.cli import main
for words in [[], *([name] for name in {COMMANDS!r})]:
    try:
        main([*words, "--help"])
    except SystemExit as end:
        assert end.code == 0
heavy = {{"tensorflow", "keras", "mtcnn", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "learn",
        "scan",
        "prepare",
        "prepare --data orl --job x",
        "train",
        "train --run DIR --preset cnn",
        "train --run DIR --seed 1",
        "train --data orl --run DIR --preset resnet",
        "train --data orl --run DIR --preset cnn --set training.epoch=3",
        "train --data orl --run DIR --preset cnn --set training.epochs=0",
        "train --data orl --run DIR --preset cnn --set training.epochs=many",
        "train --data orl --run DIR --preset cnn --set training.epochs",
        "train --data orl --run DIR --preset cnn --seed -1",
        "train --data orl --run DIR --preset cnn --seed one",
        "evaluate --data orl",
        "predict --run DIR",
    ],
)
def test_wrong_arguments_exit_with_2_and_make_nothing(
    words: str, artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "run"
    try:
        code = main(words.replace("DIR", str(directory)).split())
    except SystemExit as end:
        code = int(str(end.code))
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert printed.err
    assert not directory.exists()
    assert list(artifacts.iterdir()) == []


def test_a_folder_that_holds_something_is_no_place_for_a_new_run(
    artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").touch()
    with pytest.raises(SystemExit) as caught:
        main(["train", "--data", "orl", "--preset", "dense", "--run", str(tmp_path / "full")])
    assert caught.value.code == 2
    assert "absent or empty" in capsys.readouterr().err
    assert [each.name for each in (tmp_path / "full").iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("scan --data MISSING --json", "missing"),
        ("train --data MISSING --preset dense --run NEW --json", "missing"),
        ("train --run MISSING --json", "no run"),
        ("evaluate --run MISSING --data orl --json", "no run"),
        ("evaluate --run UNFINISHED --data orl --json", "not finished"),
        ("predict --run UNFINISHED PHOTO --json", "not finished"),
        ("predict --run UNFINISHED EMPTY --json", "no photo"),
        ("prepare --job MISSING --json", "no preparation"),
    ],
)
def test_failures_exit_with_1_and_say_what_to_do(
    words: str, said: str, artifacts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {
        "MISSING": tmp_path / "missing", "NEW": tmp_path / "new", "EMPTY": tmp_path / "empty",
        "PHOTO": tmp_path / "photo.jpg", "UNFINISHED": new_run(Settings(), tmp_path / "unfinished"),
    }  # fmt: skip
    assert main([str(places.get(word, word)) for word in words.split()]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.strip().splitlines()[-1].endswith(".")  # the remedy
    assert not (tmp_path / "new").exists()


def test_scan_tells_photos_people_and_what_was_skipped(
    artifacts: Path, three_people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(three_people, photos)
    (photos / "Bo" / "torn.jpg").write_bytes(b"")
    assert main(["scan", "--data", str(photos), "--json"]) == 0
    found = _json(capsys)
    assert (found["photos"], found["people"], found["new"], found["unchanged"]) == (21, 3, 22, 0)
    assert [file["path"] for file in found["skipped"]] == ["Bo/torn.jpg"]
    assert found["source"] == str(photos)
    assert main(["scan", "--data", str(photos)]) == 0
    text = capsys.readouterr().out
    assert "21 photos of 3 people" in text
    assert "Bo/torn.jpg" in text
    assert main(["scan", "--data", str(photos), "--json"]) == 0
    again = _json(capsys)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 22)


def test_prepare_finds_the_faces_as_a_job(artifacts: Path, three_people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "--data", str(three_people), "--set", "face.detector=yunet", "--json"]) == 0
    found = _json(capsys)
    assert (found["photos"], found["detector"]) == (21, "yunet")
    assert found["faces"] + found["no_face"] + found["several_faces"] == 21
    assert found["faces"] >= 19
    (directory,) = jobs_root().iterdir()
    job = read_job(directory)
    assert (job.kind, job.state, job.title) == ("preparation", "done", "Prepare three")
    assert main(["prepare", "--job", str(directory)]) == 0  # nothing is left to do
    assert f"Faces found in {found['faces']} photos" in capsys.readouterr().out


def test_train_prints_one_json_object_and_progress_elsewhere(trained_run: TrainedRun) -> None:
    answer = trained_run.answer
    assert trained_run.stdout.count("\n") == 1
    assert (answer["run"], answer["preset"], answer["people"]) == (str(trained_run.directory), "dense", 3)
    for part in ("train", "validation", "test"):
        names = {"photos", "no_face", "set_aside", "accuracy", "balanced_accuracy", "macro_f1", "log_loss"}
        assert names <= set(answer[part])
        assert 0 <= answer[part]["accuracy"] <= 1
    assert sum(answer[part]["photos"] + answer[part]["set_aside"] for part in ("train", "validation", "test")) == 21
    assert answer["stopped"] is False
    assert 1 <= answer["epochs"] <= 12
    assert answer["seconds"] > 0
    for stage in ("Training", "Measuring"):
        assert stage in trained_run.stderr
    assert "Traceback" not in trained_run.stderr
    assert len(trained_run.stderr.splitlines()) < 60  # TensorFlow keeps quiet


def test_train_keeps_the_settings_and_the_seed(trained_run: TrainedRun) -> None:
    settings = read_run(trained_run.directory).settings
    assert (settings.preset, settings.seed, settings.model.units) == ("dense", 3, (32,))
    assert settings.data.source == str(trained_run.photos)


def test_a_finished_run_is_not_trained_again(trained_run: TrainedRun, capsys: pytest.CaptureFixture[str]) -> None:
    before = (trained_run.directory / layout.MODEL).stat().st_mtime_ns
    assert main(["train", "--run", str(trained_run.directory), "--json"]) == 1
    assert "is finished" in capsys.readouterr().err
    assert (trained_run.directory / layout.MODEL).stat().st_mtime_ns == before


def test_predict_names_faces_and_goes_on_after_a_bad_photo(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "new"
    copy_person(photos / "deeper", "s1", range(8, 10))
    (photos / "bad.jpg").write_bytes(b"no photo")
    (photos / "notes.txt").write_text("not looked at")
    single = photos / "deeper" / "8.pgm"
    words = ["predict", "--run", str(trained_run.directory), str(photos), str(single), str(tmp_path / "no.jpg"), "--json"]
    assert main(words) == 0
    answer = _json(capsys)
    names = [str(photos / "bad.jpg"), str(photos / "deeper" / "8.pgm"), str(photos / "deeper" / "9.pgm"), str(single)]
    assert [photo["file"] for photo in answer] == [*names, str(tmp_path / "no.jpg")]
    assert [bool(photo["error"]) for photo in answer] == [True, False, False, False, True]
    face = answer[1]["faces"][0]
    assert set(face) == {"box", "landmarks", "detection_score", "person", "decision", "probability", "top"}
    assert (len(face["box"]), len(face["landmarks"]), len(face["top"])) == (4, 5, 3)
    assert face["top"][0][1] == face["probability"]
    assert answer[1]["faces"] == answer[3]["faces"]


def test_predict_fails_only_when_no_photo_can_be_read(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--run", str(trained_run.directory), str(tmp_path / "no.jpg"), "--json"]) == 1
    (photo,) = _json(capsys)
    assert photo["faces"] == []
    assert "no.jpg" in photo["error"]


def test_evaluate_leaves_out_seen_photos_and_counts_strangers_apart(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "others"
    copy_person(photos / "pins_ann", "s1", range(8, 11))  # new photos of Ann under an untidy name
    copy_person(photos / "BO", "s2", range(1, 11))  # seven of them were in the run's dataset
    copy_person(photos / "Xaver", "s9", range(1, 5))  # a stranger
    split = read_run(trained_run.directory).split
    assert split
    taught = [photo for photo in split.part("train", "validation") if photo.person == "Ann"]
    with Image.open(trained_run.photos / taught[0].path) as image:
        image.resize((184, 224)).save(photos / "pins_ann" / "copy.jpg", quality=80)  # other bytes, the same picture
    assert main(["evaluate", "--run", str(trained_run.directory), "--data", str(photos), "--json"]) == 0
    answer = _json(capsys)
    assert answer["seen"] == sum(photo.person == "Bo" for photo in split.part("train", "validation")) + 1
    assert answer["photos"] + answer["set_aside"] + answer["seen"] == 14
    assert (answer["people"], answer["strangers"], answer["stranger_people"]) == (2, 4, 1)
    assert sum(answer["stranger_decisions"].values()) <= 4
    assert 0 <= answer["accuracy"] <= 1


def test_evaluate_on_the_training_folder_scores_only_the_test_photos(
    trained_run: TrainedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--run", str(trained_run.directory), "--data", str(trained_run.photos), "--json"]) == 0
    answer, test = _json(capsys), trained_run.answer["test"]
    assert answer["strangers"] == 0
    for name in ("photos", "no_face", "set_aside", "accuracy", "balanced_accuracy", "macro_f1"):
        assert answer[name] == test[name]
    assert answer["log_loss"] == pytest.approx(test["log_loss"], abs=1e-5)


def test_runs_are_listed_and_broken_ones_named(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "no runs" in capsys.readouterr().out
    good, bad = new_run(Settings(), name="Mine"), new_run(Settings())
    (bad / layout.SETTINGS).write_text("{")
    assert main(["runs", "--json"]) == 0
    answer = _json(capsys)
    assert [(run["run"], run["name"], run["state"]) for run in answer["runs"]] == [(str(good), "Mine", "prepared")]
    assert [run["run"] for run in answer["broken"]] == [str(bad)]
    assert main(["runs"]) == 0
    assert "cannot be read" in capsys.readouterr().out


def test_what_libraries_print_is_no_answer(
    artifacts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.cli import commands
    from core.cli.answer import Answer

    def noisy(_: object) -> Answer:
        print("a library's greeting")
        return Answer([1], "one")

    monkeypatch.setattr(commands, "runs", noisy)
    assert main(["runs", "--json"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("[1]\n", "a library's greeting\n")
