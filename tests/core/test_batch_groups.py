"""Faces put together by likeness: hand-made vectors, and the real rule for where a group ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from core import batch as batches
from core.batch.groups import USUAL_LIMIT, group_vectors, limit_of
from core.openset import Gallery, Thresholds
from core.recognizer import Knowledge
from core.runs.vectors import RunVectors, of_length_one


def _people(count: int, each: int, spread: float, seed: int = 0) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return faces of people who point into directions of their own, in random order, and whose they are."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(count), each))
    centres = rng.normal(size=(count, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return of_length_one((centres[labels] + spread * rng.normal(size=(len(labels), 64)) / 8).astype(np.float32)), labels


def _same(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> bool:
    """Tell whether two ways of grouping are the same, whatever the numbers of the groups."""
    pairs = {(int(a), int(b)) for a, b in zip(one, other, strict=True)}
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def test_people_who_are_far_apart_are_told_apart() -> None:
    vectors, labels = _people(12, 9, 0.6)
    assert _same(group_vectors(vectors, 0.6), labels)


def test_more_faces_than_fit_at_once_are_grouped_alike() -> None:
    vectors, labels = _people(12, 9, 0.6)
    for at_once in (60, 80, 107):
        assert _same(group_vectors(vectors, 0.6, at_once), labels)


def test_the_mean_of_all_pairs_counts_so_a_chain_is_no_group() -> None:
    # Steps of 20 degrees: each is near its neighbours, the ends are 80 degrees apart.
    angles = np.radians([0, 20, 40, 60, 80])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = group_vectors(vectors, 1 - np.cos(np.radians(35)))
    assert len(set(groups.tolist())) == 2
    # Two pairs 40 degrees apart on average are one group from 1 - (cos 20 + 2 cos 40 + cos 60) / 4 on.
    mean = 1 - (np.cos(np.radians(20)) + 2 * np.cos(np.radians(40)) + np.cos(np.radians(60))) / 4
    assert len(set(group_vectors(vectors[:4], mean - 1e-3).tolist())) == 2
    assert len(set(group_vectors(vectors[:4], mean + 1e-3).tolist())) == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_faces(count: int) -> None:
    vectors = np.eye(3, dtype=np.float32)[:count]
    assert len(set(group_vectors(vectors, 0.5).tolist())) == count
    assert len(set(group_vectors(vectors, 1.5).tolist())) == min(count, 1)


def test_groups_come_largest_first_with_the_most_typical_face_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["odd", "b1", "a-edge", "a-middle", "b2", "a-other"]
    angles = np.radians([200, 95, 0, 10, 105, 20])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    monkeypatch.setattr("core.batch.groups.vectors_of", lambda batch, rows: vectors)
    groups = batches.group_faces(None, rows, limit=0.2)  # type: ignore[arg-type]
    assert [group[0] for group in groups] == ["a-middle", "b1", "odd"]
    assert [len(group) for group in groups] == [3, 2, 1]
    monkeypatch.setattr("core.batch.groups.vectors_of", lambda batch, rows: np.empty((6, 0), np.float32))
    assert len(batches.group_faces(None, rows, limit=0.2)) == 6  # type: ignore[arg-type]


def test_the_limit_is_the_runs_own_line() -> None:
    vectors, labels = _people(6, 10, 0.8)
    lines = Thresholds(0.42, 0.3, "by hand", score="similarity")
    knowledge = Knowledge(tuple("abcdef"), lines, Gallery(vectors, labels, 6))
    by_line = limit_of(knowledge, None)
    assert 0.4 < by_line < 0.75
    assert limit_of(replace(knowledge, thresholds=replace(lines, known=0.52)), None) == pytest.approx(by_line - 0.1)
    own = replace(knowledge, gallery=None, thresholds=Thresholds(0.7, 0.4, "by hand"))
    placed = RunVectors(("a",) * 60, ("train",) * 60, labels, vectors.astype(np.float16))
    limit = limit_of(own, placed)
    alike = (vectors @ vectors.T)[labels[:, None] != labels[None, :]]
    assert (alike > 1 - limit).mean() == pytest.approx(0.01, abs=0.005)
    assert _same(group_vectors(vectors, limit), labels)
    assert limit_of(own, None) == limit_of(own, replace(placed, labels=np.zeros(60, np.int64))) == USUAL_LIMIT
