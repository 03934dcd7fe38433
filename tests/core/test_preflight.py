"""The checklist before a training: each thing that can be missing, and what leads on."""

from __future__ import annotations

import json
import shutil
import sys
from collections import namedtuple
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.datasets import Catalogue, Photo, open_dataset, scan
from core.datasets.crops import open_crops
from core.errors import ModelError
from core.faces import crop_key
from core.jobs.queue import take_ticket
from core.preflight import Check, check_before_training, machine
from core.preflight.need import disk_needed, memory_needed, size_of_network
from core.runs import new_run
from core.settings import PRESETS, EmbeddingSettings, FaceSettings, Settings, SplitSettings, preset, with_values
from tests.core.photos import orl_file

PEOPLE = (("Ann", 1), ("Bo", 2), ("Cy", 3))
DENSE = with_values(preset("dense"), {"face.detector": "yunet", "face.size": "32"})


@pytest.fixture
def root(artifacts: Path, tmp_path: Path) -> Path:
    for name, person in PEOPLE:
        _copy(tmp_path / "photos", name, person, range(1, 11))
    return tmp_path / "photos"


def _copy(root: Path, name: str, person: int, numbers: Iterable[int]) -> None:
    (root / name).mkdir(parents=True, exist_ok=True)
    for number in numbers:
        shutil.copy(orl_file(person, number), root / name / f"{number}.pgm")


def _scanned(root: Path) -> Catalogue:
    made = open_dataset(str(root))
    scan(made)
    return made


def _prepare(catalogue: Catalogue, face: FaceSettings, status: str = "face", only: Iterable[Photo] | None = None) -> None:
    """Say that every photo was searched; the crops themselves are never opened by the checks."""
    import numpy as np

    photos = list(catalogue.photos() if only is None else only)
    store = open_crops(catalogue.directory, crop_key(face), face.size)
    index = store.read_index()
    if status == "face":
        blank = np.zeros((face.size, face.size, 3), np.uint8)
        index = store.add(index, [photo.sha256 for photo in photos], [blank] * len(photos))
    else:
        index = replace(index, others={**index.others, **{photo.sha256: status for photo in photos}})
    store.save_index(index)


def _line(catalogue: Catalogue, name: str, settings: Settings = DENSE) -> Check:
    (found,) = (each for each in check_before_training(catalogue, settings) if each.name == name)
    assert found.words.endswith(".")
    return found


def _stands(catalogue: Catalogue, name: str, settings: Settings = DENSE) -> tuple[str, str]:
    found = _line(catalogue, name, settings)
    return found.state, found.cure


def test_a_prepared_dataset_is_ready(root: Path) -> None:
    catalogue = _scanned(root)
    _prepare(catalogue, DENSE.face)
    lines = check_before_training(catalogue, DENSE)
    assert [each.name for each in lines] == ["people", "photos", "faces", "duplicates", "memory", "disk", "queue"]
    assert {each.state for each in lines} == {"good"}
    assert not any(each.cure for each in lines)
    assert "30 photos of 3 people" in lines[0].words


def test_too_few_people(artifacts: Path, tmp_path: Path) -> None:
    _copy(tmp_path / "photos", "Ann", 1, range(1, 5))
    catalogue = _scanned(tmp_path / "photos")
    assert _stands(catalogue, "people") == ("bad", "add_photos")
    assert _stands(catalogue, "photos") == ("bad", "add_photos")


def test_too_few_photos_to_test(artifacts: Path, tmp_path: Path) -> None:
    for name, person in PEOPLE:
        _copy(tmp_path / "photos", name, person, (1, 2))
    catalogue = _scanned(tmp_path / "photos")
    assert _stands(catalogue, "photos", preset("embedding")) == ("bad", "add_photos")
    _copy(tmp_path / "photos", "Ann", 1, range(3, 8))
    catalogue = _scanned(tmp_path / "photos")
    line = _line(catalogue, "photos", preset("embedding"))
    assert (line.state, line.cure) == ("note", "add_photos")
    assert line.words.startswith("Bo and Cy have too few")


def test_folders_that_keep_nothing_for_the_test(root: Path) -> None:
    settings = replace(DENSE, split=SplitSettings(preset="folders"))
    assert _stands(_scanned(root), "photos", settings) == ("bad", "split")


def test_learning_from_few_photos_alone_is_a_note(root: Path) -> None:
    line = _line(_scanned(root), "photos", preset("residual"))
    assert (line.state, line.cure) == ("note", "other_preset")
    assert _line(_scanned(root), "photos", preset("embedding")).state == "good"


def test_faces_that_are_missing_are_counted(root: Path) -> None:
    catalogue = _scanned(root)
    assert _stands(catalogue, "faces") == ("bad", "prepare")
    _prepare(catalogue, DENSE.face, only=catalogue.photos()[:-1])
    assert _line(catalogue, "faces").words.startswith("1 photo was not searched")
    assert _stands(catalogue, "faces", replace(DENSE, face=replace(DENSE.face, size=36))) == ("bad", "prepare")
    _prepare(catalogue, DENSE.face, only=catalogue.photos()[-1:])
    assert _stands(catalogue, "faces") == ("good", "")


def test_photos_without_a_face(root: Path) -> None:
    catalogue = _scanned(root)
    photos = catalogue.photos()
    _prepare(catalogue, DENSE.face, "no_face", photos[:4])
    _prepare(catalogue, DENSE.face, only=photos[4:])
    line = _line(catalogue, "faces")
    assert (line.state, line.cure) == ("note", "show_problems")
    assert "26 of 30" in line.words


