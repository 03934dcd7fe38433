from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.datasets import BUILTIN, ScanResult, SkippedFile, open_dataset, scan, scanning
from core.errors import DatasetError, StorageError
from core.progress import Progress
from tests.core.pictures import folder_of, picture, picture_bytes, scanned, write_picture
from tests.core.test_folder import as_nobody


@pytest.fixture
def root(artifacts: Path, tmp_path: Path) -> Path:
    """Return where a test puts its photos; `artifacts` is a folder of the same test."""
    return tmp_path / "photos"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files that are decoded from now on."""
    names: list[str] = []
    decode = scanning.decode

    def listening(data: bytes, name: str) -> object:
        names.append(name)
        return decode(data, name)

    monkeypatch.setattr(scanning, "decode", listening)
    return names


def test_what_is_measured_of_a_photo(root: Path) -> None:
    write_picture(root / "ann" / "1.png", 1)
    write_picture(root / "bob" / "1.png", 2)
    catalogue, result = scanned(root)
    assert result == ScanResult(new=2, changed=0, removed=0, unchanged=0, skipped=0, stopped=False)
    first = catalogue.photos()[0]
    assert (first.path, first.person, first.part, first.width, first.height) == ("ann/1.png", "Ann", None, 60, 80)
    assert first.bytes == (root / "ann" / "1.png").stat().st_size
    assert np.allclose(first.means, np.asarray(picture(1)).mean(axis=(0, 1)), atol=2)
    assert 0 < first.phash < 2**64


def test_a_second_scan_reads_only_what_changed(root: Path, opened: list[str]) -> None:
    catalogue, _ = scanned(folder_of(root, {"ann": 3, "bob": 2}))
    opened.clear()
    assert scan(catalogue) == ScanResult(new=0, changed=0, removed=0, unchanged=5, skipped=0, stopped=False)
    assert opened == []
    write_picture(root / "ann" / "1.png", 99)
    os.utime(root / "ann" / "1.png", ns=(1, 1))
    write_picture(root / "bob" / "3.png", 98)
    (root / "bob" / "1.png").unlink()
    assert scan(catalogue) == ScanResult(new=1, changed=1, removed=1, unchanged=3, skipped=0, stopped=False)
    assert sorted(opened) == ["ann/1.png", "bob/3.png"]
    assert [photo.path for photo in catalogue.photos()] == ["ann/1.png", "ann/2.png", "ann/3.png", "bob/2.png", "bob/3.png"]


def test_a_renamed_photo_is_known_by_its_content(root: Path, opened: list[str]) -> None:
    catalogue, _ = scanned(folder_of(root, {"ann": 2, "bob": 1}))
    before = {photo.sha256 for photo in catalogue.photos()}
    opened.clear()
    (root / "ann").rename(root / "anna")
    result = scan(catalogue)
    assert (result.new, result.removed) == (2, 2)
    assert opened == []
    assert {photo.sha256 for photo in catalogue.photos()} == before
    assert catalogue.people() == [("Anna", 2), ("Bob", 1)]


def test_every_bad_file_is_listed_and_the_rest_goes_on(root: Path, opened: list[str]) -> None:
    folder_of(root, {"ann": 2, "bob": 1})
    (root / "ann" / "empty.jpg").touch()
    (root / "ann" / "cut.png").write_bytes(picture_bytes(7)[:200])
    (root / "ann" / "paper.jpg").write_bytes(b"%PDF-1.4 nothing to see")
    (root / "nobody").mkdir()
    (root / "broken").mkdir()
    (root / "broken" / "1.jpg").write_bytes(b"text")
    catalogue, result = scanned(root)
    assert result.skipped == 6
    reasons = {each.path: each.reason for each in catalogue.skipped()}
    assert reasons == {
        "ann/cut.png": "is cut off: the file ends before the picture does",
        "ann/empty.jpg": "is empty (0 bytes)",
        "ann/paper.jpg": "is a PDF document, not a photo",
        "broken/": "holds no photo that can be used",
        "broken/1.jpg": "is not a photo that can be read",
        "nobody/": "holds no photo that can be used",
    }
    assert all(each.remedy for each in catalogue.skipped())
    assert catalogue.people() == [("Ann", 2), ("Bob", 1)]
    opened.clear()
    scan(catalogue)
    assert opened == [], "what could not be decoded is not tried again while the file is the same"


def test_a_copy_of_the_same_person_is_used_once(root: Path) -> None:
    folder_of(root, {"ann": 2, "bob": 1})
    shutil.copy(root / "ann" / "1.png", root / "ann" / "copy.png")
    catalogue, _ = scanned(root)
    assert [photo.path for photo in catalogue.photos()] == ["ann/1.png", "ann/2.png", "bob/1.png"]
    reason = "has the same content as another photo of this person"
    assert catalogue.skipped() == [SkippedFile("ann/copy.png", reason, "ann/1.png is used; this one may be deleted.")]
    (root / "ann" / "1.png").unlink()
    scan(catalogue)
    assert [photo.path for photo in catalogue.photos()] == ["ann/2.png", "ann/copy.png", "bob/1.png"]


def test_the_same_photo_of_two_people_is_a_conflict_and_not_used(root: Path) -> None:
    folder_of(root, {"ann": 2, "bob": 2})
    shutil.copy(root / "ann" / "1.png", root / "bob" / "wrong.png")
    catalogue, _ = scanned(root)
    assert [photo.path for photo in catalogue.photos()] == ["ann/2.png", "bob/1.png", "bob/2.png"]
    (conflict,) = catalogue.conflicts()
    assert (conflict.person_a, conflict.path_a) == ("Ann", "ann/1.png")
    assert (conflict.person_b, conflict.path_b, conflict.distance) == ("Bob", "bob/wrong.png", 0)
    assert [each.path for each in catalogue.skipped()] == ["ann/1.png", "bob/wrong.png"]
    assert catalogue.summary().conflicts == 1
    (root / "bob" / "wrong.png").unlink()
    scan(catalogue)
    assert len(catalogue.photos()) == 4
    assert catalogue.conflicts() == []


def test_parts_are_kept_and_their_people_merged(root: Path) -> None:
    write_picture(root / "train" / "pins_tom ellis" / "1.png", 1)
    write_picture(root / "val" / "Tom_Ellis" / "1.png", 2)
    write_picture(root / "test" / "TOM ELLIS" / "1.png", 3)
    write_picture(root / "train" / "ann" / "1.png", 4)
    catalogue, _ = scanned(root)
    assert catalogue.people() == [("Ann", 1), ("TOM ELLIS", 3)]
    assert {photo.path: photo.part for photo in catalogue.photos()} == {
        "train/ann/1.png": "train",
        "test/TOM ELLIS/1.png": "test",
        "train/pins_tom ellis/1.png": "train",
        "val/Tom_Ellis/1.png": "val",
    }
    assert catalogue.notes() == []


def test_two_folders_of_one_person_are_said(root: Path) -> None:
    write_picture(root / "Tom_Ellis" / "1.png", 1)
    write_picture(root / "tom ellis" / "1.png", 2)
    write_picture(root / "ann" / "1.png", 3)
    catalogue, _ = scanned(root)
    assert catalogue.people() == [("Ann", 1), ("Tom Ellis", 2)]
    assert catalogue.notes() == ["2 folders are taken as one person, Tom Ellis: Tom_Ellis, tom ellis."]


def test_one_person_is_accepted_and_said(root: Path) -> None:
    catalogue, _ = scanned(folder_of(root, {"ann": 2}))
    assert catalogue.summary().people == 1
    assert catalogue.notes() == ["Ann is the only person: training needs photos of at least one other person."]


def test_stop_keeps_what_was_read_and_the_next_scan_goes_on(
    root: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "_BATCH", 2)
    folder_of(root, {"ann": 4, "bob": 3})
    catalogue = open_dataset(str(root))
    stages: list[Progress] = []
    result = scan(catalogue, stages.append, should_stop=lambda: stages[-1].stage == "Reading photos" and stages[-1].done >= 2)
    assert result.stopped
    assert len(opened) == len(catalogue.photos()) == 4
    assert catalogue.summary().scanned_at is None
    assert catalogue.skipped() == [], "Bob's photos have not been read yet; his folder is not empty"
    opened.clear()
    assert not scan(catalogue).stopped
    assert len(opened) == 3
    assert len(catalogue.photos()) == 7
    assert catalogue.summary().scanned_at is not None


def test_progress_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_BATCH", 2)
    catalogue = open_dataset(str(folder_of(root, {"ann": 3, "bob": 2})))
    told: list[Progress] = []
    scan(catalogue, told.append)
    reading = [(each.done, each.total) for each in told if each.stage == "Reading photos"]
    assert reading == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert told[-1].stage == "Comparing photos"


def test_a_stop_while_looking_forgets_nothing(root: Path) -> None:
    catalogue, _ = scanned(folder_of(root, {"ann": 2, "bob": 2}))
    assert scan(catalogue, should_stop=lambda: True).stopped
    assert len(catalogue.photos()) == 4


def test_a_folder_that_is_gone_loses_nothing(root: Path) -> None:
    catalogue, _ = scanned(folder_of(root, {"ann": 2, "bob": 2}))
    root.rename(root.with_name("away"))
    with pytest.raises(DatasetError, match="is not there"):
        scan(catalogue)
    assert len(catalogue.photos()) == 4
    assert not catalogue.summary().available


def test_a_folder_deleted_while_it_is_scanned_loses_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_BATCH", 2)
    catalogue = open_dataset(str(folder_of(root, {"ann": 3, "bob": 3})))

    def delete_after_first_batch(progress: Progress) -> None:
        if progress.stage == "Reading photos" and progress.done == 2:
            shutil.rmtree(root)

    with pytest.raises(DatasetError, match="went away while it was read"):
        scan(catalogue, delete_after_first_batch)
    assert len(catalogue.photos()) == 2
    assert catalogue.skipped() == []


def test_a_person_deleted_while_they_are_scanned_is_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_BATCH", 2)
    folder_of(root, {"ann": 2, "bob": 2})
    catalogue = open_dataset(str(root))

    def delete_bob(progress: Progress) -> None:
        if progress.stage == "Reading photos" and progress.done == 2:
            shutil.rmtree(root / "bob")

    scan(catalogue, delete_bob)
    assert {each.path: each.reason for each in catalogue.skipped()} == {
        "bob/": "holds no photo that can be used",
        "bob/1.png": "has vanished",
        "bob/2.png": "has vanished",
    }
    scan(catalogue)
    assert catalogue.skipped() == []


def test_files_without_permission_are_listed_and_tried_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(folder_of(root, {"ann": 1, "bob": 1}))  # what is imported late must not be imported as nobody
    with as_nobody() as open_to_all:
        photos = folder_of(open_to_all / "photos", {"ann": 2, "bob": 1})
        monkeypatch.setenv("VISAGE_ARTIFACTS", str(open_to_all / "artifacts"))
        (photos / "ann" / "1.png").chmod(0)
        catalogue, _ = scanned(photos)
        (skipped,) = catalogue.skipped()
        assert (skipped.path, skipped.reason) == ("ann/1.png", "may not be read: permission is denied")
        assert skipped.remedy == "Give this user permission to read it."
        (photos / "ann" / "1.png").chmod(0o644)
        scan(catalogue)
        assert catalogue.skipped() == []
        assert len(catalogue.photos()) == 3


def test_a_full_disk_is_said_and_what_was_read_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_BATCH", 8)
    catalogue = open_dataset(str(folder_of(root, {"ann": 40, "bob": 40})))
    connect = sqlite3.connect

    def small(*arguments: object, **named: object) -> object:
        connection = connect(*arguments, **named)
        connection.execute("PRAGMA max_page_count = 40")  # SQLite then reports a full disk at 160 kB
        return connection

    with monkeypatch.context() as patch:
        patch.setattr("core.datasets.schema.sqlite3.connect", small)
        with pytest.raises(StorageError, match="the disk is full") as caught:
            scan(catalogue)
    assert "Free some space" in caught.value.remedy
    kept = len(catalogue.photos())
    assert 8 <= kept < 80
    assert scan(catalogue).new == 80 - kept
    assert len(catalogue.photos()) == 80


@pytest.mark.usefixtures("artifacts")
def test_the_built_in_faces() -> None:
    catalogue = open_dataset(BUILTIN)
    result = scan(catalogue)
    assert (result.new, result.skipped) == (400, 1)
    people = catalogue.people()
    assert len(people) == 40
    assert people[0] == ("Person 01", 10)
    assert people[-1] == ("Person 40", 10)
    (stray,) = catalogue.skipped()
    assert stray.path == "s10/target.jpg"
    assert catalogue.sizes() == [(92, 112, 400)]
    assert catalogue.conflicts() == []
