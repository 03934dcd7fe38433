"""Imports from end to end in the core: whatever comes in, all of it or nothing is kept, and nothing gets lost."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import struct
import tarfile
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core import importing
from core.datasets import kept_photos, open_dataset, scan
from core.errors import DatasetError, StorageError, VisageError
from core.importing import Outcome, Spool, Staging, Target
from core.jobs import Stopped
from core.progress import Progress
from core.settings import ImportLimits
from tests.core.pictures import folder_of, picture_bytes

pytestmark = pytest.mark.usefixtures("artifacts")
Files = Mapping[str, bytes]


def staged(files: Files, kind: str = "upload", person: str = "") -> Staging:
    staging = importing.new_staging(kind, "holiday", person)
    with Spool(staging) as spool:
        for path, data in files.items():
            spool.add(path, io.BytesIO(data))
    return staging


def checked(files: Files, person: str = "") -> Staging:
    staging = staged(files, person=person)
    importing.check(staging)
    return staging


def zipped(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def unpacked(archive: Path, limits: ImportLimits | None = None) -> Staging:
    staging = importing.new_staging("zip", archive.name)
    with importing.removed_on_failure(staging):
        importing.unpack(staging, archive, limits=limits or ImportLimits())
        importing.check(staging)
    return staging


def everything(folder: Path) -> set[str]:
    """Every file of Visage's but locks and empty folders."""
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock")
    }


def people_of(outcome: Outcome) -> dict[str, int]:
    from core.datasets import get_dataset

    catalogue = get_dataset(outcome.dataset)
    scan(catalogue)
    return dict(catalogue.people())


TWO = {"Ann/1.png": picture_bytes(1), "Ann/2.png": picture_bytes(2), "Ben/1.png": picture_bytes(3)}


def test_an_upload_becomes_a_dataset_and_leaves_nothing_behind(artifacts: Path) -> None:
    staging = checked({**TWO, "Ann/broken.jpg": b"\xff\xd8\xff cut", "Ann/notes.txt": b"x", "__MACOSX/Ann/._1.png": b"x"})
    planned = importing.plan(staging)
    assert [(each.person, each.staged.path) for each in planned.photos] == [
        ("Ann", "Ann/1.png"), ("Ann", "Ann/2.png"), ("Ben", "Ben/1.png"),
    ]  # fmt: skip
    assert [each.path for each in planned.skipped] == ["Ann/broken.jpg", "Ann/notes.txt"]
    outcome = importing.commit(staging, Target(name="family"))
    assert (outcome.name, outcome.added, outcome.people, len(outcome.skipped)) == ("Family", 3, 2, 2)
    assert people_of(outcome) == {"Ann": 2, "Ben": 1}
    assert everything(artifacts / "photos") == {"Family/Ann/1.png", "Family/Ann/2.png", "Family/Ben/1.png"}
    assert everything(artifacts / "imports") == {
        f"{staging.directory.name}/about.json",
        f"{staging.directory.name}/result.json",
    }


def test_a_preview_tells_new_photos_from_known_ones() -> None:
    outcome = importing.commit(checked(TWO), Target(name="family"))
    people_of(outcome)
    from core.datasets import get_dataset

    more = checked({"Ann/other name.png": picture_bytes(1), "Ann/4.png": picture_bytes(4), "Cai/1.png": picture_bytes(3)})
    shown = importing.preview(importing.plan(more), get_dataset(outcome.dataset))
    assert [(each.person, each.photos, each.new, each.there) for each in shown.people] == [("Ann", 2, 1, 2), ("Cai", 1, 0, 0)]
    assert [(each.path, each.reason) for each in shown.skipped] == [("Cai/1.png", "is in the dataset already, as Ben")]
    assert shown.new == 1


def test_photos_are_added_beside_a_folder_that_is_never_written_to(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "own", {"Ann": 2})
    before = everything(root)
    catalogue = open_dataset(str(root))
    scan(catalogue)
    outcome = importing.commit(checked({"ann/9.png": picture_bytes(9), "Zoë 👩/8.png": picture_bytes(8)}), Target(catalogue.id))
    assert (outcome.added, outcome.there) == (2, 0)
    assert people_of(outcome) == {"Ann": 3, "Zoë 👩": 1}
    assert everything(root) == before


