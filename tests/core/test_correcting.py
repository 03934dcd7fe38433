"""What people say about faces on the Predict page: it reaches the dataset with its photo, and can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core import curation
from core.curation import PhotoFace, correct, not_faces, said_about, said_of, take_back
from core.datasets import Catalogue, delete_dataset, forget_photos, kept_photos, open_dataset, scan
from core.datasets.face_choice import overlap, persons_face
from core.detection import Detection, create_detector
from core.errors import DatasetError, PhotoError
from core.images import decode
from core.settings import FaceSettings, preset
from tests.core.conftest import copy_person
from tests.core.photos import as_png, orl_file, pasted

YUNET = FaceSettings(detector="yunet")
ANN_AT, BO_AT = (60, 60, 180), (420, 120, 120)  # left, top and width of the faces in `TWO`
TWO = as_png(pasted((640, 400), [(11, *ANN_AT), (12, *BO_AT)]))


@dataclass
class FakeRun:
    """As much of a finished run as a correction needs."""

    dataset: Any
    directory: Path
    name: str = "Three"
    settings: Any = field(default_factory=lambda: preset("dense"))


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    """Two photos of each of two people, scanned."""
    for name, source in (("Ann", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "photos" / name, source, range(1, 3))
    opened = open_dataset(str(tmp_path / "photos"))
    scan(opened)
    return opened


@pytest.fixture
def run(catalogue: Catalogue, tmp_path: Path) -> Any:
    return FakeRun(SimpleNamespace(id=catalogue.id), tmp_path)


def _photo(person: int, number: int) -> bytes:
    return orl_file(person, number).read_bytes()


def _detection(box: tuple[float, float, float, float]) -> Detection:
    left, top, width, height = box
    marks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * [width, height] + [left, top]
    return Detection(box, marks.astype(np.float32), 0.9)


def _alone(person: int = 20, number: int = 1, name: str = "new.pgm") -> PhotoFace:
    return PhotoFace(_photo(person, number), name, _detection((10, 20, 70, 80)), alone=True)


def _one_of_two(left: int, top: int, width: int) -> PhotoFace:
    return PhotoFace(TWO, "two.png", _detection((left, top, width, round(width * 1.2))))


def _count(catalogue: Catalogue) -> dict[str, int]:
    return dict(catalogue.people())


def test_a_face_alone_brings_its_whole_photo_to_the_person(run: Any, catalogue: Catalogue) -> None:
    done = correct(run, [_alone()], "zoe")
    assert (done.person, done.kept, done.notes, done.problems) == ("Zoe", 1, (), ())
    assert _count(catalogue) == {"Ann": 2, "Bo": 2, "Zoe": 1}
    (photo,) = [each for each in catalogue.photos() if each.person == "Zoe"]
    assert (catalogue.root / photo.path).read_bytes() == _photo(20, 1)
    assert '"kind":"found","box":[10.0,20.0,70.0,80.0]' in catalogue.face_choices()[photo.sha256]
    assert done.entry is not None
    assert done.entry.words == "A face in new.pgm on Predict is Zoe's; 1 kept for the next training."
    assert (scan(catalogue).new, _count(catalogue)["Zoe"]) == (0, 1)  # a scan finds what it knows


def test_known_people_get_the_photo_under_their_own_spelling(run: Any, catalogue: Catalogue) -> None:
    assert correct(run, [_alone()], "ANN").person == "Ann"
    assert _count(catalogue) == {"Ann": 3, "Bo": 2}


def test_two_faces_of_one_photo_become_photos_of_two_people(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_one_of_two(*ANN_AT)], "Ann")
    correct(run, [_one_of_two(*BO_AT)], "Bo")
    assert _count(catalogue) == {"Ann": 3, "Bo": 3}
    assert catalogue.conflicts() == []
    kept = {each.person: each for each in catalogue.photos() if each.path.startswith("/")}
    for person, (left, top, width) in (("Ann", ANN_AT), ("Bo", BO_AT)):
        part = decode((catalogue.root / kept[person].path).read_bytes(), "part")
        (found,) = create_detector(YUNET).detect([part])
        face, status = persons_face(found, part, YUNET.main_face_ratio, catalogue.face_choices()[kept[person].sha256])
        assert face is not None and status == "face"
        room = round(0.6 * width * 1.2)  # of the box's longer side
        corner = (max(left - room, 0), max(top - room, 0))
        meant = (left - corner[0], top - corner[1], width, round(width * 1.2))
        assert overlap(face.box, meant) > 0.4  # the face that the box is about, not its neighbour


def test_a_group_is_one_entry(run: Any, catalogue: Catalogue) -> None:
    faces = [_alone(20, number, f"{number}.pgm") for number in (1, 2, 3)]
    done = correct(run, faces, "Zoe")
    assert done.kept == 3
    assert done.entry is not None
    assert done.entry.words == "3 faces in 3 photos on Predict are Zoe's; 3 kept for the next training."
    assert curation.count_entries(catalogue) == 1


def test_taking_back_leaves_the_photo_out_and_making_it_again_takes_it_in(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_alone()], "Zoe")
    undone = curation.undo(catalogue)
    assert undone is not None and undone.words.startswith("Taken back: A face in new.pgm")
    assert _count(catalogue) == {"Ann": 2, "Bo": 2}
    assert said_about(run, _alone().sha256) == ()
    scan(catalogue)
    assert _count(catalogue) == {"Ann": 2, "Bo": 2}  # not brought back by the file that is still there
    curation.redo(catalogue)
    assert _count(catalogue)["Zoe"] == 1
    assert [each.person for each in said_about(run, _alone().sha256)] == ["Zoe"]


def test_an_earlier_word_can_be_taken_back_by_itself(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_alone(20, 1)], "Zoe")
    correct(run, [_alone(21, 1)], "Yan")
    (said,) = said_about(run, _alone(20, 1).sha256)
    done = take_back(run, said)
    assert done is not None
    assert _count(catalogue) == {"Ann": 2, "Bo": 2, "Yan": 1}
    assert take_back(run, said) is None


def test_another_word_replaces_the_one_before(run: Any, catalogue: Catalogue) -> None:
    face = _one_of_two(*ANN_AT)
    correct(run, [face], "Bo")
    correct(run, [face], "Ann")
    assert _count(catalogue) == {"Ann": 3, "Bo": 2}
    (said,) = said_about(run, face.sha256)
    assert (said.person, said.kept is not None) == ("Ann", True)
    not_faces(run, [face])
    assert _count(catalogue) == {"Ann": 2, "Bo": 2}
    curation.undo(catalogue)
    assert _count(catalogue) == {"Ann": 3, "Bo": 2}


def test_a_slightly_other_box_is_the_same_face(run: Any, catalogue: Catalogue) -> None:
    left, top, width = ANN_AT
    correct(run, [_one_of_two(left, top, width)], "Bo")
    correct(run, [_one_of_two(left + 5, top + 4, width - 6)], "Ann")  # as another detector finds it
    assert _count(catalogue) == {"Ann": 3, "Bo": 2}
    assert len(said_about(run, _one_of_two(*ANN_AT).sha256)) == 1


def test_a_word_alone_keeps_no_photo_until_it_is_wanted(run: Any, catalogue: Catalogue) -> None:
    assert correct(run, [_alone()], "Ann", keep=False).kept == 0
    assert _count(catalogue) == {"Ann": 2, "Bo": 2}
    assert not (catalogue.directory / "enrolled").exists()
    assert [(each.person, each.kept) for each in said_about(run, _alone().sha256)] == [("Ann", None)]
    assert correct(run, [_alone()], "Ann").kept == 1
    assert _count(catalogue) == {"Ann": 3, "Bo": 2}


def test_a_photo_of_the_dataset_is_not_kept_twice_but_its_name_can_be_put_right(run: Any, catalogue: Catalogue) -> None:
    face = _alone(1, 1, "1.pgm")  # lies in Ann's folder
    done = correct(run, [face], "Ann")
    assert done.kept == 0
    assert done.notes == ("This photo is in the dataset already, as one of Ann.",)
    correct(run, [face], "Bo")
    assert _count(catalogue) == {"Ann": 1, "Bo": 3}
    assert not (catalogue.directory / "enrolled").exists()


def test_what_is_no_face_is_remembered_by_photo_and_box(run: Any, catalogue: Catalogue) -> None:
    done = not_faces(run, [_one_of_two(*ANN_AT)])
    assert done.entry is not None and done.entry.words == "A face found in two.png on Predict is said to be none."
    said = said_about(run, _one_of_two(*ANN_AT).sha256)
    assert [each.person for each in said] == [None]
    assert said_of(said, _one_of_two(*ANN_AT).detection.box) == said[0]
    assert said_of(said, _one_of_two(*BO_AT).detection.box) is None
    assert said_about(run, _alone().sha256) == ()
    take_back(run, said[0])
    assert said_about(run, _one_of_two(*ANN_AT).sha256) == ()


def test_the_ledger_tells_all_of_it(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_alone()], "Zoe")
    not_faces(run, [_one_of_two(*ANN_AT)])
    text = curation.export_ledger(catalogue)
    assert "face on Predict" in text and ",Zoe\n" in text and ",no face\n" in text
    (photo,) = [each for each in catalogue.photos() if each.person == "Zoe"]
    assert [each.words for each in curation.history_of(catalogue, photo.sha256)] == [
        "Kept for the next training from a photo on Predict."
    ]


def test_what_was_removed_since_does_not_count_as_kept_and_can_be_kept_again(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_alone()], "Zoe")
    forget_photos(catalogue.directory, "Zoe")
    (said,) = said_about(run, _alone().sha256)
    assert (said.person, said.is_kept) == ("Zoe", False)
    assert correct(run, [_alone(), _alone(20, 2)], "Zoe").kept == 2
    assert said_about(run, _alone().sha256)[0].is_kept
    assert kept_photos(catalogue.directory) == {"Zoe": 2}


def test_a_stranger_is_kept_as_one(run: Any, catalogue: Catalogue) -> None:
    done = correct(run, [_alone()], "unknown")
    assert done.person == "Unknown"
    assert done.entry is not None and "is strangers'; 1 kept" in done.entry.words
    assert _count(catalogue)["Unknown"] == 1


def test_saying_the_same_again_changes_nothing(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_alone()], "Zoe")
    with pytest.raises(DatasetError, match="said before"):
        correct(run, [_alone()], "Zoe")
    assert curation.count_entries(catalogue) == 1


def test_bad_photos_do_not_stop_the_others(run: Any, catalogue: Catalogue) -> None:
    bad = PhotoFace(b"no photo", "bad.jpg", _detection((1, 2, 30, 40)), alone=True)
    done = correct(run, [bad, _alone()], "Zoe")
    assert done.kept == 1
    assert [file for file, _ in done.problems] == ["bad.jpg"]
    with pytest.raises(PhotoError, match=r"None of the photos can be read.*bad\.jpg"):
        correct(run, [bad], "Zoe")


def test_a_photo_that_is_read_when_it_is_needed(run: Any, catalogue: Catalogue) -> None:
    late = PhotoFace(lambda: _photo(20, 1), "late.pgm", _detection((10, 20, 70, 80)), alone=True)
    assert correct(run, [late], "Zoe").kept == 1
    assert late.sha256 == _alone().sha256


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_a_name_that_cannot_be_leaves_nothing_behind(run: Any, catalogue: Catalogue, name: str) -> None:
    with pytest.raises(DatasetError):
        correct(run, [_alone()], name)
    assert not (catalogue.directory / "enrolled").exists()


def test_a_dataset_that_is_gone_is_told_and_nothing_was_said(run: Any, catalogue: Catalogue) -> None:
    delete_dataset(catalogue.id)
    with pytest.raises(DatasetError, match="Three is not in Visage any more"):
        correct(run, [_alone()], "Zoe")
    with pytest.raises(DatasetError, match="any more"):
        not_faces(run, [_alone()])
    assert said_about(run, _alone().sha256) == ()


def test_forgetting_somebody_erases_what_was_said_and_kept(run: Any, catalogue: Catalogue) -> None:
    correct(run, [_one_of_two(*ANN_AT)], "Zoe")
    correct(run, [_one_of_two(*BO_AT)], "Bo")
    curation.forget_person(catalogue, "Zoe")
    assert [each.person for each in said_about(run, _one_of_two(*ANN_AT).sha256)] == ["Bo"]
    assert not any("Zoe" in file.read_text() for file in (catalogue.directory / "enrolled").rglob("*.json"))
    assert "Zoe" not in curation.export_ledger(catalogue)
    assert b"Zoe" not in (catalogue.directory / "catalogue.sqlite").read_bytes()
    with pytest.raises(DatasetError, match="forgotten"):
        correct(run, [_one_of_two(*ANN_AT)], "Zoe")
