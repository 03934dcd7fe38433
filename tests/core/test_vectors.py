"""A run keeps where its network places each face, whichever kind of network it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import RunError
from core.models import build, compute_logits
from core.models.logits import compute_answers, with_embedding
from core.runs import layout, read_run
from core.runs.vectors import RunVectors, gathered, read_vectors, with_others, write_vectors
from core.settings import preset
from tests.core.conftest import TrainedRun

PHOTOS = {"train": ("a" * 64, "b" * 64), "test": ("c" * 64,)}
LABELS = {"train": np.array([0, 1]), "test": np.array([1])}
VECTORS = {"train": np.array([[3, 4], [0, 0]], np.float32), "test": np.array([[0, -2]], np.float32)}


def test_vectors_come_back_with_length_one(tmp_path: Path) -> None:
    found = gathered(PHOTOS, LABELS, VECTORS)
    assert found is not None
    write_vectors(tmp_path / layout.VECTORS, found)
    back = read_vectors(tmp_path / layout.VECTORS)
    assert back is not None
    assert back.sha256 == ("a" * 64, "b" * 64, "c" * 64)
    assert back.parts == ("train", "train", "test")
    assert back.labels.tolist() == [0, 1, 1]
    np.testing.assert_allclose(back.vectors, [[0.6, 0.8], [0, 0], [0, -1]], atol=1e-3)
    assert back.vector("c" * 64) is not None
    assert back.vector("d" * 64) is None
    assert back.rows_in("test").tolist() == [2]


def test_faces_that_were_asked_about_later_are_met_too() -> None:
    own = gathered(PHOTOS, LABELS, VECTORS)
    later = gathered({"asked": ("d" * 64,)}, {"asked": np.array([0])}, {"asked": np.array([[2, 0]], np.float32)})
    assert own is not None and later is not None
    both = with_others(own, later)
    assert both.vector("d" * 64).tolist() == [1, 0]  # type: ignore[union-attr]
    assert both.rows_in("train", "validation", "test").tolist() == [0, 1, 2]
    other_network = gathered({"asked": ("d" * 64,)}, {"asked": np.array([0])}, {"asked": np.ones((1, 5), np.float32)})
    assert with_others(own, other_network) is own
    assert with_others(own, None) is own


def test_nothing_is_gathered_from_nothing() -> None:
    assert gathered({"train": ()}, {"train": np.zeros(0, np.int64)}, {}) is None


def test_lengths_have_to_fit() -> None:
    with pytest.raises(ValueError, match="different numbers"):
        RunVectors(("a",), ("train", "test"), np.array([0]), np.zeros((1, 2), np.float16))


def test_a_run_of_an_earlier_program_has_none_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    assert read_vectors(tmp_path / layout.VECTORS) is None
    (tmp_path / layout.VECTORS).write_bytes(b"no vectors")
    with pytest.raises(RunError, match=r"vectors\.npz is damaged"):
        read_vectors(tmp_path / layout.VECTORS)


@pytest.mark.parametrize("mirrored", [False, True])
def test_one_pass_gives_the_same_logits_and_what_they_come_from(mirrored: bool) -> None:
    from dataclasses import replace

    from core.models import answering

    settings = replace(preset("dense").model, units=(8, 4), mirror_average=mirrored)
    network = answering(build(settings, 24, 3, seed=1), settings)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 24, 24, 3), dtype=np.uint8)
    told: list[int] = []
    found = compute_answers(with_embedding(network), pixels, np.arange(5), batch=2, on_batch=told.append)
    assert told == [0, 2, 4]
    np.testing.assert_allclose(found.logits, compute_logits(network, pixels, np.arange(5)), atol=1e-5)
    assert found.vectors is not None
    kernel, bias = network.get_layer("logits").get_weights()
    np.testing.assert_allclose(found.vectors @ kernel + bias, found.logits, atol=1e-5)


def test_a_training_keeps_the_vectors_of_all_its_faces(trained_run: TrainedRun) -> None:
    run = read_run(trained_run.directory)
    found = read_vectors(run.directory / layout.VECTORS)
    assert found is not None and run.split is not None
    faces = {photo.sha256: photo for photo in run.split.part(*layout.PARTS) if photo.use == "face"}
    assert set(found.sha256) == set(faces)
    for sha256, part, label in zip(found.sha256, found.parts, found.labels.tolist(), strict=True):
        assert (part, run.class_names[label]) == (faces[sha256].part, faces[sha256].person)
    lengths = np.linalg.norm(found.vectors, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-3) | (lengths == 0))
