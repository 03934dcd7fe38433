"""Whole runs with a pretrained embedding: what they keep, how they draw the line for unknown, and that serving agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets import get_dataset
from core.errors import ModelError, RunError, SplitError
from core.experiment import run_experiment
from core.models import load_network, softmax
from core.models.logits import ask
from core.openset import Gallery
from core.preparation import load_prepared
from core.recognizer import load_recognizer
from core.runs import Run, layout, new_run, read_run
from core.settings import DataSettings, Settings, preset, with_values
from core.storage import read_json
from tests.core.conftest import copy_person

SEVEN = {"Ann": "s1", "Bo": "s2", "Čeda": "s3", "Dora": "s4", "Emil": "s5", "Fay": "s6", "Gus": "s7"}


def settings_for(photos: Path, **changes: str) -> Settings:
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    return replace(with_values(preset("embedding"), changes), data=DataSettings(str(photos)))


def train(photos: Path, directory: Path, **changes: str) -> Run:
    run_experiment(new_run(settings_for(photos, **changes), directory))
    return read_run(directory)


@pytest.fixture(scope="module")
def seven_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("photos") / "seven"
    for name, source in SEVEN.items():
        copy_person(root / name, source)
    return root


@pytest.fixture(scope="module")
def run(seven_people: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(seven_people, tmp_path_factory.mktemp("outside") / "run")


def test_a_handful_of_photos_is_enough(run: Run) -> None:
    assert run.result is not None
    assert run.result["preset"] == "embedding"
    assert run.result["test"]["accuracy"] == 1.0
    assert run.result["test"]["photos"] == 7
    assert run.result["refitted"]
    assert {each.phase for each in run.history} == {"select", "refit"}
    assert run.history[-1].loss < 0.1


def test_the_run_keeps_what_makes_it_understood(run: Run) -> None:
    names = {each.name for each in run.directory.iterdir()}
    assert {layout.GALLERY, layout.BACKBONE, layout.MODEL, layout.THRESHOLDS, layout.REPORT} <= names
    about = read_json(run.directory / layout.BACKBONE)
    assert about is not None
    assert about["name"] == "sface"
    assert "fb143eea0783" in about["key"]
    gallery = Gallery.load(run.directory / layout.GALLERY)
    taught = run.split.part("train", "validation") if run.split else []
    assert len(gallery.vectors) == len(taught)  # averaged with their mirror images; validation included after the refit
    assert gallery.people == 7


def test_every_person_was_a_stranger_to_the_others(run: Run) -> None:
    lines = run.thresholds
    assert lines is not None
    assert lines.tested_on_strangers
    assert lines.score == "similarity"
    assert "7 people, each left out in turn" in lines.source
    assert lines.curve is not None
    assert lines.curve.people == 7
    assert 0.2 < lines.unknown <= lines.known < 0.9


def test_few_validation_faces_leave_the_temperature_at_one_and_say_so(run: Run) -> None:
    calibration = run.calibration
    assert calibration is not None
    assert calibration.temperature.value == 1.0
    assert "7 validation faces, 30 are needed" in calibration.temperature.source
    before, after = calibration.parts["test"]
    assert before == after


def test_serving_answers_what_was_measured(run: Run) -> None:
    recognizer = load_recognizer(run.directory)
    assert run.dataset is not None
    prepared = load_prepared(get_dataset(run.dataset.id), run.settings.face)
    assert prepared is not None
    scores = run.scores["test"]
    crops = [np.asarray(prepared.pixels[prepared.rows[sha256]]) for sha256 in scores.sha256]
    np.testing.assert_allclose(recognizer.probabilities(crops), softmax(scores.logits), atol=1e-6)


def test_the_saved_graph_gives_logits_and_an_embedding_of_length_one(run: Run) -> None:
    found = ask(load_network(run.directory / layout.MODEL), np.zeros((2, 112, 112, 3), np.uint8))
    assert found.logits.shape == (2, 7)
    assert found.vectors is not None
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_photo_of_a_known_person_and_of_a_stranger(run: Run, seven_people: Path, tmp_path: Path) -> None:
    for number in range(8, 41):
        copy_person(tmp_path / str(number), f"s{number}", range(1, 2))
    recognizer = load_recognizer(run.directory)
    known = recognizer.predict((seven_people / "Ann" / "7.pgm").read_bytes(), "7.pgm").faces[0]
    assert (known.person, known.decision, known.route) == ("Ann", "known", "trained")
    assert known.probability > 0.9
    files = [tmp_path / str(number) / "1.pgm" for number in range(8, 41)]
    strangers = [recognizer.predict(file.read_bytes(), str(file)).faces[0] for file in files]
    assert [face.decision for face in strangers].count("known") <= 4  # of 33; seven people tell little of all others
    assert all(face.score < known.score for face in strangers)


def test_embeddings_are_read_the_second_time(
    run: Run, seven_people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.embeddings import KerasBackbone

    def refuse(*_: object) -> None:
        raise AssertionError("a stored face was embedded again")

    monkeypatch.setattr(KerasBackbone, "embed", refuse)
    again = train(seven_people, tmp_path / "again")
    np.testing.assert_array_equal(again.scores["test"].logits, run.scores["test"].logits)


def test_two_people_get_the_lines_that_ship_and_a_folder_of_strangers_draws_its_own(tmp_path: Path) -> None:
    for name, source in (("Ann", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "two" / name, source)
    two = train(tmp_path / "two", tmp_path / "run").thresholds
    assert two is not None
    assert "measured on public photos" in two.source
    for number in range(11, 15):
        copy_person(tmp_path / "two" / f"Unknown/{number}", f"s{number}")
    copy_person(tmp_path / "three/Ann", "s1")
    copy_person(tmp_path / "three/Bo", "s2")
    for number in range(11, 15):
        copy_person(tmp_path / f"other{number}", f"s{number}")
        for file in sorted((tmp_path / f"other{number}").iterdir()):
            target = tmp_path / "three" / "unknown" / f"{number}-{file.name}"
            target.parent.mkdir(exist_ok=True)
            file.rename(target)
    own = train(tmp_path / "three", tmp_path / "run3")
    assert own.class_names == ("Ann", "Bo")
    assert own.split is not None
    assert len(own.split.part(layout.STRANGERS)) == 28
    assert own.thresholds is not None
    assert "28 faces of the folder of strangers" in own.thresholds.source


def test_a_person_with_one_photo_is_learnt_from_it(seven_people: Path, tmp_path: Path) -> None:
    copy_person(tmp_path / "photos" / "Ann", "s1")
    copy_person(tmp_path / "photos" / "Bo", "s2")
    copy_person(tmp_path / "photos" / "Solo", "s3", range(1, 2))
    found = train(tmp_path / "photos", tmp_path / "run")
    assert found.result is not None
    assert "Solo" in found.result["without_test"]
    copy_person(tmp_path / "asked", "s3", range(2, 3))
    face = load_recognizer(found.directory).predict((tmp_path / "asked" / "2.pgm").read_bytes(), "2.pgm").faces[0]
    assert face.top[0][0] == "Solo"


def test_one_person_and_strangers_are_too_few(tmp_path: Path) -> None:
    copy_person(tmp_path / "photos" / "Ann", "s1")
    copy_person(tmp_path / "photos" / "unknown", "s2")
    with pytest.raises(SplitError, match="only one person"):
        train(tmp_path / "photos", tmp_path / "run")


def test_all_photos_of_a_person_alike(tmp_path: Path) -> None:
    from PIL import Image

    copy_person(tmp_path / "photos" / "Ann", "s1")
    copy_person(tmp_path / "photos" / "Bo", "s2")
    copy_person(tmp_path / "one", "s3", range(1, 2))
    with Image.open(tmp_path / "one" / "1.pgm") as picture:
        for quality in (60, 70, 80, 90):
            target = tmp_path / "photos" / "Twin" / f"{quality}.jpg"
            target.parent.mkdir(exist_ok=True)
            picture.convert("RGB").save(target, quality=quality)
    found = train(tmp_path / "photos", tmp_path / "run")
    assert found.result is not None
    assert found.result["test"]["accuracy"] == 1.0
    assert "Twin" in found.result["without_test"]  # copies never judge what their originals taught


@pytest.mark.parametrize("head", ["cosine", "arcface"])
def test_other_heads_and_mirror_averaging(head: str, seven_people: Path, tmp_path: Path) -> None:
    found = train(seven_people, tmp_path / "run", embedding__head=head, model__mirror_average="true")
    assert found.result is not None
    assert found.result["test"]["accuracy"] == 1.0
    scores = found.scores["test"]
    assert found.dataset is not None
    prepared = load_prepared(get_dataset(found.dataset.id), found.settings.face)
    assert prepared is not None
    crop = np.asarray(prepared.pixels[prepared.rows[scores.sha256[0]]])
    answers = load_recognizer(found.directory).probabilities([crop, np.ascontiguousarray(crop[:, ::-1])])
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-5)
    np.testing.assert_allclose(answers[0], softmax(scores.logits)[0], atol=1e-5)


def test_the_last_stage_can_learn_too_and_leaves_the_backbone_alone(seven_people: Path, tmp_path: Path) -> None:
    from core.embeddings import KerasBackbone, load_backbone

    backbone = load_backbone(preset("embedding"))
    assert isinstance(backbone, KerasBackbone)
    before = [each.copy() for each in backbone.network.get_weights()]
    found = train(seven_people, tmp_path / "run", embedding__fine_tune="true", embedding__fine_tune_epochs="2")
    assert found.result is not None
    assert found.result["test"]["accuracy"] == 1.0
    assert len(found.history) == 2
    for old, new in zip(before, backbone.network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    tuned = load_network(found.directory / layout.MODEL)
    face = np.full((1, 112, 112, 3), 90, np.uint8)
    assert np.abs(ask(tuned, face).vectors - backbone.embed(face)).max() > 1e-5


def test_a_run_is_refused_whose_gallery_is_damaged(run: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(run.directory, tmp_path / "copy")
    (tmp_path / "copy" / layout.GALLERY).write_bytes(b"no gallery")
    with pytest.raises(RunError, match=r"gallery\.npz is damaged"):
        load_recognizer(tmp_path / "copy")


def own_embedding(path: Path, shift: float = 0.0) -> None:
    """Write an ONNX network that averages the picture over a grid: a poor embedding, but one."""
    import onnx
    from onnx import TensorProto, helper

    faces = helper.make_tensor_value_info("face", TensorProto.FLOAT, ["N", 3, 112, 112])
    vectors = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["N", 147])
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [0, 147])
    offset = helper.make_tensor("offset", TensorProto.FLOAT, [1], [shift])
    nodes = [
        helper.make_node("AveragePool", ["face"], ["pooled"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Reshape", ["pooled", "shape"], ["flat"]),
        helper.make_node("Add", ["flat", "offset"], ["vector"]),
    ]
    graph = helper.make_graph(nodes, "grid", [faces], [vectors], [shape, offset])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


def test_an_embedding_of_ones_own_is_kept_by_its_hash(seven_people: Path, tmp_path: Path) -> None:
    own_embedding(tmp_path / "own.onnx")
    found = train(seven_people, tmp_path / "run", embedding__backbone="onnx", embedding__onnx_file=str(tmp_path / "own.onnx"))
    assert found.result is not None
    assert found.result["test"]["accuracy"] > 0.5
    about = read_json(found.directory / layout.BACKBONE)
    assert about is not None
    assert len(about["sha256"]) == 64
    face = load_recognizer(found.directory).predict((seven_people / "Ann" / "1.pgm").read_bytes(), "1.pgm").faces[0]
    assert face.top[0][0] == "Ann"
    own_embedding(tmp_path / "own.onnx", shift=0.5)
    with pytest.raises(ModelError, match="not the file that the run"):
        load_recognizer(found.directory)
