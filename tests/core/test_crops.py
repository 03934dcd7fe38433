"""The store of crops: rows come back as they went in, and no failure leaves half a store."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.datasets import crops
from core.datasets.crops import CropIndex, CropStore, delete_crops, open_crops
from core.errors import StorageError

FACES = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), np.uint8)
NAMES = [f"{number:064x}" for number in range(9)]


@pytest.fixture
def store(tmp_path: Path) -> CropStore:
    return open_crops(tmp_path / "dataset", "some-key", 8)


def filled(store: CropStore, *ends: int) -> CropIndex:
    index, start = CropIndex(), 0
    for end in ends:
        index = store.add(index, NAMES[start:end], list(FACES[start:end]))
        start = end
    store.save_index(index)
    return index


def files(store: CropStore) -> set[str]:
    return {each.name for each in store.directory.iterdir()}


def pixels_by_name(store: CropStore) -> dict[str, npt.NDArray[np.uint8]]:
    index = store.read_index()
    pixels = store.pixels(index)
    return {photo: pixels[row] for photo, row in index.rows().items()}


def test_an_empty_store(store: CropStore) -> None:
    index = store.read_index()
    assert index == CropIndex()
    assert store.pixels(index).shape == (0, 8, 8, 3)
    assert store.compact(index, lambda photo: True) == index


def test_rows_come_back(store: CropStore) -> None:
    filled(store, 4, 9)
    index = store.read_index()
    assert index.rows() == {name: row for row, name in enumerate(NAMES)}
    np.testing.assert_array_equal(store.pixels(index), FACES)


def test_a_compact_store_is_one_read_only_map(store: CropStore) -> None:
    index = store.compact(filled(store, 2, 4, 9), lambda photo: True)
    assert len(index.shards) == 1
    assert store.read_index() == index
    assert len(files(store)) == 2
    pixels = store.pixels(index)
    assert isinstance(pixels, np.memmap)
    np.testing.assert_array_equal(pixels[[8, 0, 8, 3]], FACES[[8, 0, 8, 3]])
    with pytest.raises(ValueError):
        pixels[0] = 0


def test_files_are_named_by_content(store: CropStore, tmp_path: Path) -> None:
    first = filled(store, 9)
    other = open_crops(tmp_path / "elsewhere", "key", 8)
    assert filled(other, 9).shards[0].file == first.shards[0].file
    assert store.compact(filled(store, 4, 9), lambda photo: True).shards[0].file == first.shards[0].file


def test_unwanted_photos_leave_no_pixels(store: CropStore) -> None:
    index = CropIndex(filled(store, 9).shards, {"x": "no_face", "y": "unreadable"}, {"y": ("what", "remedy")})
    wanted = {NAMES[1], NAMES[7], "x"}
    index = store.compact(index, wanted.__contains__)
    assert {name: pixels.tolist() for name, pixels in pixels_by_name(store).items()} == {
        NAMES[1]: FACES[1].tolist(),
        NAMES[7]: FACES[7].tolist(),
    }
    assert (dict(index.others), dict(index.problems)) == ({"x": "no_face"}, {})
    assert sum((store.directory / each).stat().st_size for each in files(store) if each.endswith(".rgb")) == 2 * 8 * 8 * 3
    index = store.compact(index, lambda photo: False)
    assert files(store) == {"index.json"}
    assert store.pixels(index).shape == (0, 8, 8, 3)


def test_a_map_stays_readable_after_the_files_were_replaced(store: CropStore) -> None:
    index = store.compact(filled(store, 9), lambda photo: True)
    pixels = store.pixels(index)
    store.compact(index, {NAMES[0]}.__contains__)
    np.testing.assert_array_equal(pixels, FACES)
    with pytest.raises(FileNotFoundError):
        store.pixels(index)


@pytest.mark.parametrize("damage", ["remove", "shorten", "index"])
def test_damaged_crops_count_as_not_there(store: CropStore, damage: str) -> None:
    index = filled(store, 4, 9)
    file = store.directory / index.shards[1].file
    if damage == "remove":
        file.unlink()
    elif damage == "shorten":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        (store.directory / "index.json").write_text('{"version": 1, "si')
    assert store.read_index().rows() == ({} if damage == "index" else {name: row for row, name in enumerate(NAMES[:4])})


def test_a_full_disk_loses_nothing(store: CropStore, monkeypatch: pytest.MonkeyPatch) -> None:
    index = filled(store, 2, 4)
    before = {each: (store.directory / each).read_bytes() for each in files(store)}

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(crops.os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        store.add(index, NAMES[4:], list(FACES[4:]))
    assert "Free some space" in caught.value.remedy
    with pytest.raises(StorageError):
        store.compact(index, lambda photo: True)
    with pytest.raises(StorageError):
        store.save_index(CropIndex())
    assert {each: (store.directory / each).read_bytes() for each in files(store)} == before
    monkeypatch.undo()
    index = store.add(store.read_index(), NAMES[4:], list(FACES[4:]))
    np.testing.assert_array_equal(store.pixels(store.compact(index, lambda photo: True)), FACES)


def test_leftovers_of_a_killed_process_go(store: CropStore) -> None:
    filled(store, 4)
    (store.directory / ".crops.abc").write_bytes(b"half a file")
    filled(store, 4, 9)
    assert len(files(store)) == 3


def test_another_size_is_another_store(store: CropStore) -> None:
    filled(store, 9)
    assert CropStore(store.directory, 16).read_index() == CropIndex()


def test_deleting_keeps_what_is_asked_for(tmp_path: Path) -> None:
    for key in ("one", "two"):
        filled(open_crops(tmp_path, key, 8), 9)
    delete_crops(tmp_path, keep=["two"])
    assert [each.name for each in (tmp_path / "crops").iterdir()] == ["two"]
    delete_crops(tmp_path)
    assert list((tmp_path / "crops").iterdir()) == []


def test_forgotten_photos_leave_all_stores(store: CropStore, tmp_path: Path) -> None:
    filled(store, 4, 9)
    other = open_crops(tmp_path / "dataset", "other-key", 8)
    filled(other, 9)
    lost = open_crops(tmp_path / "dataset", "lost-key", 8)
    filled(lost, 9)
    (lost.directory / "index.json").write_text("{torn")
    assert crops.forget(tmp_path / "dataset", NAMES[2:5]) == 6
    for each in (store, other):
        assert pixels_by_name(each).keys() == {*NAMES[:2], *NAMES[5:]}
        assert all(FACES[3].tobytes() not in file.read_bytes() for file in each.directory.iterdir())
        np.testing.assert_array_equal(pixels_by_name(each)[NAMES[8]], FACES[8])
    assert not lost.directory.exists()
    assert crops.forget(tmp_path / "dataset", NAMES) == 12


def test_an_index_follows_the_choices_of_faces(store: CropStore) -> None:
    index = replace(filled(store, 4, 9), others={"x": "no_face"}, choices={"x": "none", NAMES[1]: "first"})
    store.save_index(index)
    index = store.read_index()
    assert index.following({"x": "none", NAMES[1]: "first", "elsewhere": "?"}).rows() == index.rows()
    followed = index.following({NAMES[1]: "second", NAMES[2]: "third"})
    assert (followed.rows().keys(), followed.others) == ({NAMES[0], *NAMES[3:]}, {})
    compacted = store.compact(followed, lambda photo: True)
    assert "" not in pixels_by_name(store)
    assert all(FACES[1].tobytes() not in file.read_bytes() for file in store.directory.iterdir())
    assert compacted.rows().keys() == followed.rows().keys()
