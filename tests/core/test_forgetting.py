"""Forgetting a person: no byte of their photos or name is left in what Visage keeps, and no scan brings them back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from core.curation import (
    entries,
    exclude,
    forget_person,
    history_of,
    mark_strangers,
    merge_people,
    not_a_face,
    relabel,
    rename_person,
    runs_trained_on,
    undo,
)
from core.curation.forgetting import LOCK
from core.datasets import Catalogue, keep_photo, kept_photos, open_dataset, scan
from core.datasets.crops import open_crops
from core.datasets.thumbnails import thumbnail
from core.embeddings.store import EmbeddingStore
from core.errors import DatasetError
from core.faces import crop_key
from core.openset import Gallery
from core.preparation import load_prepared, prepare
from core.recognizer.enrolled import Enrolled
from core.recognizer.galleries import read_enrolled, write_enrolled
from core.runs import layout, new_run, records
from core.settings import FaceSettings, preset
from core.storage import artifacts_root
from tests.core.photos import orl_file

YUNET = FaceSettings(detector="yunet", size=32)
ANN, BO, CY = "Annalena Zacharias", "Bo", "Cy"


def _copy(root: Path, name: str, person: int, numbers: range) -> None:
    (root / name).mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (root / name / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())


@pytest.fixture
def root(artifacts: Path, tmp_path: Path) -> Path:
    for name, person in ((ANN, 1), (BO, 2), (CY, 3)):
        _copy(tmp_path / "photos", name, person, range(1, 4))
    return tmp_path / "photos"


@pytest.fixture
def catalogue(root: Path) -> Catalogue:
    made = open_dataset(str(root))
    scan(made)
    return made


def of(catalogue: Catalogue, person: str) -> list[str]:
    return [photo.sha256 for photo in catalogue.photos() if photo.person == person]


def traces(folder: Path, *texts: str) -> list[str]:
    """Return the files below a folder that hold one of the texts, or have it in their names."""
    names = [text.lower().encode() for text in texts]
    hashes = [bytes.fromhex(text) for text in texts if len(text) == 64]
    found = []
    for file in folder.rglob("*"):
        raw = file.read_bytes() if file.is_file() else b""
        told = raw.lower() + str(file.relative_to(folder)).lower().encode()
        if any(each in told for each in names) or any(each in raw for each in hashes):
            found.append(str(file.relative_to(folder)))
    return found


def _embed(catalogue: Catalogue, photos: list[str]) -> EmbeddingStore:
    store = EmbeddingStore(catalogue.directory / "embeddings" / "crops" / "network", 4, {0: "view"})
    store.save({(photo, 0): np.full(4, number, np.float32) for number, photo in enumerate(photos)})
    return store


def _run(catalogue: Catalogue, people: tuple[str, ...]) -> Path:
    """Make a finished run that has learnt people, with another who was added."""
    settings = preset("embedding")
    directory = new_run(replace(settings, data=replace(settings.data, source=catalogue.source)))
    record = records.DatasetRecord(catalogue.id, catalogue.name, catalogue.source, "0", people)
    records.write_dataset(directory / layout.DATASET, record)
    (directory / layout.RESULT).write_text("{}")
    return directory


def test_nothing_is_left_but_salted_hashes(catalogue: Catalogue, artifacts: Path, root: Path) -> None:
    photos = of(catalogue, ANN)
    relabel(catalogue, of(catalogue, BO)[:1], ANN)
    not_a_face(catalogue, photos[:1])
    rename_person(catalogue, ANN, "Anna Zacharias")
    exclude(catalogue, photos[1:2])
    keep_photo(catalogue.directory, ANN, orl_file(1, 9).read_bytes(), ".pgm")
    scan(catalogue)
    photos = [*of(catalogue, "Anna Zacharias"), photos[1]]
    for photo in catalogue.photos():
        thumbnail(catalogue, photo)
    prepare(catalogue, YUNET)
    store = _embed(catalogue, [photo.sha256 for photo in catalogue.photos()])
    others = len(of(catalogue, BO)) + len(of(catalogue, CY))
    assert len(photos) == 5
    assert traces(catalogue.directory, "Zacharias", *photos)

    receipt = forget_person(catalogue, "anna zacharias")

    assert traces(artifacts, "Zacharias", *photos) == []
    assert (receipt.photos, receipt.copies, receipt.crops, receipt.embeddings) == (5, 1, 3, 4)
    assert receipt.thumbnails >= 4, "of the photos; more where preparing has made some of the faces"
    assert receipt.entries == 4
    assert [photo.person for photo in catalogue.photos()] == [BO] * 2 + [CY] * 3
    assert len(store.read()) == others
    assert len(list(root.rglob("*.pgm"))) == 9, "the folder itself is not Visage's"
    assert len(receipt.files) == 5
    assert any("4 files" in each or "5 files" in each for each in receipt.remains)
    assert "cannot be undone" in receipt.text
    assert receipt.path is not None and "Zacharias" not in receipt.path.read_text()
    prepared = load_prepared(catalogue, YUNET)
    assert prepared is not None
    assert prepared.count("face") == others
    assert [each.words for each in entries(catalogue)][:2] == [
        "Somebody was forgotten.",
        "Somebody who was forgotten since was changed.",
    ]
    assert undo(catalogue) is None


def test_no_scan_brings_them_back_wherever_their_photos_turn_up(catalogue: Catalogue, root: Path, artifacts: Path) -> None:
    photos = of(catalogue, ANN)
    forget_person(catalogue, ANN)
    shutil.copy(root / ANN / "1.pgm", root / BO / "again.pgm")
    _copy(root, ANN, 1, range(7, 9))
    _copy(root, "pins_annalena zacharias", 1, range(9, 11))
    (root / ANN / "notes.txt").write_text("?")
    for _ in range(2):
        scan(catalogue)
        assert catalogue.people() == [(BO, 3), (CY, 3)]
        assert traces(artifacts, "Zacharias", *photos) == []
        assert catalogue.skipped() == []
    result = scan(catalogue)
    assert (result.new, result.changed, result.removed, result.unchanged) == (0, 0, 0, 6)
    shutil.rmtree(root / ANN)
    assert scan(catalogue).removed == 0


def test_forgotten_photos_are_not_read_again(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_person(catalogue, ANN)
    opened: list[str] = []
    monkeypatch.setattr("core.datasets.scanning._bytes_of", lambda path, file: opened.append(file.path))
    scan(catalogue)
    assert opened == []


def test_photos_in_their_folder_that_show_others_stay(catalogue: Catalogue, root: Path) -> None:
    first, *_ = of(catalogue, ANN)
    relabel(catalogue, [first], BO)
    receipt = forget_person(catalogue, ANN)
    assert receipt.photos == 2
    assert any("1 photos of other people" in each for each in receipt.remains)
    for _ in range(2):
        assert catalogue.people() == [(BO, 4), (CY, 3)]
        scan(catalogue)
    assert [each.words for each in history_of(catalogue, first)] == ["Shown as Bo, before as nobody's."]
    assert undo(catalogue) is None, "it would give the photo a name that is forgotten"


def test_aliases_and_merged_people_are_forgotten_with_them(catalogue: Catalogue, root: Path, artifacts: Path) -> None:
    merge_people(catalogue, [ANN, BO], "Dee")
    photos = of(catalogue, "Dee")
    assert forget_person(catalogue, "Dee").photos == 6
    _copy(root, "bo", 2, range(8, 9))
    scan(catalogue)
    assert catalogue.people() == [(CY, 3)]
    assert traces(artifacts, "Zacharias", *photos) == []


def test_who_was_renamed_since_is_not_their_folders_name(catalogue: Catalogue) -> None:
    rename_person(catalogue, ANN, BO + "b")
    with pytest.raises(DatasetError, match="nobody called"):
        forget_person(catalogue, ANN)
    relabel(catalogue, of(catalogue, CY)[:1], ANN)
    assert forget_person(catalogue, ANN).photos == 1
    assert catalogue.people() == [(BO, 3), (BO + "b", 3), (CY, 2)]
    scan(catalogue)
    assert catalogue.people() == [(BO, 3), (BO + "b", 3), (CY, 2)]


def test_a_photo_filed_under_two_people_is_forgotten_with_one_of_them(catalogue: Catalogue, root: Path) -> None:
    shutil.copy(root / ANN / "1.pgm", root / BO / "wrong.pgm")
    scan(catalogue)
    assert forget_person(catalogue, ANN).photos == 3
    scan(catalogue)
    assert catalogue.people() == [(BO, 3), (CY, 3)]
    assert catalogue.conflicts() == []


def test_strangers_can_be_forgotten(catalogue: Catalogue) -> None:
    mark_strangers(catalogue, of(catalogue, CY))
    assert forget_person(catalogue, "Unknown").photos == 3
    scan(catalogue)
    assert catalogue.people() == [(ANN, 3), (BO, 3)]


def test_copies_that_visage_has_made_go_and_other_people_keep_theirs(artifacts: Path, tmp_path: Path) -> None:
    own = artifacts_root() / "photos" / "family"
    for name, person in ((ANN, 1), (BO, 2), (CY, 3)):
        _copy(own, name, person, range(1, 4))
    catalogue = open_dataset(str(own))
    keep_photo(catalogue.directory, ANN, orl_file(1, 8).read_bytes(), ".pgm")
    keep_photo(catalogue.directory, ANN, orl_file(2, 8).read_bytes(), ".pgm")
    scan(catalogue)
    relabel(catalogue, [photo.sha256 for photo in catalogue.photos() if photo.path == f"{ANN}/1.pgm"], BO)
    (added,) = [photo.sha256 for photo in catalogue.photos() if photo.sha256 == _sha(orl_file(2, 8))]
    relabel(catalogue, [added], BO)
    receipt = forget_person(catalogue, ANN)
    assert (receipt.photos, receipt.copies, receipt.files) == (3, 3, ())
    assert not any("never changes it" in each for each in receipt.remains)
    assert traces(artifacts, "Zacharias") == []
    for _ in range(2):
        assert catalogue.people() == [(BO, 5), (CY, 3)]
        assert all((catalogue.root / photo.path).is_file() for photo in catalogue.photos())
        assert kept_photos(catalogue.directory) == {BO: 2}
        scan(catalogue)


def _sha(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_who_is_added_again_later_is_there_again(catalogue: Catalogue) -> None:
    forget_person(catalogue, ANN)
    keep_photo(catalogue.directory, ANN, orl_file(1, 9).read_bytes(), ".pgm")
    keep_photo(catalogue.directory, ANN, orl_file(1, 1).read_bytes(), ".pgm")
    scan(catalogue)
    assert dict(catalogue.people())[ANN] == 1, "the new photo, not the forgotten one"


def test_runs_that_have_learnt_the_person_are_named_and_forget_who_was_added(catalogue: Catalogue) -> None:
    learnt, other = _run(catalogue, (ANN, BO)), _run(catalogue, (BO, CY))
    gallery = Gallery(np.eye(3, 4, dtype=np.float32), np.array([0, 0, 1]), 2)
    write_enrolled(other / layout.ENROLLED, Enrolled((ANN.upper(), "Dee"), gallery, ("a", "b", "c")))
    assert [run.id for run in runs_trained_on(catalogue, ANN)] == [learnt.name]
    receipt = forget_person(catalogue, ANN)
    assert [id for id, _ in receipt.runs] == [learnt.name]
    assert receipt.enrolments == 1
    enrolled = read_enrolled(other / layout.ENROLLED)
    assert enrolled is not None
    assert enrolled.people == ("Dee",)
    assert learnt.name in receipt.text


def test_a_run_that_was_judged_by_their_photos_is_named(catalogue: Catalogue) -> None:
    directory = _run(catalogue, (BO, CY))
    (photo, *_) = of(catalogue, ANN)
    split = records.SplitRecord((records.PhotoRecord(photo, "x", "Unknown", "strangers", "face"),))
    records.write_split(directory / layout.SPLIT, split)
    assert [run.id for run in runs_trained_on(catalogue, ANN)] == [directory.name]


def test_results_of_earlier_tests_and_imports_that_wait(catalogue: Catalogue, artifacts: Path) -> None:
    job = artifacts / "jobs" / "20260101-crossvalidation"
    job.mkdir(parents=True)
    (job / "result.json").write_text(json.dumps({"people": [ANN]}))
    waiting = artifacts / "imports" / "one" / "files"
    waiting.mkdir(parents=True)
    (waiting / "0").write_bytes(orl_file(1, 2).read_bytes())
    untouched = artifacts / "imports" / "two" / "files"
    untouched.mkdir(parents=True)
    (untouched / "0").write_bytes(orl_file(2, 2).read_bytes())
    (untouched.parent / "plan.json").write_text(json.dumps({"people": [ANN]}))
    finished = artifacts / "imports" / "three"
    finished.mkdir()
    (finished / "result.json").write_text(json.dumps({"skipped": [f"{ANN}/notes.txt"]}))
    receipt = forget_person(catalogue, ANN)
    assert not waiting.exists() and not finished.exists() and untouched.exists()
    assert any("results of earlier tests" in each for each in receipt.remains)


def test_a_folder_of_ones_own_is_left_alone_even_inside_the_artifacts(artifacts: Path) -> None:
    own = artifacts / "my photos"
    for name, person in ((ANN, 1), (BO, 2)):
        _copy(own, name, person, range(1, 3))
    catalogue = open_dataset(str(own))
    scan(catalogue)
    assert len(forget_person(catalogue, ANN).files) == 2
    assert len(list(own.rglob("*.pgm"))) == 4


def test_nobody_is_forgotten_while_others_work_on_the_dataset(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    with FileLock(catalogue.directory / LOCK), pytest.raises(DatasetError, match="being prepared"):
        forget_person(catalogue, ANN)
    directory = _run(catalogue, (ANN, BO))
    (directory / layout.RESULT).unlink()
    monkeypatch.setattr("core.runs.run.state_of", lambda directory: "running")
    with pytest.raises(DatasetError, match="still being trained"):
        forget_person(catalogue, ANN)
    with pytest.raises(DatasetError, match="nobody called"):
        runs_trained_on(catalogue, "Zoe")
    assert len(catalogue.photos()) == 9


def test_what_was_interrupted_can_be_done_to_its_end(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_photo(catalogue.directory, ANN, orl_file(1, 9).read_bytes(), ".pgm")
    scan(catalogue)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("core.datasets.forgotten.erase", lambda *arguments: (_ for _ in ()).throw(RuntimeError))
        forget_person(catalogue, ANN)
    assert dict(catalogue.people())[ANN] == 4
    assert forget_person(catalogue, ANN).photos == 4
    assert open_crops(catalogue.directory, crop_key(YUNET), 32).read_index().rows() == {}