def test_the_same_content_under_two_people_is_nobodys() -> None:
    planned = importing.plan(
        checked({"Ann/1.png": picture_bytes(1), "Ben/1.png": picture_bytes(1), "Ben/2.png": picture_bytes(2)})
    )
    assert [each.staged.path for each in planned.photos] == ["Ben/2.png"]
    assert {each.reason for each in planned.skipped} == {"is filed under Ann and Ben"}


def test_two_files_with_one_name_are_both_kept(tmp_path: Path) -> None:
    archive = tmp_path / "twice.zip"
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("Ann/1.png", picture_bytes(1))
        opened.writestr("Ann/1.png", picture_bytes(2))
        opened.writestr("Ann/1.PNG", picture_bytes(3))
    outcome = importing.commit(unpacked(archive), Target(name="twice"))
    assert people_of(outcome) == {"Ann": 3}


def test_names_in_any_script_end_as_folders_that_say_the_same(artifacts: Path) -> None:
    names = ["Ŝtefan 'O\"Neill", "<b>x", "李 小龙", "🙂", "a\nb", "...", "ann", "Ann", "train2"]
    files = {f"{name}/{number}.png": picture_bytes(number) for number, name in enumerate(names)}
    outcome = importing.commit(checked(files), Target(name='my "set" <i>🙂</i>'))
    shown = importing.plan(checked(files))
    assert people_of(outcome) == {
        person: sum(each.person == person for each in shown.photos) for person in {each.person for each in shown.photos}
    }
    assert set(people_of(outcome)) >= {"Ŝtefan 'O\"Neill", "<b>x", "李 小龙", "🙂", "A B", "Train2"}
    assert all(path.is_relative_to(artifacts) for path in (artifacts / "photos").rglob("*"))


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "Ann/../../out.png", "C:\\out.png", "..\\out.png"])
def test_no_path_of_an_archive_leads_out(name: str, tmp_path: Path, artifacts: Path) -> None:
    staging = unpacked(zipped(tmp_path / "evil.zip", {name: picture_bytes(1), "Ann/1.png": picture_bytes(2)}))
    assert [each.reason for each in staging.refused()] == ["has a path that leads out of the archive"]
    outcome = importing.commit(staging, Target(name="safe"))
    assert people_of(outcome) == {"Ann": 1}
    assert not list(tmp_path.rglob("out.png"))


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    archive = tmp_path / "links.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        link = zipfile.ZipInfo("Ann/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
        opened.writestr("Ann/1.png", picture_bytes(1))
    assert [each.reason for each in unpacked(archive).refused()] == ["is a link, not a file"]
    packed = tmp_path / "links.tgz"
    with tarfile.open(packed, "w:gz") as tar:
        for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "Ann/1.png")):
            info = tarfile.TarInfo("Ann/l.png")
            info.type, info.linkname = kind, target
            tar.addfile(info)
        info = tarfile.TarInfo("Ann/2.png")
        info.size = len(picture_bytes(2))
        tar.addfile(info, io.BytesIO(picture_bytes(2)))
    staging = unpacked(packed)
    assert [each.reason for each in staging.refused()] == ["is a link, not a file"] * 2
    assert [each.staged.path for each in importing.plan(staging).photos] == ["Ann/2.png"]


def refused_with(archive: Path, words: str, artifacts: Path, limits: ImportLimits | None = None) -> None:
    with pytest.raises(DatasetError, match=words):
        unpacked(archive, limits)
    assert everything(artifacts) == set()


