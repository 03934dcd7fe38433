"""Taking a cleaned dataset out: what is in the file, under which names, and that nothing half remains."""

from __future__ import annotations

import csv
import errno
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.curation import (
    draw_face,
    exclude,
    export_photos,
    export_table,
    mark_strangers,
    merge_people,
    not_a_face,
    rename_person,
)
from core.datasets import Catalogue, open_dataset, scan
from core.errors import DatasetError, StorageError
from core.preparation import prepare
from core.settings import FaceSettings
from tests.core.photos import orl_file

YUNET = FaceSettings(detector="yunet", size=32)


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    for name, person in (("Ann", 1), ("Bo", 2), ("Cy", 3)):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in (1, 2):
            (folder / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())
    made = open_dataset(str(tmp_path / "photos"))
    scan(made)
    return made


def of(catalogue: Catalogue, person: str) -> list[str]:
    return [photo.sha256 for photo in catalogue.photos() if photo.person == person]


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def test_the_cleaned_photos_lie_in_folders_of_people(catalogue: Catalogue, tmp_path: Path) -> None:
    exclude(catalogue, of(catalogue, "Ann")[:1])
    merge_people(catalogue, ["Bo", "Cy"], "Bo")
    exported = export_photos(catalogue, tmp_path / "out" / "clean.zip", "photos", YUNET)
    assert exported is not None
    assert (exported.photos, exported.people, exported.missing) == (5, 2, ())
    assert names_in(exported.path) == ["Ann/2.pgm", "Bo/1 2.pgm", "Bo/1.pgm", "Bo/2 2.pgm", "Bo/2.pgm"]
    with zipfile.ZipFile(exported.path) as archive:
        assert archive.read("Ann/2.pgm") == orl_file(1, 2).read_bytes()
        archive.extractall(tmp_path / "again")
    again = open_dataset(str(tmp_path / "again"))
    scan(again)
    assert again.people() == catalogue.people()


def test_names_of_any_kind_become_names_of_folders(catalogue: Catalogue, tmp_path: Path) -> None:
    rename_person(catalogue, "Ann", '../<b>"A/B" 🙂')
    rename_person(catalogue, "Bo", "CON")
    mark_strangers(catalogue, of(catalogue, "Cy"))
    exported = export_photos(catalogue, tmp_path / "clean.zip", "photos", YUNET)
    assert exported is not None
    folders = sorted({each.split("/")[0] for each in names_in(exported.path)})
    assert folders == ["Unknown", "_CON", "__b__A_B_ 🙂"]
    assert all(each.count("/") == 1 for each in names_in(exported.path))


def test_crops_are_what_training_sees(catalogue: Catalogue, tmp_path: Path) -> None:
    photo = of(catalogue, "Ann")[0]
    not_a_face(catalogue, [photo])
    exported = export_photos(catalogue, tmp_path / "crops.zip", "crops", YUNET)
    assert exported is not None
    assert (exported.photos, exported.missing) == (5, (("Ann/1.pgm", "shows no face."),))
    prepared = prepare(catalogue, YUNET)
    with zipfile.ZipFile(exported.path) as archive:
        pixels = np.asarray(Image.open(io.BytesIO(archive.read("Bo/1.png"))))
    np.testing.assert_array_equal(pixels, prepared.pixels[prepared.rows[of(catalogue, "Bo")[0]]])


def test_photos_that_vanished_or_changed_are_named(catalogue: Catalogue, tmp_path: Path) -> None:
    (catalogue.root / "Ann" / "1.pgm").unlink()
    (catalogue.root / "Bo" / "1.pgm").write_bytes(orl_file(9, 1).read_bytes())
    exported = export_photos(catalogue, tmp_path / "clean.zip", "photos", YUNET)
    assert exported is not None
    assert dict(exported.missing) == {
        "Ann/1.pgm": "has vanished.",
        "Bo/1.pgm": "has changed since the folder was scanned.",
    }
    assert exported.photos == 4


@pytest.mark.parametrize("what", ["photos", "crops"])
def test_a_stop_leaves_nothing(catalogue: Catalogue, tmp_path: Path, what: Any) -> None:
    before = tmp_path / "out" / "clean.zip"
    before.parent.mkdir()
    before.write_bytes(b"old")
    assert export_photos(catalogue, before, what, YUNET, should_stop=lambda: True) is None
    assert (before.read_bytes(), [each.name for each in before.parent.iterdir()]) == (b"old", ["clean.zip"])


def test_a_full_disk_leaves_nothing(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(StorageError, match="the disk is full"):
        export_photos(catalogue, tmp_path / "out" / "clean.zip", "photos", YUNET)
    assert list((tmp_path / "out").iterdir()) == []


def test_nothing_to_export(catalogue: Catalogue, tmp_path: Path) -> None:
    exclude(catalogue, [photo.sha256 for photo in catalogue.photos()])
    with pytest.raises(DatasetError, match="no photo"):
        export_photos(catalogue, tmp_path / "clean.zip", "photos", YUNET)


def test_the_table_holds_every_photo(catalogue: Catalogue) -> None:
    rename_person(catalogue, "Ann", 'An"n,\u2009=1')
    exclude(catalogue, of(catalogue, "Bo")[:1])
    draw_face(catalogue, of(catalogue, "Cy")[0], (10, 10, 40.5, 40))
    lines = list(csv.DictReader(io.StringIO(export_table(catalogue))))
    assert len(lines) == 6
    assert {each["person"] for each in lines} == {'An"n, =1', "Bo", "Cy"}
    assert [each["path"] for each in lines if each["left out"]] == ["Bo/1.pgm"]
    assert [(each["face"], each["face box"]) for each in lines if each["face"]] == [("drawn", "10 10 40.5 40")]
