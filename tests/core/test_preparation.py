"""Preparing a dataset: counted, resumed, told apart, and pixel for pixel what serving sees."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import Catalogue, crops, open_dataset, scan
from core.detection import Detection, Detector, create_detector, detector_key
from core.errors import PhotoError, StorageError
from core.faces import choose_main_face, cut_face
from core.images import DecodedPhoto, decode
from core.preparation import face_of, load_prepared, prepare, preparing
from core.progress import Progress
from core.settings import FaceSettings
from tests.core.photos import SmallCatalogue, as_photo, as_png, orl_file, pasted

YUNET = FaceSettings(detector="yunet", size=48)
BLANK = as_png(as_photo(np.full((80, 60, 3), 120, np.uint8)))
TWINS = as_png(pasted((420, 240), [(3, 30, 40, 120), (4, 230, 40, 125)]))
BIG_AND_SMALL = as_png(pasted((420, 300), [(6, 40, 40, 150), (7, 300, 100, 60)]))


@pytest.fixture
def catalogue(tmp_path: Path) -> Any:
    made = SmallCatalogue(tmp_path / "dataset", tmp_path / "photos")
    for person in range(1, 5):
        for number in range(1, 4):
            made.add(f"p{person}/{number}.pgm", orl_file(person, number).read_bytes())
    return made


class Counting:
    """A detector that counts the photos it was asked about."""

    def __init__(self, inner: Detector) -> None:
        self.inner = inner
        self.asked = 0

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        self.asked += len(photos)
        return self.inner.detect(photos)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counter = Counting(create_detector(YUNET))
    monkeypatch.setattr(preparing, "create_detector", lambda face: counter)
    return counter


def test_every_photo_gets_a_status(catalogue: Any) -> None:
    blank = catalogue.add("p1/blank.png", BLANK)
    twins = catalogue.add("p2/twins.png", TWINS)
    main = catalogue.add("p3/main.png", BIG_AND_SMALL)
    prepared = prepare(catalogue, YUNET)
    assert prepared.complete
    assert set(prepared.status) == {photo.sha256 for photo in catalogue.photos()}
    assert (prepared.status[blank], prepared.status[twins], prepared.status[main]) == ("no_face", "several_faces", "face")
    assert (prepared.count("face"), prepared.count("no_face"), prepared.count("several_faces")) == (13, 1, 1)
    assert set(prepared.rows) == {photo for photo, status in prepared.status.items() if status == "face"}
    assert prepared.pixels.shape == (13, 48, 48, 3)
    assert sorted(prepared.rows.values()) == list(range(13))
    assert isinstance(prepared.pixels, np.memmap)
    stored = catalogue.detections(detector_key(YUNET))
    assert (len(stored[twins]), len(stored[main]), stored[blank]) == (2, 2, [])  # all faces are kept, not the main one only


@pytest.mark.parametrize("name", ["mtcnn", "yunet"])
def test_folder_and_upload_give_the_same_bytes(name: str, catalogue: Any) -> None:
    catalogue.add("p3/main.png", BIG_AND_SMALL)
    face = FaceSettings(detector=name, size=64)
    prepared = prepare(catalogue, face)
    photos = catalogue.photos()
    uploads = [decode((catalogue.root / photo.path).read_bytes(), "upload") for photo in photos]
    detector = create_detector(face)
    for order in (range(len(photos)), range(len(photos))[::-1], [5], [12, 3]):
        for place, found in zip(order, detector.detect([uploads[each] for each in order]), strict=True):
            upload = uploads[place]
            main = choose_main_face(found, upload.width, upload.height, face.main_face_ratio)
            assert main.index is not None
            crop = cut_face(upload, found[main.index], face)
            row = prepared.rows[photos[place].sha256]
            assert crop.pixels.tobytes() == prepared.pixels[row].tobytes()


def test_nothing_is_worked_out_twice(catalogue: Any, counting: Counting) -> None:
    first = prepare(catalogue, YUNET)
    assert counting.asked == 12
    again = prepare(catalogue, YUNET)
    assert counting.asked == 12
    assert dict(again.rows) == dict(first.rows)
    catalogue.add("p4/new.pgm", orl_file(9, 1).read_bytes())
    assert load_prepared(catalogue, YUNET) is None
    more = prepare(catalogue, YUNET)
    assert counting.asked == 13
    assert len(more.rows) == 13
    assert all((more.pixels[more.rows[photo]] == first.pixels[row]).all() for photo, row in first.rows.items())


def test_another_size_is_cut_from_the_stored_detections(catalogue: Any, counting: Counting) -> None:
    prepare(catalogue, YUNET)
    other = prepare(catalogue, replace(YUNET, size=32, margin=0.4))
    assert counting.asked == 12
    assert other.pixels.shape == (12, 32, 32, 3)
    assert load_prepared(catalogue, YUNET) is not None
    prepare(catalogue, replace(YUNET, min_score=0.8))
    assert counting.asked == 24


def test_load_gives_what_prepare_gave(catalogue: Any) -> None:
    assert load_prepared(catalogue, YUNET) is None
    prepared = prepare(catalogue, YUNET)
    loaded = load_prepared(catalogue, YUNET)
    assert loaded is not None
    assert (loaded.key, dict(loaded.status), dict(loaded.rows)) == (prepared.key, dict(prepared.status), dict(prepared.rows))
    np.testing.assert_array_equal(loaded.pixels, prepared.pixels)


def test_a_stop_keeps_what_is_done_and_the_rest_follows(
    catalogue: Any, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "REPORT_EVERY", 0)
    undisturbed: Any = replace(catalogue, directory=catalogue.directory / "undisturbed", stored={})
    whole = prepare(undisturbed, YUNET)
    counting.asked = 0
    stopped = prepare(catalogue, YUNET, should_stop=lambda: counting.asked >= 5)
    assert not stopped.complete
    assert 5 <= len(stopped.status) == counting.asked < 12
    assert load_prepared(catalogue, YUNET) is None
    finished = prepare(catalogue, YUNET)
    assert finished.complete
    assert counting.asked == 12
    assert all((finished.pixels[finished.rows[photo]] == whole.pixels[row]).all() for photo, row in whole.rows.items())


def test_a_killed_process_loses_only_what_was_not_saved(
    catalogue: Any, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "SAVE_EVERY", 4)
    monkeypatch.setattr(preparing, "REPORT_EVERY", 0)

    def die(progress: Progress) -> None:
        if progress.done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(catalogue, YUNET, die)
    assert len(catalogue.detections(detector_key(YUNET))) == 8
    afresh = Counting(counting.inner)  # a thread of the first may still be at its last photo
    monkeypatch.setattr(preparing, "create_detector", lambda face: afresh)
    assert prepare(catalogue, YUNET).complete
    assert afresh.asked == 4


def test_progress_counts_every_photo(catalogue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "REPORT_EVERY", 0)
    seen: list[Progress] = []
    prepare(catalogue, YUNET, seen.append)
    assert [each.done for each in seen] == list(range(13))
    assert {(each.total, each.unit, each.stage) for each in seen} == {(12, "photos", "Finding faces")}
    seen.clear()
    prepare(catalogue, YUNET, seen.append)
    assert [each.done for each in seen] == [12]


def test_photos_that_vanished_or_changed_are_named_and_the_rest_goes_on(catalogue: Any) -> None:
    gone, changed, damaged = (photo.sha256 for photo in catalogue.photos()[:3])
    names = [photo.path for photo in catalogue.photos()[:3]]
    (catalogue.root / names[0]).unlink()
    (catalogue.root / names[1]).write_bytes(orl_file(20, 1).read_bytes())
    (catalogue.root / names[2]).write_bytes(b"%PDF-1.4")
    prepared = prepare(catalogue, YUNET)
    assert prepared.complete
    assert [prepared.status[each] for each in (gone, changed, damaged)] == ["unreadable"] * 3
    assert prepared.count("face") == 9
    problems = {each.sha256: each for each in prepared.problems}
    assert problems[gone].what == f"{names[0]} has vanished."
    assert problems[changed].what == f"{names[1]} has changed since the folder was scanned."
    assert problems[changed].remedy == "Scan the folder again."
    assert "PDF" in problems[damaged].what
    loaded = load_prepared(catalogue, YUNET)
    assert loaded is not None
    assert loaded.problems == prepared.problems
    (catalogue.root / names[0]).write_bytes(orl_file(1, 1).read_bytes())
    assert prepare(catalogue, YUNET).count("face") == 10  # tried again


def test_removed_photos_leave_the_store(catalogue: Any) -> None:
    prepare(catalogue, YUNET)
    removed = catalogue.paths.pop(0)
    prepared = prepare(catalogue, YUNET)
    assert catalogue.hashes[removed] not in prepared.rows
    assert prepared.pixels.shape[0] == 11


@pytest.mark.filterwarnings("error")
def test_a_full_disk_keeps_what_was_finished(catalogue: Any, counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "SAVE_EVERY", 4)
    real, written = crops.os.fsync, []

    def fills_up(handle: int) -> None:
        written.append(handle)
        if len(written) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(crops.os, "fsync", fills_up)
    with pytest.raises(StorageError, match="the disk is full"):
        prepare(catalogue, YUNET)
    monkeypatch.setattr(crops.os, "fsync", real)
    counting.asked = 0
    prepared = prepare(catalogue, YUNET)
    assert prepared.complete
    assert prepared.count("face") == 12
    assert counting.asked == 0  # all detections had reached the catalogue; only crops were missing


def test_one_face_is_the_same_before_and_after_preparation(catalogue: Any, counting: Counting) -> None:
    catalogue.add("p2/twins.png", TWINS)
    photo, twins = catalogue.photos()[0], next(each for each in catalogue.photos() if each.path == "p2/twins.png")
    before = face_of(catalogue, photo, YUNET)
    assert before is not None
    assert face_of(catalogue, twins, YUNET) is None
    prepared = prepare(catalogue, YUNET)
    counting.asked = 0
    after = face_of(catalogue, photo, YUNET)
    assert after is not None
    assert before.tobytes() == after.tobytes() == prepared.pixels[prepared.rows[photo.sha256]].tobytes()
    assert face_of(catalogue, twins, YUNET) is None
    assert counting.asked == 0
    (catalogue.root / photo.path).unlink()
    with pytest.raises(PhotoError, match="has vanished"):
        face_of(catalogue, photo, replace(YUNET, size=32))


def test_no_photos(tmp_path: Path) -> None:
    prepared = prepare(SmallCatalogue(tmp_path / "dataset", tmp_path), YUNET)  # type: ignore[arg-type]
    assert prepared.complete
    assert prepared.pixels.shape == (0, 48, 48, 3)


def test_with_a_real_catalogue(artifacts: Path, tmp_path: Path) -> None:
    for person in (1, 2):
        folder = tmp_path / "photos" / f"pins_person {person}"
        folder.mkdir(parents=True)
        for number in range(1, 4):
            (folder / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())
    (tmp_path / "photos" / "pins_person 1" / "blank.png").write_bytes(BLANK)
    catalogue: Catalogue = open_dataset(str(tmp_path / "photos"))
    scan(catalogue)
    prepared = prepare(catalogue, YUNET)
    assert (prepared.count("face"), prepared.count("no_face")) == (6, 1)
    assert catalogue.missing_detections(detector_key(YUNET)) == []
    loaded = load_prepared(catalogue, YUNET)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.pixels, prepared.pixels)
