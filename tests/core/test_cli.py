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
from core.errors import ModelError
from core.experiment import OutOfFold
from core.jobs import read_job
from core.runs import layout, new_run, read_run
from core.settings import Settings
from core.storage import PROJECT_ROOT, jobs_root
from tests.core.conftest import QUICK, TrainedRun, copy_person

COMMANDS = ("scan", "prepare", "train", "evaluate", "predict", "enrol", "crossval", "search", "strangers", "speed", "runs")


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
        "evaluate --run DIR --data orl --strangers",
        "predict --run DIR",
        "enrol --run DIR photo.jpg",
        "enrol --run DIR --person Ann",
        "crossval",
        "crossval --data orl --job x",
        "crossval --data orl --folds 1",
        "crossval --data orl --folds 51",
        "crossval --data orl --folds many",
        "crossval --data orl --preset resnet",
        "crossval --data orl --set training.epochs=0",
        "strangers",
        "speed fast",
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
        ("crossval --data MISSING --json", "missing"),
        ("crossval --job MISSING --json", "no such job"),
        ("strangers --run MISSING --json", "no run"),
        ("strangers --run UNFINISHED --json", "not finished"),
        ("strangers --job MISSING --json", "no such job"),
        ("speed --job MISSING --json", "no such job"),
        ("enrol --run MISSING --person Ann PHOTO --json", "no run"),
        ("enrol --run UNFINISHED --person Ann PHOTO --json", "not finished"),
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
    assert not jobs_root().exists()


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
    told = {"box", "landmarks", "detection_score", "person", "decision", "probability", "score", "route", "top"}
    assert set(face) == told | {"runner_up", "runner_up_probability", "taken", "quality"}
    assert face["route"] == "trained"
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


def test_evaluate_shows_strangers_to_the_run(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strangers = tmp_path / "strangers"
    copy_person(strangers / "deeper" / "Xaver", "s9", range(1, 5))
    copy_person(strangers / "flat", "s11", range(1, 4))
    for number in range(1, 4):
        (strangers / "flat" / f"{number}.pgm").rename(strangers / f"{number}.pgm")
    split = read_run(trained_run.directory).split
    assert split
    shutil.copy(trained_run.photos / split.part("train")[0].path, strangers / "taught.pgm")
    shutil.copy(trained_run.photos / split.part("test")[0].path, strangers / "not taught.pgm")
    Image.new("RGB", (200, 200)).save(strangers / "nobody.png")
    (strangers / "torn.jpg").write_bytes(b"no photo")
    run = str(trained_run.directory)
    words = ["evaluate", "--run", run, "--data", str(trained_run.photos)]
    assert main([*words, "--json"]) == 0
    without = _json(capsys)
    assert main([*words, "--strangers", str(strangers), "--json"]) == 0
    answer = _json(capsys)
    assert (answer["stranger_seen"], answer["seen"]) == (1, without["seen"] + 1)
    assert {**answer, **without} == {**answer, "seen": without["seen"]}  # the other figures are the same
    (strangers / "taught.pgm").unlink()
    assert main(["predict", "--run", run, str(strangers), "--json"]) == 0
    photos = _json(capsys)
    faces = [photo["faces"][0] for photo in photos if photo["faces"]]
    assert answer["stranger_photos"] == 9
    assert answer["stranger_faces"] == len(faces) >= 6
    assert answer["stranger_rate"] == sum(face["decision"] == "known" for face in faces) / len(faces)
    assert 0 <= answer["known_named"] <= 1
    assert 0 <= answer["auroc"] <= 1
    assert main([*words, "--strangers", str(strangers)]) == 0
    assert "get a name" in capsys.readouterr().out


def test_evaluate_without_any_stranger_is_told(
    trained_run: TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "--run", str(trained_run.directory), "--data", str(trained_run.photos), "--strangers"]
    (tmp_path / "empty").mkdir()
    assert main([*words, str(tmp_path / "empty"), "--json"]) == 1
    assert "holds no photo" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "missing"), "--json"]) == 1
    assert "no folder" in capsys.readouterr().err
    Image.new("RGB", (200, 200)).save(tmp_path / "empty" / "nobody.png")
    assert main([*words, str(tmp_path / "empty"), "--json"]) == 1
    assert "No face was found" in capsys.readouterr().err


