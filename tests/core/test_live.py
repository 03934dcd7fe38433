"""What a page reads of a living training: the epoch under way and the answers for some faces."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from core.experiment.following import WATCHED_FACES, Follower, Watched, choose_watched
from core.experiment.lineup import Lineup, PartFaces
from core.progress import Progress
from core.runs import SampleAnswer, SampleEpoch, SplitRecord, layout, read_live, read_run, read_samples
from core.runs.live import MOST_SAMPLES, thinned, write_live, write_samples
from core.storage import read_json_lines
from core.training import EpochReport, Running
from tests.core.conftest import TrainedRun

RUNNING = Running("select", 3, 20, 4, 9, 1.5, 0.25, 1e-3, 120.0, 5_000_000)


def _part(labels: list[int]) -> PartFaces:
    sha256 = tuple(f"photo {number}" for number in range(len(labels)))
    rows = np.arange(len(labels), dtype=np.int64)
    return PartFaces(sha256, rows, np.array(labels, np.int64), np.empty(0, np.int64), 0)


def _lineup(validation: list[int], train: list[int], people: int = 3) -> Lineup:
    names = tuple(f"Person {label}" for label in range(people))
    parts = {"train": _part(train), "validation": _part(validation), "test": _part([])}
    return Lineup(names, SplitRecord(()), parts)


def test_the_epoch_under_way_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_live(tmp_path) is None
    write_live(tmp_path, RUNNING)
    live = read_live(tmp_path)
    assert live is not None
    assert {**asdict(live), "updated": None} == {**asdict(RUNNING), "updated": None}
    assert live.updated > 1.7e9


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"phase": "select"}', "null"])
def test_what_cannot_be_read_is_not_there(tmp_path: Path, text: str) -> None:
    for name in (layout.LIVE_FILE, layout.SAMPLES):
        (tmp_path / name).write_text(text)
    assert read_live(tmp_path) is None
    assert read_samples(tmp_path) == ()
    (tmp_path / layout.SAMPLES).write_text(json.dumps({"epochs": [{"epoch": 1, "answers": [{"sha256": "a"}]}]}))
    assert read_samples(tmp_path) == ()


def test_samples_come_back_and_many_are_thinned_evenly(tmp_path: Path) -> None:
    samples = [SampleEpoch(epoch, (SampleAnswer("a", "Ann", "Bo", epoch / 1000),)) for epoch in range(1, 501)]
    kept: list[SampleEpoch] = []
    for sample in samples:
        kept = thinned([*kept, sample])
        assert len(kept) <= MOST_SAMPLES
        assert (kept[0], kept[-1]) == (samples[0], sample)
    assert [each.epoch for each in kept] == [*range(1, 500, 32), 500]
    assert thinned(samples[:29]) == samples[:29]
    assert thinned([]) == []
    write_samples(tmp_path, kept)
    assert read_samples(tmp_path) == tuple(kept)


def test_watched_faces_are_of_different_people_first_and_decided_by_the_seed() -> None:
    lineup = _lineup([0] * 20 + [1] * 3 + [2], [0, 1, 2])
    watched = choose_watched(lineup, seed=5)
    assert len(watched.places) == WATCHED_FACES == len(set(watched.places.tolist()))
    assert sorted(watched.people[:3]) == ["Person 0", "Person 1", "Person 2"]
    assert sorted(watched.people[3:5]) == ["Person 0", "Person 1"]  # the third person has no second face
    assert watched.sha256 == tuple(f"photo {place}" for place in watched.places.tolist())
    np.testing.assert_array_equal(choose_watched(lineup, seed=5).places, watched.places)
    assert choose_watched(lineup, seed=6).places.tolist() != watched.places.tolist()


def test_without_validation_faces_training_faces_are_watched() -> None:
    watched = choose_watched(_lineup([], [2, 1, 1]), seed=0)
    assert sorted(watched.people) == ["Person 1", "Person 1", "Person 2"]
    assert len(choose_watched(_lineup([], []), seed=0).places) == 0


def test_answers_name_the_likeliest_person_and_how_likely() -> None:
    watched = Watched(np.array([0, 1]), ("a", "b"), ("Ann", "Bo"), ("Ann", "Bo", "Cy"))
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], np.float32))
    sample = watched.answers(7, logits)
    assert (sample.epoch, [each.named for each in sample.answers]) == (7, ["Ann", "Cy"])
    np.testing.assert_allclose([each.probability for each in sample.answers], [0.5, 0.7], rtol=1e-6)


def _epoch(number: int, phase: str = "select") -> EpochReport:
    return EpochReport(number, 9, 1.0, 0.5, None, None, 1e-3, 1.0, True, phase)


def test_a_follower_goes_on_with_what_is_not_repeated(tmp_path: Path) -> None:
    watched = Watched(np.array([0]), ("a",), ("Ann",), ("Ann", "Bo"))
    write_samples(tmp_path, [SampleEpoch(epoch, ()) for epoch in (1, 2, 3)])
    said: list[Progress] = []
    follower = Follower(tmp_path, watched, [_epoch(1), _epoch(2)], said.append)
    assert len(read_json_lines(tmp_path / layout.HISTORY)) == 2
    follower.on_step(5, 10)
    follower.hearing()["on_warning"]("No new checkpoint. The disk is full.")
    follower.on_step(6, 10)
    assert [each.detail for each in said] == [
        "2 of 9 epochs, loss 1.000", "2 of 9 epochs, loss 1.000. No new checkpoint. The disk is full.",
    ]  # fmt: skip
    follower.hearing()["on_running"](RUNNING)
    assert read_live(tmp_path) is not None
    follower.on_epoch(_epoch(3))
    follower.on_answers(3, np.zeros((1, 2), np.float32))
    follower.close([_epoch(1), _epoch(2), _epoch(3)])
    assert [each.epoch for each in read_samples(tmp_path)] == [1, 2, 3]
    assert read_samples(tmp_path)[2].answers == (SampleAnswer("a", "Ann", "Ann", 0.5),)
    assert read_live(tmp_path) is None
    assert len(read_json_lines(tmp_path / layout.HISTORY)) == 3


def test_a_trained_run_shows_how_its_answers_grew(trained_run: TrainedRun) -> None:
    run = read_run(trained_run.directory)
    samples = read_samples(run.directory)
    assert run.split
    assert run.result
    assert samples[0].epoch == 1
    assert samples[-1].epoch == run.result["epochs"]
    validation = {photo.sha256: photo.person for photo in run.split.part("validation")}
    for sample in samples:
        assert {each.sha256: each.person for each in sample.answers} == validation  # three faces, so all are watched
        assert all(each.named in run.class_names and 0 < each.probability <= 1 for each in sample.answers)
    assert read_live(run.directory) is None
    assert replace(run.history[0], memory_bytes=None) != run.history[0]
