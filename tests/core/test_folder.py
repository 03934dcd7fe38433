from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.datasets.folder import Found, FoundFile, PersonFolder, walk
from core.datasets.photo import SkippedFile
from core.errors import DatasetError


def _tree(root: Path, *paths: str) -> Path:
    """Make empty files, and folders where a path ends in a slash: a walk opens none."""
    for path in paths:
        target = root / path
        (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.touch()
    return root


def _files(root: Path) -> dict[str, tuple[str, str | None]]:
    """Return (person's folder, part) of each file found."""
    found = list(walk(root))
    folders = {each.path: each for each in found if isinstance(each, PersonFolder)}
    return {each.path: (folders[each.folder].name, folders[each.folder].part) for each in found if isinstance(each, FoundFile)}


def _skipped(root: Path) -> dict[str, str]:
    found = [each for each in walk(root) if isinstance(each, SkippedFile)]
    assert all(each.remedy for each in found)
    return {each.path: each.reason for each in found}


def test_a_folder_per_person_and_once_nested(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/1.jpg", "tom/2.PNG", "actors/ann/1.webp", "actors/bob/1.heic")
    assert _files(tmp_path) == {
        "tom/1.jpg": ("tom", None),
        "tom/2.PNG": ("tom", None),
        "actors/ann/1.webp": ("ann", None),
        "actors/bob/1.heic": ("bob", None),
    }
    assert _skipped(tmp_path) == {}


def test_train_val_and_test_folders_are_parts_not_people(tmp_path: Path) -> None:
    _tree(tmp_path, "train/tom/1.jpg", "Validation/tom/2.jpg", "testing/tom/3.jpg", "test/group/ann/1.jpg")
    assert _files(tmp_path) == {
        "Validation/tom/2.jpg": ("tom", "val"),
        "test/group/ann/1.jpg": ("ann", "test"),
        "testing/tom/3.jpg": ("tom", "test"),
        "train/tom/1.jpg": ("tom", "train"),
    }
    _tree(tmp_path / "outer", "download/train/tom/1.jpg", "download/valid/ann/1.jpg")
    assert _files(tmp_path / "outer") == {
        "download/train/tom/1.jpg": ("tom", "train"),
        "download/valid/ann/1.jpg": ("ann", "val"),
    }


def test_photos_without_a_person_are_left_out_with_a_reason(tmp_path: Path) -> None:
    _tree(tmp_path, "stray.jpg", "train/stray.jpg", "train/tom/1.jpg")
    assert list(_files(tmp_path)) == ["train/tom/1.jpg"]
    skipped = _skipped(tmp_path)
    assert skipped["stray.jpg"] == "lies directly in the dataset's folder, not in a person's"
    assert skipped["train/stray.jpg"] == "lies directly in train, not in a person's folder"


def test_folders_inside_a_person_are_not_filed_under_a_guess(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/1.jpg", "tom/holiday/2.jpg", "a/b/c/3.jpg")
    assert list(_files(tmp_path)) == ["tom/1.jpg"]
    assert _skipped(tmp_path) == {"tom/holiday/": "is a folder inside a person's folder", "a/b/c/": "lies too deep"}


def test_hidden_files_and_what_systems_leave_are_passed_over(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/.hidden.jpg", "tom/.DS_Store", "tom/Thumbs.db", "__MACOSX/tom/1.jpg", ".git/x.jpg", "tom/1.jpg")
    _tree(tmp_path, "tom/desktop.ini", "lost+found/")
    assert list(_files(tmp_path)) == ["tom/1.jpg"]
    assert _skipped(tmp_path) == {}


def test_other_files_are_listed_by_kind(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/notes.txt", "tom/more.zip", "tom/raw.CR2", "tom/noending", "tom/1.jpg", "readme.md")
    assert _skipped(tmp_path) == {
        "readme.md": "is not a photo (.md)",
        "tom/more.zip": "is an archive (.zip)",
        "tom/noending": "is not a photo (no ending like .jpg)",
        "tom/notes.txt": "is not a photo (.txt)",
        "tom/raw.CR2": "is of a kind that is not read (.cr2)",
    }


def test_an_empty_person_is_a_person_without_photos(tmp_path: Path) -> None:
    _tree(tmp_path, "empty/", "tom/1.jpg", "train/nobody/")
    found = [each.path for each in walk(tmp_path) if isinstance(each, PersonFolder)]
    assert found == ["empty", "tom", "train/nobody"]


def test_links(tmp_path: Path) -> None:
    outside = _tree(tmp_path / "outside", "secret.jpg")
    root = _tree(tmp_path / "root", "tom/1.jpg", "ann/1.jpg")
    (root / "tom" / "out.jpg").symlink_to(outside / "secret.jpg")
    (root / "tom" / "dots.jpg").symlink_to("../../outside/secret.jpg")
    (root / "tom" / "gone.jpg").symlink_to(root / "nothing.jpg")
    (root / "tom" / "inside.jpg").symlink_to(root / "ann" / "1.jpg")
    (root / "elsewhere").symlink_to(outside)
    (root / "again").symlink_to(root / "ann")
    (root / "loop").symlink_to(root)
    assert list(_files(root)) == ["ann/1.jpg", "tom/1.jpg", "tom/inside.jpg"]
    assert _skipped(root) == {
        "again": "is a link to a folder",
        "elsewhere": "is a link that leads out of the folder",
        "loop": "is a link to a folder",
        "tom/dots.jpg": "is a link that leads out of the folder",
        "tom/gone.jpg": "is a link that leads nowhere",
        "tom/out.jpg": "is a link that leads out of the folder",
    }


def test_a_root_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    _tree(tmp_path / "real", "tom/1.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "tom" / "2.jpg").symlink_to(tmp_path / "link" / "tom" / "1.jpg")
    assert list(_files(tmp_path / "link")) == ["tom/1.jpg", "tom/2.jpg"]


def test_names_in_any_script_and_very_long_ones(tmp_path: Path) -> None:
    long = "n" * 251 + ".jpg"
    names = {"李小龙", "Ренат", "quote'\"<b>", "line\nbreak", "😀", "x" * 255}
    _tree(tmp_path, *(f"{name}/{long}" for name in names))
    assert {folder for folder, _ in _files(tmp_path).values()} == names


def test_a_name_that_is_no_unicode_is_listed(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/1.jpg")
    Path(os.fsdecode(os.fsencode(tmp_path / "tom") + b"/\xff.jpg")).touch()
    assert _skipped(tmp_path) == {"tom/�.jpg": "has a name that is not valid UTF-8"}
    assert list(_files(tmp_path)) == ["tom/1.jpg"]


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    _tree(tmp_path, "tom/1.jpg")
    os.mkfifo(tmp_path / "tom" / "pipe.jpg")
    assert _skipped(tmp_path) == {"tom/pipe.jpg": "is not a regular file"}


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Yield a folder that everybody may use, and do without root's power to read everything."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    was_root = os.geteuid() == 0
    try:
        if was_root:
            os.seteuid(65534)
        yield folder
    finally:
        if was_root:
            os.seteuid(0)
        shutil.rmtree(folder, ignore_errors=True)


def test_folders_without_permission_are_listed_and_the_rest_goes_on() -> None:
    with as_nobody() as root:
        _tree(root, "ann/1.jpg", "locked/1.jpg", "unlisted/1.jpg")
        (root / "locked").chmod(0)
        (root / "unlisted").chmod(0o444)  # names may be listed, but nothing behind them
        skipped, files = _skipped(root), list(_files(root))
        for name in ("locked", "unlisted"):
            (root / name).chmod(0o755)
    assert skipped == {
        "locked/": "may not be read: permission is denied",
        "unlisted/1.jpg": "may not be read: permission is denied",
    }
    assert files == ["ann/1.jpg"]


def test_a_root_without_permission_or_without_existence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not there"):
        list(walk(tmp_path / "nothing"))
    with as_nobody() as root:
        (root / "locked").mkdir()
        (root / "locked").chmod(0)
        with pytest.raises(DatasetError, match="permission is denied"):
            list(walk(root / "locked"))


def test_a_folder_deleted_while_it_is_walked(tmp_path: Path) -> None:
    _tree(tmp_path, "ann/1.jpg", "bob/1.jpg", "tom/1.jpg")
    found: list[Found] = []
    for each in walk(tmp_path):
        found.append(each)
        if each == PersonFolder("ann", "ann", None):
            shutil.rmtree(tmp_path / "bob")
    skipped = [each for each in found if isinstance(each, SkippedFile)]
    assert [(each.path, each.reason) for each in skipped] == [("bob/", "was deleted or moved while the folder was read")]
    assert [each.path for each in found if isinstance(each, FoundFile)] == ["ann/1.jpg", "tom/1.jpg"]
