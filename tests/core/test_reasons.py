"""The reasons of a real run's mistakes, from what it keeps on the disk."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.explain import Verdict
from core.quality import Quality
from core.review import Judged, read_judged
from core.review.filtering import Wanted, find_answers
from core.review.reasons import Known, neighbours_of, taught_faces, verdicts
from core.runs import Run, layout, read_run
from tests.core.conftest import TrainedRun


@pytest.fixture
def run(trained_run: TrainedRun) -> Run:
    return read_run(trained_run.directory)


def mistaken(judged: Judged) -> Judged:
    """Return the same photos with the names of all people moved on by one: all that was right is wrong now."""
    return replace(judged, labels=(judged.predicted + 1) % len(judged.people))


def test_every_mistake_gets_a_reason(run: Run) -> None:
    judged = mistaken(read_judged(run, "test"))
    found = verdicts(run, judged, taught_faces(run, judged), Known())
    assert sorted(found) == list(range(len(judged.labels)))
    assert {each.kind for each in found.values()} <= {"wrong_label", "stranger", "few_photos", "alike"}


def test_the_nearest_photos_are_training_photos_of_the_person(run: Run) -> None:
    judged = read_judged(run, "test")
    taught = taught_faces(run, judged)
    assert taught is not None and run.split is not None
    person_of = {photo.sha256: photo.person for photo in run.split.photos}
    part_of = {photo.sha256: photo.part for photo in run.split.photos}
    taught_with = {"train", "validation"} if run.result and run.result["refitted"] else {"train"}
    for person, name in enumerate(judged.people):
        found = neighbours_of(taught, judged, 0, person)
        assert len(found) == 3
        assert {person_of[each.sha256] for each in found} == {name}
        assert {part_of[each.sha256] for each in found} <= taught_with
        assert [each.likeness for each in found] == sorted((each.likeness for each in found), reverse=True)


def test_a_run_without_vectors_still_gets_reasons(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.directory, tmp_path / "old")
    (tmp_path / "old" / layout.VECTORS).unlink()
    old = read_run(tmp_path / "old")
    judged = mistaken(read_judged(old, "test"))
    assert taught_faces(old, judged) is None
    assert len(verdicts(old, judged, None, Known())) == len(judged.labels)


def judged_by_hand() -> Judged:
    logits = np.array([[3, 0, 0], [0, 2, 0], [0, 0, 1], [4, 0, 0]], np.float32)
    photos = ("a", "b", "c", "d")
    return Judged("test", "Test photos", ("Ann", "Bo", "Cid"), "id", photos, photos, np.array([1, 1, 0, 2]), logits)


CLEAR = Quality(1, "face", 150.0, 0.5, 0.5, 0.0, 0.2, 0.1, yaw=5.0, pitch=0.0, roll=0.0)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Wanted(), [3, 0, 2]),
        (Wanted(wrong=False), [1]),
        (Wanted(person="Bo"), [0]),
        (Wanted(named="Ann"), [3, 0]),
        (Wanted(person="Nobody known"), [3, 0, 2]),
        (Wanted(verdict="alike"), [2]),
        (Wanted(quality="Blurred"), [0]),
        (Wanted(quality="Nothing wrong"), [3]),
        (Wanted(size="Over 200 px"), [0]),
        (Wanted(pose="From the side"), []),
        (Wanted(pose="From the front", size="100 to 200 px"), [3]),
    ],
)
def test_what_is_asked_for(wanted: Wanted, rows: list[int]) -> None:
    reasons = {0: Verdict("wrong_label", ""), 2: Verdict("alike", ""), 3: Verdict("stranger", "")}
    qualities = {"a": replace(CLEAR, sharpness=0.1, face_size=300.0), "d": CLEAR}  # c was never measured
    assert find_answers(judged_by_hand(), wanted, reasons, qualities) == rows