def test_a_hundred_thousand_entries_are_refused_before_any_is_read(tmp_path: Path, artifacts: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(100_000):
            opened.writestr(f"{number}.png", b"")
    refused_with(archive, "more than 50,000 files", artifacts)
    refused_with(zipped(tmp_path / "few.zip", TWO), "more than 2 files", artifacts, ImportLimits(entries=2))


def test_a_bomb_is_refused_while_it_grows(tmp_path: Path, artifacts: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"Ann/1.png": bytes(30 * 2**20)})
    assert bomb.stat().st_size < 100_000
    refused_with(bomb, "grows beyond all bounds", artifacts)
    flat = zipped(tmp_path / "flat.zip", {f"Ann/{number}.png": os.urandom(700_000) for number in range(3)})
    refused_with(flat, "grows beyond all bounds", artifacts, ImportLimits(expanded_megabytes=1))


def test_a_bomb_that_lies_about_its_size_is_caught_too(tmp_path: Path, artifacts: Path) -> None:
    bomb = zipped(tmp_path / "liar.zip", {"Ann/1.png": bytes(30 * 2**20)})
    data = bytearray(bomb.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", struct.unpack_from("<I", data, at + 20)[0], 1000)
    bomb.write_bytes(data)
    staging = unpacked(bomb)  # zipfile reads no more than what is declared, and finds the checksum wrong
    assert "damaged" in staging.refused()[0].reason
    assert importing.plan(staging).photos == ()


def test_an_encrypted_archive_is_refused(tmp_path: Path, artifacts: Path) -> None:
    archive = zipped(tmp_path / "secret.zip", TWO)
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + offset] |= 1
    archive.write_bytes(data)
    refused_with(archive, "encrypted", artifacts)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.97])
def test_a_truncated_archive_is_refused(share: float, tmp_path: Path, artifacts: Path) -> None:
    for name, make in (("cut.zip", zipped), ("cut.tgz", _tarred)):
        archive = make(tmp_path / name, TWO)
        data = archive.read_bytes()
        archive.write_bytes(data[: int(len(data) * share)])
        refused_with(archive, "cut off", artifacts)


def _tarred(path: Path, files: Files) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_one_damaged_entry_does_not_spoil_the_others(tmp_path: Path) -> None:
    archive = tmp_path / "spoilt.zip"
    with zipfile.ZipFile(archive, "w") as opened:  # stored: the bytes lie open
        opened.writestr("Ann/1.png", picture_bytes(1))
        opened.writestr("Ann/2.png", picture_bytes(2))
    data = bytearray(archive.read_bytes())
    data[data.index(b"Ann/1.png") + 200] ^= 0xFF
    archive.write_bytes(data)
    planned = importing.plan(unpacked(archive))
    assert [each.staged.path for each in planned.photos] == ["Ann/2.png"]
    assert [each.path for each in planned.skipped] == ["Ann/1.png"]


def test_names_in_archives_of_macos_are_read_as_utf8(tmp_path: Path) -> None:
    archive = tmp_path / "mac.zip"
    zipped(archive, {"Zooe/1.png": picture_bytes(1)})
    archive.write_bytes(archive.read_bytes().replace(b"Zooe/", "Zoë/".encode()))  # not marked as UTF-8
    assert staging_paths(unpacked(archive)) == ["Zoë/1.png"]


def staging_paths(staging: Staging) -> list[str]:
    return [each.path for each in (*staging.files(), *staging.refused())]


@pytest.mark.parametrize("into", ["new", "there"])
def test_a_stopped_import_leaves_nothing_and_loses_nothing(into: str, tmp_path: Path, artifacts: Path) -> None:
    catalogue = open_dataset(str(folder_of(tmp_path / "own", {"Dan": 1})))
    importing.commit(checked({"Ann/5.png": picture_bytes(5)}), Target(catalogue.id))
    staging = checked(TWO)
    before = everything(artifacts)
    looks = iter([False, False, True])
    with pytest.raises(Stopped):
        importing.commit(staging, _target(into, catalogue.id), should_stop=lambda: next(looks))
    assert everything(artifacts) == before
    assert kept_photos(catalogue.directory) == {"Ann": 1}
    assert importing.commit(staging, _target(into, catalogue.id)).added == 3  # it can be started again