def test_crossval_prints_what_the_job_keeps(artifacts: Path, three_people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = [word for change in (*QUICK, "training.epochs=2") for word in ("--set", change)]
    words = ["crossval", "--data", str(three_people), "--preset", "dense", "--folds", "2", *changes, "--seed", "4", "--json"]
    assert main(words) == 0
    answer = _json(capsys)
    assert (answer["preset"], answer["data"], answer["seed"], len(answer["folds"])) == ("dense", str(three_people), 4, 2)
    (directory,) = jobs_root().iterdir()
    job = read_job(directory)
    assert (job.kind, job.state, job.title) == ("crossvalidation", "done", "Cross-validate three with dense, 2 folds")
    assert json.loads((directory / layout.RESULT).read_text()) == answer
    stored = OutOfFold.load(directory / layout.OUT_OF_FOLD)
    right = int((stored.logits.argmax(axis=1) == stored.labels).sum())
    photos = sum(fold["photos"] for fold in answer["folds"])
    assert right == pytest.approx(sum(fold["accuracy"] * fold["photos"] for fold in answer["folds"]))
    assert photos == len(stored.labels) + sum(fold["no_face"] for fold in answer["folds"])


def test_a_stranger_test_needs_people_to_leave_out(
    artifacts: Path, trained_run: TrainedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["strangers", "--run", str(trained_run.directory), "--json"]) == 1
    assert "at least 6" in capsys.readouterr().err
    assert not jobs_root().exists()


def test_enrol_passes_on_what_came_of_it(
    trained_run: TrainedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.recognizer import enrolment

    asked: list[Any] = []

    def fake(directory: Path, person: str, photos: Any) -> enrolment.Enrolment:
        asked.append((directory, person, [(len(data), name) for data, name in photos]))
        problems = ((photos[0][1], "shows no face"),)
        return enrolment.Enrolment("Zoë", len(photos) - 1, ("Yan", "Zoë"), problems, ("She looks like Ann.",))

    monkeypatch.setattr(enrolment, "enrol", fake)
    copy_person(tmp_path / "zoe", "s7", range(1, 3))
    (tmp_path / "photo.jpg").write_bytes(b"12345")
    gone, photo = str(tmp_path / "gone.jpg"), str(tmp_path / "photo.jpg")
    words = ["enrol", "--run", str(trained_run.directory), "--person", "zoë", photo, gone, str(tmp_path / "zoe")]
    assert main([*words, "--json"]) == 0
    answer = _json(capsys)
    zoe = [(file.stat().st_size, str(file)) for file in sorted((tmp_path / "zoe").iterdir())]
    assert asked == [(trained_run.directory, "zoë", [(5, photo), *zoe])]
    assert (answer["person"], answer["added"], answer["people"]) == ("Zoë", 2, ["Yan", "Zoë"])
    assert [problem["file"] for problem in answer["problems"]] == [gone, photo]
    assert answer["problems"][1]["error"] == "shows no face"
    assert answer["notes"] == ["She looks like Ann."]
    assert main(words) == 0
    assert "She looks like Ann." in capsys.readouterr().out
    assert main(["enrol", "--run", str(trained_run.directory), "--person", "zoë", photo]) == 1  # nothing was added
    assert main(["enrol", "--run", str(trained_run.directory), "--person", "zoë", gone]) == 1


def test_enrol_refuses_a_network_without_an_embedding(
    trained_run: TrainedRun, three_people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = str(three_people / "Bo" / "1.pgm")
    assert main(["enrol", "--run", str(trained_run.directory), "--person", "Zoe", photo, "--json"]) == 1
    assert "embedding" in capsys.readouterr().err


def test_evaluate_on_the_training_folder_scores_only_the_test_photos(
    trained_run: TrainedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--run", str(trained_run.directory), "--data", str(trained_run.photos), "--json"]) == 0
    answer, test = _json(capsys), trained_run.answer["test"]
    assert answer["strangers"] == 0
    for name in ("photos", "no_face", "set_aside", "accuracy", "balanced_accuracy", "macro_f1"):
        assert answer[name] == test[name]
    assert answer["log_loss"] == pytest.approx(test["log_loss"], abs=1e-5)


def test_weights_are_found_and_their_absence_is_told(
    artifacts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["weights", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sface"]["file"].endswith(".onnx")
    assert found["dlib"]["error"] is None

    def nowhere(*_: object) -> None:
        raise ModelError("The weights are gone.", "Install them.")

    monkeypatch.setattr("core.embeddings.weights.weights_file", nowhere)
    assert main(["weights"]) == 0
    told = capsys.readouterr().out
    assert "python -m core weights --fetch sface" in told
    assert "Presets without an embedding work all the same." in told


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
