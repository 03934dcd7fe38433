from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.datasets import Catalogue, edits, ledger, said, schema
from core.datasets.forgotten import read_forgotten
from core.detection import Detection
from core.errors import DatasetError, StorageError
from core.progress import never
from tests.core.pictures import folder_of, picture, scanned

FIXTURES = Path(__file__).parent.parent / "fixtures"


def _face(left: float, score: float = 0.9) -> Detection:
    return Detection((left, 2.5, 30.0, 40.0), np.arange(10, dtype=np.float32).reshape(5, 2) / 3, score)


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    return scanned(folder_of(tmp_path / "photos", {"ann": 3, "bob": 2}))[0]


def test_people_pages_and_sizes(catalogue: Catalogue) -> None:
    assert catalogue.people() == [("Ann", 3), ("Bob", 2)]
    everybody = [photo.path for photo in catalogue.photos()]
    assert everybody == ["ann/1.png", "ann/2.png", "ann/3.png", "bob/1.png", "bob/2.png"]
    assert [photo.path for photo in catalogue.page_of_photos(None, 2, 2)] == everybody[2:4]
    assert [photo.path for photo in catalogue.page_of_photos("Bob", 1, 10)] == ["bob/2.png"]
    assert catalogue.page_of_photos("Nobody", 0, 10) == []
    assert catalogue.page_of_photos(None, 0, 10) == catalogue.photos()
    assert catalogue.sizes() == [(60, 80, 5)]


def test_channel_histograms_add_up(catalogue: Catalogue) -> None:
    histograms = catalogue.channel_histograms()
    assert histograms.dtype == np.int64
    assert histograms.shape == (3, 32)
    assert histograms.sum(axis=1).tolist() == [5 * 64 * 64] * 3
    middles = np.arange(32) * 8 + 4
    expected = np.mean([np.asarray(picture(seed)).mean(axis=(0, 1)) for seed in range(1, 6)], axis=0)
    assert np.allclose(histograms @ middles / histograms.sum(axis=1), expected, atol=3)


def test_an_empty_catalogue_answers_too(artifacts: Path, tmp_path: Path) -> None:
    schema.create(tmp_path / schema.FILE_NAME)
    empty = Catalogue(tmp_path, "empty", "empty", str(tmp_path))
    assert empty.photos() == empty.people() == empty.skipped() == empty.conflicts() == empty.notes() == []
    assert empty.groups(10) == empty.detections("key") == {}
    assert empty.channel_histograms().sum() == 0
    assert len(empty.fingerprints()) == 0
    assert empty.summary().scanned_at is None


def test_detections_come_back_as_they_were_saved(catalogue: Catalogue) -> None:
    first, second, third, *_ = catalogue.photos()
    catalogue.save_detections("mtcnn", {first.sha256: [_face(1.25), _face(7.0, 1 / 3)], second.sha256: []})
    catalogue.save_detections("yunet", {third.sha256: [_face(3.0)]})
    found = catalogue.detections("mtcnn")
    assert found == {first.sha256: [_face(1.25), _face(7.0, 1 / 3)], second.sha256: []}
    assert [photo.path for photo in catalogue.missing_detections("mtcnn")] == ["ann/3.png", "bob/1.png", "bob/2.png"]
    catalogue.save_detections("mtcnn", {first.sha256: []})
    assert catalogue.detections("mtcnn")[first.sha256] == []
    assert len(catalogue.missing_detections("other")) == 5


def test_the_summary(catalogue: Catalogue) -> None:
    summary = catalogue.summary()
    assert (summary.photos, summary.people, summary.skipped, summary.conflicts) == (5, 2, 0, 0)
    assert summary.available
    assert summary.scanned_at is not None and summary.scanned_at.endswith("+00:00")
    assert summary.disk_bytes >= (catalogue.directory / schema.FILE_NAME).stat().st_size