def _target(into: str, dataset: str) -> Target:
    return Target(name="new one") if into == "new" else Target(dataset)


@pytest.mark.parametrize("into", ["new", "there"])
def test_a_full_disk_leaves_nothing_and_loses_nothing(
    into: str, tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = open_dataset(str(folder_of(tmp_path / "own", {"Dan": 1})))
    staging = checked(TWO)
    before = everything(artifacts)
    calls = []

    def full(*_: object, **__: object) -> None:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "a disk without links")

    with monkeypatch.context() as broken, pytest.raises(StorageError, match="disk is full"):
        broken.setattr("core.importing.committing.os.link", no_links)
        broken.setattr(Path, "write_bytes", full)
        broken.setattr("core.storage.os.fsync", full)
        importing.commit(staging, _target(into, catalogue.id))
    assert everything(artifacts) == before


def test_too_little_space_is_told_before_anything_is_written(
    artifacts: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil.disk_usage(artifacts)
    monkeypatch.setattr("core.importing.staging.shutil.disk_usage", lambda _: usage._replace(free=1000))
    archive = zipped(tmp_path / "some.zip", TWO)
    with pytest.raises(StorageError, match="free"):
        unpacked(archive)
    assert everything(artifacts) == set()


def test_the_same_import_started_twice_gives_one_result() -> None:
    staging = checked(TWO)
    outcomes: list[Outcome | VisageError] = []

    def start() -> None:
        outcomes.append(importing.commit(staging, Target(name="twice")))

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 3
    assert outcomes[0] == outcomes[1] == outcomes[2]
    again = importing.commit(checked(TWO), Target(name="Twice"))  # the same photos once more, from another upload
    assert people_of(again) == {"Ann": 2, "Ben": 1}
    assert again.dataset == outcomes[0].dataset


def test_an_import_whose_process_was_killed_can_be_taken_back(tmp_path: Path, artifacts: Path) -> None:
    catalogue = open_dataset(str(folder_of(tmp_path / "own", {"Dan": 1})))
    importing.commit(checked({"Ann/1.png": picture_bytes(1)}), Target(catalogue.id))
    staging = checked(TWO)
    _kill_within(lambda report: importing.commit(staging, Target(catalogue.id), report))
    assert sum(kept_photos(catalogue.directory).values()) == 2
    importing.discard(staging)
    assert kept_photos(catalogue.directory) == {"Ann": 1}  # what an earlier import brought


def _kill_within(work: Callable[[Callable[[Progress], None]], object]) -> None:
    """Run `work` in a child that dies at its third report, as if the power had failed."""
    seen = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 3:
            os._exit(9)

    child = os.fork()
    if child == 0:
        work(report)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_parts_are_kept_where_that_is_asked_for(artifacts: Path) -> None:
    files = {
        "set/train/Ann/1.png": picture_bytes(1),
        "set/test/Ann/1.png": picture_bytes(2),
        "set/val/Ben/1.png": picture_bytes(3),
    }
    kept = importing.commit(checked(files), Target(name="kept", keep_parts=True))
    merged = importing.commit(checked(files), Target(name="merged"))
    assert everything(artifacts / "photos" / "Kept") == {"train/Ann/1.png", "test/Ann/1.png", "val/Ben/1.png"}
    assert everything(artifacts / "photos" / "Merged") == {"Ann/1.png", "Ann/1 (2).png", "Ben/1.png"}
    assert people_of(kept) == people_of(merged) == {"Ann": 2, "Ben": 1}


def test_several_files_of_one_person_and_strangers() -> None:
    outcome = importing.commit(
        checked({"a.png": picture_bytes(1), "deep/in/b.png": picture_bytes(2)}, "ann lee"), Target(name="one")
    )
    assert people_of(outcome) == {"Ann Lee": 2}
    strangers = importing.commit(checked({"unknown/a.png": picture_bytes(3)}), Target(outcome.dataset))
    assert people_of(strangers) == {"Ann Lee": 2, "Unknown": 1}


def test_a_folder_with_a_table_is_copied_and_stays_as_it_is(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "csv", {"all": 3})
    (root / "names.csv").write_text("path,label\nall/1.png,Ann\nall/2.png,Ben\n")
    before = everything(root)
    assert importing.look_at_folder(root) is None
    staging = importing.stage_folder(str(root))
    importing.check(staging)
    (root / "all" / "2.png").write_bytes(picture_bytes(77))  # changed behind our back: not what was looked at
    outcome = importing.commit(staging, Target(name="csv"))
    assert people_of(outcome) == {"Ann": 1}
    assert {each.reason for each in outcome.skipped} == {"is not named in a table", "has changed since it was looked at"}
    assert everything(root) == before


def test_a_folder_of_people_is_opened_where_it_is(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "plain", {"ann": 2, "Ann": 1, "pins_ben ode": 1})
    (root / "Ann" / "note.txt").write_text("x")
    shown = importing.look_at_folder(root)
    assert shown is not None
    assert [(each.person, each.photos) for each in shown.people] == [("Ann", 3), ("Ben Ode", 1)]
    assert [each.path for each in shown.skipped] == ["Ann/note.txt"]
    assert everything(artifacts) == set()


def test_a_folder_deleted_while_it_is_read_is_told(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "gone", {"Ann": 2})
    staging = importing.stage_folder(str(root))
    shutil.rmtree(root)
    with pytest.raises(DatasetError, match="went away"), importing.removed_on_failure(staging):
        importing.check(staging)
    assert everything(artifacts) == set()
    with pytest.raises(DatasetError, match="There is no folder"):
        importing.stage_folder(str(root))


def test_a_folder_that_goes_away_before_the_commit_leaves_nothing(tmp_path: Path, artifacts: Path) -> None:
    root = folder_of(tmp_path / "gone", {"Ann": 2})
    staging = importing.stage_folder(str(root))
    importing.check(staging)
    shutil.rmtree(root)
    with pytest.raises(DatasetError, match="went away"):
        importing.commit(staging, Target(name="gone"))
    assert not (artifacts / "datasets").exists()
    assert everything(artifacts / "photos") == set()


def test_links_in_folders_lead_nowhere_else(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "linked", {"Ann": 1})
    outside = folder_of(tmp_path / "outside", {"Ben": 1})
    (root / "Ann" / "out.png").symlink_to(outside / "Ben" / "1.png")
    (root / "Ben").symlink_to(outside / "Ben")
    staging = importing.stage_folder(str(root))
    assert staging_paths(staging) == ["Ann/1.png", "Ann/out.png", "Ben"]
    assert [each.path for each in staging.files()] == ["Ann/1.png"]


def test_abandoned_imports_are_forgotten(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = checked(TWO)
    importing.forget_abandoned()
    assert importing.list_stagings() == [staging]
    monkeypatch.setattr("core.importing.committing.KEPT_SECONDS", -1.0)
    importing.forget_abandoned()
    assert everything(artifacts) == set()


def test_a_checked_import_needs_its_check() -> None:
    with pytest.raises(DatasetError, match="have not been looked at"):
        importing.commit(staged(TWO), Target(name="x"))
    with pytest.raises(DatasetError, match="not there any more"):
        importing.read_staging(replace(staged(TWO), directory=Path("/nowhere")).directory)


def test_only_imported_photos_are_deleted_with_their_dataset(tmp_path: Path, artifacts: Path) -> None:
    from core.datasets import get_dataset

    root = folder_of(tmp_path / "own", {"Dan": 1})
    imported = get_dataset(importing.commit(checked(TWO), Target(name="family")).dataset)
    assert (importing.is_own(imported.source), importing.is_own(str(root)), importing.is_own("orl")) == (True, False, False)
    importing.delete_own_photos(str(root))
    importing.delete_own_photos(str(artifacts / "photos"))
    assert everything(root) == {"Dan/1.png"}
    assert Path(imported.source).is_dir()
    importing.delete_own_photos(imported.source)
    assert not Path(imported.source).exists()
