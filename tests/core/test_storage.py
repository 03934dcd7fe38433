"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from core import storage
from core.errors import StorageError


def test_the_artifacts_folder_is_beside_the_app_and_moves_on_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VISAGE_ARTIFACTS")
    monkeypatch.chdir(tmp_path)
    assert storage.artifacts_root() == Path(storage.__file__).parent.parent / "artifacts"
    monkeypatch.setenv("VISAGE_ARTIFACTS", "elsewhere")
    assert storage.artifacts_root() == tmp_path / "elsewhere"
    assert storage.runs_root() == tmp_path / "elsewhere" / "runs"


def test_a_written_file_has_the_new_text_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    storage.write_whole(tmp_path / "a.txt", "grün")
    storage.write_whole(tmp_path / "a.txt", b"new", durable=False)
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_keeps_the_old_file_and_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write_whole(tmp_path / "a.txt", "old")

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match=r"a\.txt: the disk is full") as caught:
        storage.write_whole(tmp_path / "a.txt", "new")
    assert "Free some space" in caught.value.remedy
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_reader_never_meets_half_a_file(tmp_path: Path) -> None:
    path, ended = tmp_path / "big.json", threading.Event()
    storage.write_json(path, ["a"] * 20_000)

    def write() -> None:
        for letter in "bcdefgh" * 3:
            storage.write_json(path, [letter] * 20_000, durable=False)
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not ended.is_set():
        assert len(set(storage.read_json(path))) == 1
        seen += 1
    writer.join()
    assert seen > 3


def test_json_lines_ignore_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert storage.read_json_lines(path) == []
    storage.append_json_line(path, {"epoch": 1})
    storage.append_json_line(path, {"epoch": 2})
    with path.open("a") as file:
        file.write('{"epoch": 3, "lo')
    assert storage.read_json_lines(path) == [{"epoch": 1}, {"epoch": 2}]


def test_absent_json_is_none_and_damaged_json_is_not_hidden(tmp_path: Path) -> None:
    assert storage.read_json(tmp_path / "absent.json") is None
    (tmp_path / "torn.json").write_text('{"a": ')
    with pytest.raises(json.JSONDecodeError):
        storage.read_json(tmp_path / "torn.json")


def test_a_directory_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "one"
    with storage.new_directory(target) as temporary:
        (temporary / "settings.json").write_text("{}")
        assert not target.exists()
    assert (target / "settings.json").read_text() == "{}"
    assert [each.name for each in target.parent.iterdir()] == ["one"]


def test_a_directory_whose_making_fails_does_not_appear(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), storage.new_directory(tmp_path / "one") as temporary:
        (temporary / "settings.json").write_text("{}")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_empty_directory_gives_way_and_a_full_one_does_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with storage.new_directory(tmp_path / "empty") as temporary:
        (temporary / "new").touch()
    assert (tmp_path / "empty" / "new").exists()
    with pytest.raises(FileExistsError), storage.new_directory(tmp_path / "empty") as temporary:
        (temporary / "other").touch()
    assert [each.name for each in tmp_path.iterdir()] == ["empty"]
    assert [each.name for each in (tmp_path / "empty").iterdir()] == ["new"]


def test_disk_use_adds_up_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"x" * 10)
    (tmp_path / "two").write_bytes(b"x" * 5)
    assert storage.disk_use(tmp_path) == 15


def test_disk_use_bears_files_and_folders_that_vanish_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "stays").write_bytes(b"x" * 5)
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            (tmp_path / "folder").mkdir()
            (tmp_path / "folder" / "file").write_bytes(b"x" * 10)
            shutil.rmtree(tmp_path / "folder")

    worker = threading.Thread(target=come_and_go)
    worker.start()
    try:
        assert {storage.disk_use(tmp_path) for _ in range(3000)} <= {5, 15}
    finally:
        ended.set()
        worker.join()


@pytest.mark.parametrize(
    ("text", "expected"), [("Älmo & Søn", "lmo-s-n"), ("A" * 60, "a" * 40), ("..", "unnamed"), ("x/../y", "x-y")]
)
def test_slugs_are_safe_names(text: str, expected: str) -> None:
    assert storage.slug(text) == expected
