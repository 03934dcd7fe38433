"""Backbone and head as one graph: the same numbers as the two apart, also from a file and in a program without Visage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelError
from core.models import load_network, save_network, softmax
from core.models.joined import head_alone, join, sharpen
from core.models.logits import ask, classes_of, compute_logits
from core.settings import rng_for

SIDE, DIMENSION, PEOPLE = 8, 4, 3


@pytest.fixture(scope="module")
def backbone() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    faces = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="face")
    return keras.Model(faces, keras.layers.Dense(DIMENSION)(keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(faces))))


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return rng_for(0, "test").integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def head() -> tuple[np.ndarray, np.ndarray]:
    rng = rng_for(1, "test")
    return rng.normal(size=(DIMENSION, PEOPLE)).astype(np.float32), rng.normal(size=PEOPLE).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_joined_network_is_backbone_then_head(
    backbone: Any, faces: np.ndarray, head: tuple[np.ndarray, np.ndarray]
) -> None:
    found = ask(join(backbone, *head, mirror_average=False), faces)
    vectors = unit(np.asarray(backbone(faces)))
    np.testing.assert_allclose(found.vectors, vectors, atol=1e-6)
    np.testing.assert_allclose(found.logits, vectors @ head[0] + head[1], atol=1e-5)


def test_the_mirror_image_has_half_a_say(backbone: Any, faces: np.ndarray, head: tuple[np.ndarray, np.ndarray]) -> None:
    network = join(backbone, *head, mirror_average=True)
    mirrored = np.ascontiguousarray(faces[:, :, ::-1])
    wanted = unit(unit(np.asarray(backbone(faces))) + unit(np.asarray(backbone(mirrored))))
    np.testing.assert_allclose(ask(network, faces).vectors, wanted, atol=1e-6)
    np.testing.assert_allclose(ask(network, mirrored).logits, ask(network, faces).logits, atol=1e-5)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_file_gives_the_same_answers_without_visage(
    backbone: Any, faces: np.ndarray, head: tuple[np.ndarray, np.ndarray], mirror: bool, tmp_path: Path
) -> None:
    network = join(backbone, *head, mirror_average=mirror)
    save_network(network, tmp_path / "model.keras")
    np.testing.assert_array_equal(ask(load_network(tmp_path / "model.keras"), faces).logits, ask(network, faces).logits)
    np.save(tmp_path / "faces.npy", faces)
    program = (
        "import json, sys, numpy, keras; network = keras.saving.load_model('model.keras', safe_mode=True);"
        "print(json.dumps(numpy.asarray(network(numpy.load('faces.npy'))['logits']).tolist()));"
        "assert 'core' not in sys.modules"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    np.testing.assert_allclose(json.loads(told.splitlines()[-1]), ask(network, faces).logits, atol=1e-6)


def test_a_head_alone_names_vectors(head: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    vectors = unit(rng_for(2, "test").normal(size=(4, DIMENSION))).astype(np.float32)
    save_network(head_alone(*head), tmp_path / "model.keras")
    network = load_network(tmp_path / "model.keras")
    assert classes_of(network) == PEOPLE
    np.testing.assert_allclose(ask(network, vectors).logits, vectors @ head[0] + head[1], atol=1e-5)


def test_a_temperature_becomes_part_of_the_network(
    backbone: Any, faces: np.ndarray, head: tuple[np.ndarray, np.ndarray]
) -> None:
    network = join(backbone, *head, mirror_average=False)
    before = compute_logits(network, faces, np.arange(5))
    sharpen(network, 2.5)
    np.testing.assert_allclose(compute_logits(network, faces, np.arange(5), batch=2), before / 2.5, atol=1e-5)
    assert (softmax(before).argmax(axis=1) == compute_logits(network, faces, np.arange(5)).argmax(axis=1)).all()


def test_a_network_that_names_nothing_is_refused(backbone: Any, tmp_path: Path) -> None:
    import keras

    vectors = keras.Input((4,), dtype="float32")
    keras.Model(vectors, keras.layers.Dense(2)(vectors)).save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="not one from faces to logits"):
        load_network(tmp_path / "model.keras")
