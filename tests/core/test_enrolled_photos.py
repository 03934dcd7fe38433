"""Photos of added people: kept beside the catalogue, read with the folder, gone with the dataset or when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.datasets import (
    BUILTIN,
    delete_dataset,
    forget_photos,
    get_dataset,
    keep_photo,
    kept_photos,
    open_dataset,
    relocate_dataset,
    scan,
)
from core.datasets.thumbnails import thumbnail
from core.errors import DatasetError
from tests.core.conftest import copy_person
from tests.core.photos import orl_file


@pytest.fixture
def folder(artifacts: Path, tmp_path: Path) -> Path:
    """Return a folder with two photos of each of two people."""
    for name, source in (("Ann", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "photos" / name, source, range(1, 3))
    return tmp_path / "photos"


def _photo(person: int, number: int = 1) -> bytes:
    return orl_file(person, number).read_bytes()


def test_the_next_scan_takes_kept_photos_as_photos_of_the_person(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    scan(catalogue)
    sha256 = keep_photo(catalogue.directory, "Zoe Öst / 1", _photo(20), ".PGM")
    assert keep_photo(catalogue.directory, "zoe öst / 1", _photo(20), ".pgm") == sha256  # the same person, the same photo
    assert kept_photos(catalogue.directory) == {"Zoe Öst / 1": 1}
    assert (scan(catalogue).new, scan(catalogue).unchanged) == (1, 5)
    (photo,) = [each for each in catalogue.photos() if each.person == "Zoe Öst / 1"]
    assert (photo.sha256, photo.part) == (sha256, None)
    assert (catalogue.root / photo.path).read_bytes() == _photo(20)
    assert thumbnail(catalogue, photo)
    assert (catalogue.skipped(), catalogue.notes(), sorted(folder.rglob("*enrolled*"))) == ([], [], [])


def test_a_person_with_a_folder_and_kept_photos_is_one_person_in_the_folders_spelling(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "ANN", _photo(1, 9), ".pgm")
    scan(catalogue)
    assert catalogue.people() == [("Ann", 3), ("Bo", 2)]
    assert catalogue.notes() == []


def test_of_two_copies_the_one_in_the_folder_stands_for_the_photo(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "Ann", (folder / "Ann" / "1.pgm").read_bytes(), ".pgm")
    scan(catalogue)
    assert [each.path for each in catalogue.photos() if each.person == "Ann"] == ["Ann/1.pgm", "Ann/2.pgm"]
    (skipped,) = catalogue.skipped()
    assert "Ann/1.pgm is used" in skipped.remedy
    assert Path(skipped.path).is_absolute()


def test_a_photo_under_another_name_in_the_folder_is_a_conflict(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "Zoe", (folder / "Ann" / "1.pgm").read_bytes(), ".pgm")
    scan(catalogue)
    assert [(each.person_a, each.person_b) for each in catalogue.conflicts()] == [("Zoe", "Ann")]
    assert catalogue.people() == [("Ann", 1), ("Bo", 2)]


def test_a_moved_artifacts_folder_loses_nothing(folder: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "Zoe", _photo(20), ".pgm")
    scan(catalogue)
    moved = artifacts.rename(artifacts.with_name("moved"))
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(moved))
    catalogue = get_dataset(catalogue.id)
    scan(catalogue)
    (photo,) = [each for each in catalogue.photos() if each.person == "Zoe"]
    assert (catalogue.root / photo.path).is_file()
    assert Path(photo.path).is_relative_to(moved)


def test_kept_photos_count_as_disk_use_and_go_when_forgotten_or_with_the_dataset(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    scan(catalogue)
    before = catalogue.summary().disk_bytes
    first = keep_photo(catalogue.directory, "Zoe", _photo(20), ".pgm")
    keep_photo(catalogue.directory, "Zoe", _photo(20, 2), ".pgm")
    assert catalogue.summary().disk_bytes >= before + len(_photo(20)) + len(_photo(20, 2))
    assert forget_photos(catalogue.directory, "zoe", only={first}) == 1
    scan(catalogue)
    assert dict(catalogue.people())["Zoe"] == 1
    assert (forget_photos(catalogue.directory, "ZOE"), forget_photos(catalogue.directory, "Zoe")) == (1, 0)
    assert scan(catalogue).removed == 1
    assert catalogue.people() == [("Ann", 2), ("Bo", 2)]
    keep_photo(catalogue.directory, "Zoe", _photo(20), ".pgm")
    delete_dataset(catalogue.id)
    assert not catalogue.directory.exists()
    assert len(list(folder.rglob("*.pgm"))) == 4


def test_the_builtin_faces_take_people_too(artifacts: Path) -> None:
    catalogue = open_dataset(BUILTIN)
    keep_photo(catalogue.directory, "Person 07", _photo(7, 1) + b"\n", ".pgm")
    keep_photo(catalogue.directory, "Zoe", _photo(1, 1) + b"\n", ".pgm")
    scan(catalogue)
    people = dict(catalogue.people())
    assert (people["Person 07"], people["Zoe"], len(people)) == (11, 1, 41)


def test_kept_photos_do_not_make_a_wrong_folder_pass_for_the_moved_one(folder: Path, tmp_path: Path) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "Zoe", _photo(20), ".pgm")
    scan(catalogue)
    other = tmp_path / "other" / "Cy"
    other.mkdir(parents=True)
    (other / "1.png").write_bytes(b"nothing alike")
    with pytest.raises(DatasetError, match="holds none of the photos"):
        relocate_dataset(catalogue.id, str(other.parent))


def test_what_somebody_damaged_by_hand_is_left_alone(folder: Path) -> None:
    catalogue = open_dataset(str(folder))
    keep_photo(catalogue.directory, "Zoe", _photo(20), ".pgm")
    (description,) = (catalogue.directory / "enrolled").rglob("person.json")
    description.write_text("{torn")
    (catalogue.directory / "enrolled" / "stray.txt").write_text("?")
    scan(catalogue)
    assert catalogue.people() == [("Ann", 2), ("Bo", 2)]