def test_faces_of_one_person_only(root: Path) -> None:
    catalogue = _scanned(root)
    for photo in catalogue.photos():
        _prepare(catalogue, DENSE.face, "face" if photo.person == "Ann" else "several_faces", [photo])
    line = _line(catalogue, "faces")
    assert (line.state, line.cure) == ("bad", "show_problems")
    assert "1 person only" in line.words


def _pairs(catalogue: Catalogue, pairs: Iterable[tuple[Photo, Photo]]) -> None:
    rows = [(*sorted((one.sha256, other.sha256)), 3) for one, other in pairs]
    with catalogue.writing() as connection:
        connection.executemany("INSERT OR REPLACE INTO near_pairs VALUES (?, ?, ?)", rows)


def test_twins_on_both_sides_of_the_split(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = _scanned(root)
    assert _stands(catalogue, "duplicates") == ("good", "")
    ann = [photo for photo in catalogue.photos() if photo.person == "Ann"]
    # A ring: each photo is like the next, so whole groups are pairs, and every cut between them leaves twins.
    _pairs(catalogue, zip(ann, [*ann[1:], ann[0]], strict=True))
    line = _line(catalogue, "duplicates")
    assert (line.state, line.cure) == ("bad", "split")
    monkeypatch.setattr("core.preflight.photos.MANY_TWINS", 1.0)
    assert "resemble" in _line(catalogue, "duplicates").words
    strict = replace(DENSE, split=replace(DENSE.split, duplicate_distance=2))
    assert "No copy" in _line(catalogue, "duplicates", strict).words  # they differ by 3%


def test_a_group_that_stays_whole_is_no_twin(root: Path) -> None:
    catalogue = _scanned(root)
    ann = [photo for photo in catalogue.photos() if photo.person == "Ann"][:3]
    _pairs(catalogue, ((one, other) for one in ann for other in ann if one is not other))
    assert "No copy" in _line(catalogue, "duplicates").words


def test_the_same_photo_under_two_names(root: Path) -> None:
    shutil.copy(orl_file(1, 1), root / "Bo" / "copy.pgm")
    line = _line(_scanned(root), "duplicates")
    assert (line.state, line.cure) == ("note", "show_conflicts")
    assert line.words.startswith("1 pair of photos is")


def test_photos_that_were_not_all_read(root: Path) -> None:
    catalogue = _scanned(root)
    with catalogue.writing() as connection:
        connection.execute("UPDATE state SET value = '0' WHERE name = 'complete'")
    assert _stands(catalogue, "duplicates") == ("bad", "prepare")


def test_a_folder_that_has_gone(root: Path) -> None:
    catalogue = _scanned(root)
    root.rename(root.with_name("moved"))
    (line,) = check_before_training(catalogue, DENSE)
    assert (line.name, line.state, line.cure) == ("folder", "bad", "move")
    shutil.rmtree(catalogue.directory)
    (line,) = check_before_training(catalogue, DENSE)
    assert (line.name, line.state) == ("folder", "bad")


def test_weights(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = _scanned(root)
    embedding = preset("embedding")
    assert _stands(catalogue, "weights", embedding) == ("good", "")
    assert _stands(catalogue, "weights", replace(embedding, face=DENSE.face)) == ("bad", "faces")
    own = replace(embedding, embedding=EmbeddingSettings(backbone="onnx"))
    assert _stands(catalogue, "weights", own) == ("bad", "other_preset")

    def missing(name: str) -> Path:
        raise ModelError(f"The weights of {name} are gone.", "Install them.")

    monkeypatch.setattr(machine, "find_weights", missing)
    monkeypatch.setattr(machine, "_found", {})
    assert _stands(catalogue, "weights", embedding) == ("bad", "get_weights")


def test_memory_and_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = _scanned(root)
    memory, disk = namedtuple("memory", "available"), namedtuple("disk", "free")
    needed, written = memory_needed(DENSE, 30, 3), disk_needed(DENSE, 30, 30, 3)
    for free, stands in ((needed - 1, ("bad", "smaller")), (needed * 1.1, ("note", "smaller")), (needed * 2, ("good", ""))):
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: memory(free))
        assert _stands(catalogue, "memory") == stands
    for left, stands in ((-1, ("bad", "free_disk")), (1e6, ("note", "free_disk")), (1e9, ("good", ""))):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder, left=left: disk(written + left))
        assert _stands(catalogue, "disk") == stands


def test_another_training_is_a_note(root: Path) -> None:
    catalogue = _scanned(root)
    take_ticket(new_run(Settings(), progress={"state": "queued"}))
    line = _line(catalogue, "queue")
    assert (line.state, line.cure) == ("note", "")
    assert "will wait" in line.words


@pytest.mark.parametrize("name", ["cnn", "dense", "residual"])
def test_the_estimated_weights_are_those_of_the_network(name: str) -> None:
    from core.models import build

    settings = PRESETS[name]
    built = build(settings.model, settings.face.size, 40, 0).count_params()
    assert size_of_network(settings, 40)[0] == pytest.approx(built, rel=0.02)


def test_bigger_batches_and_faces_need_more() -> None:
    small, large = (with_values(preset("cnn"), {"training.batch_size": batch}) for batch in ("16", "256"))
    assert memory_needed(large, 100, 10) > memory_needed(small, 100, 10) + 1e9
    assert disk_needed(DENSE, 100, 100, 10) - disk_needed(DENSE, 100, 0, 10) == 2 * 100 * 32 * 32 * 3


def test_nothing_heavy_is_loaded() -> None:
    import subprocess

    code = "import sys, json, core.preflight; print(json.dumps([each for each in sys.modules if '.' not in each]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "sklearn", "optuna"} & set(json.loads(done.stdout))