def test_a_catalogue_of_version_1_opens(tmp_path: Path) -> None:
    """The text was written by version 1; later versions have to read it for ever."""
    with sqlite3.connect(tmp_path / schema.FILE_NAME) as connection:
        connection.executescript((FIXTURES / "catalogue_v1.sql").read_text(encoding="utf-8"))
    connection.close()
    old = Catalogue(tmp_path, "old", "old", str(tmp_path))
    assert old.people() == [("Ann", 2), ("Tom Ellis", 2)]
    ann = old.photos()[1]
    assert (ann.path, ann.width, ann.height, ann.part) == ("train/ann/1.png", 60, 80, "train")
    assert old.detections("yunet") == {ann.sha256: [_face(4.0)]}
    groups = {photo.path: old.groups(10)[photo.sha256] for photo in old.photos()}
    assert groups["train/pins_tom ellis/1.png"] == groups["train/pins_tom ellis/copy.jpg"]
    assert [each.path for each in old.skipped()] == ["train/ann/empty.jpg", "train/nobody/", "train/notes.txt"]
    with old.reading() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_catalogue_of_version_2_opens(tmp_path: Path) -> None:
    """The text was written by version 2; later versions have to read it for ever."""
    with sqlite3.connect(tmp_path / schema.FILE_NAME) as connection:
        connection.executescript((FIXTURES / "catalogue_v2.sql").read_text(encoding="utf-8"))
    connection.close()
    old = Catalogue(tmp_path, "old", "old", str(tmp_path))
    assert old.people() == [("Bob", 3), ("Cyril", 1)]
    assert [(each.person, each.path) for each in old.excluded()] == [("Ann", "ann/2.png")]
    given, chosen = old.photos()[0], old.photos()[3]
    assert (given.path, old.detections("yunet")) == ("ann/1.png", {given.sha256: [_face(4.0)]})
    assert old.face_choices() == {chosen.sha256: '{"kind":"found","box":[1.0,2.0,30.0,40.0]}'}
    with old.reading() as connection:
        kinds = [each.kind for each in ledger.page(connection, 0, 10)]
        assert kinds == ["forget", "undo", "face", "face", "rename", "exclude", "relabel"]
        assert ledger.standing(connection).done == (1, 2, 3, 4)
        assert read_forgotten(connection).person("dee")
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_catalogue_of_version_3_opens(tmp_path: Path) -> None:
    """The text was written by version 3; later versions have to read it for ever."""
    with sqlite3.connect(tmp_path / schema.FILE_NAME) as connection:
        connection.executescript((FIXTURES / "catalogue_v3.sql").read_text(encoding="utf-8"))
    connection.close()
    old = Catalogue(tmp_path, "old", "old", str(tmp_path))
    assert old.people() == [("Bob", 3), ("Cyril", 1)]
    with old.reading() as connection:
        assert len(edits.kept_photos(connection)) == 1
        assert said.said_in(connection, old.photos()[0].sha256) == []
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_migrations_run_once_and_keep_what_is_there(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    added = "ALTER TABLE photos ADD COLUMN blur REAL; -- one; two\nCREATE TABLE later (entry TEXT);"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, added))
    for _ in range(2):
        assert len(catalogue.photos()) == 5
    with catalogue.reading() as connection:
        assert connection.execute("SELECT count(*), count(blur) FROM photos").fetchone() == (5, 0)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_migration_that_fails_leaves_the_old_version(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE good (a);\nCREATE TABLE photos (a);"))
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            catalogue.photos()
    assert len(catalogue.photos()) == 5


def test_a_newer_catalogue_is_refused(catalogue: Catalogue) -> None:
    with sqlite3.connect(catalogue.directory / schema.FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DatasetError, match="version 99") as caught:
        catalogue.photos()
    assert "Update Visage" in caught.value.remedy


def _overwrite(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def _scramble_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [_overwrite, _scramble_pages])
def test_a_damaged_catalogue_is_said(catalogue: Catalogue, damage: Callable[[Path], None]) -> None:
    for leftover in catalogue.directory.glob("*.sqlite-*"):
        leftover.unlink()
    damage(catalogue.directory / schema.FILE_NAME)
    with pytest.raises(DatasetError, match="is damaged") as caught:
        catalogue.photos()
    assert "the photos themselves are not touched" in caught.value.remedy


def test_a_vanished_catalogue_is_said_and_not_made_anew(catalogue: Catalogue) -> None:
    (catalogue.directory / schema.FILE_NAME).unlink()
    with pytest.raises(DatasetError, match="is gone"):
        catalogue.people()
    assert not (catalogue.directory / schema.FILE_NAME).exists()


def test_a_busy_catalogue_is_said(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "WAIT_SECONDS", 0.1)
    with catalogue.writing():
        with pytest.raises(DatasetError, match="has been busy"), catalogue.writing():
            never()
        assert len(catalogue.photos()) == 5, "readers do not wait for a writer"


def test_a_write_that_fails_leaves_nothing_behind(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError), catalogue.writing() as connection:
        connection.execute("DELETE FROM used")
        raise RuntimeError
    assert len(catalogue.photos()) == 5


def test_a_full_disk_is_said(catalogue: Catalogue) -> None:
    with pytest.raises(StorageError, match="the disk is full"), catalogue.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("CREATE TABLE large AS SELECT randomblob(9999999) AS much")
    assert len(catalogue.photos()) == 5


def test_each_question_closes_its_connection(catalogue: Catalogue) -> None:
    fds = Path("/proc/self/fd")
    if not fds.is_dir():
        pytest.skip("counts open files through /proc, which this system has not")
    before = len(list(fds.iterdir()))
    for _ in range(20):
        catalogue.photos()
        catalogue.summary()
    assert len(list(fds.iterdir())) == before
