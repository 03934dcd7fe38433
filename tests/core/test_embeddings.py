"""The two rebuilt networks beside the programs that they come from, and what a backbone promises."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.datasets.builtin import orl_root
from core.embeddings import KerasBackbone, find_weights, last_stages, load_backbone, normalised
from core.embeddings.dlib_file import read_dlib
from core.embeddings.sface import Layer, _for_pixels_first
from core.errors import SettingsError
from core.images import read_photo, resize
from core.settings import preset

BOTH = {"sface": preset("embedding"), "dlib": preset("embedding-fast")}


def pictures(size: int) -> npt.NDArray[np.uint8]:
    """Return uint8 (9, S, S, 3): noise, a flat one, coloured patches, and five of the built-in faces."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2, size, size, 3), dtype=np.uint8)
    patches = [cv2.resize(each[:5, :5], (size, size)) for each in noise]
    faces = [resize(read_photo(orl_root() / f"s{person}" / "1.pgm")[1].pixels, size, size) for person in range(1, 6)]
    return np.stack([*noise, *patches, *faces])


def cosines(one: Any, two: Any) -> npt.NDArray[np.float64]:
    a, b = np.asarray(one, np.float64), np.asarray(two, np.float64)
    return np.asarray((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))


def by_opencv(faces: npt.NDArray[np.uint8]) -> Any:
    net = cv2.dnn.readNetFromONNX(str(find_weights("sface")))
    answers = []
    for face in faces:
        net.setInput(face.transpose(2, 0, 1)[None].astype(np.float32), "data")
        answers.append(net.forward()[0].copy())
    return np.stack(answers)


def by_dlib(faces: npt.NDArray[np.uint8]) -> Any:
    import dlib

    model = dlib.face_recognition_model_v1(str(find_weights("dlib")))
    return np.array([model.compute_face_descriptor(np.ascontiguousarray(face)) for face in faces])


@pytest.mark.parametrize(("name", "original"), [("sface", by_opencv), ("dlib", by_dlib)])
def test_a_rebuilt_network_agrees_with_the_original(name: str, original: Any) -> None:
    faces = pictures(BOTH[name].face.size)
    backbone = load_backbone(BOTH[name])
    assert isinstance(backbone, KerasBackbone)
    raw, expected = np.asarray(backbone.network(faces)), original(faces)
    assert cosines(raw, expected).min() >= 0.9999
    np.testing.assert_allclose(np.linalg.norm(raw, axis=1), np.linalg.norm(expected, axis=1), rtol=1e-3)
    assert cosines(raw[[0]], expected[[1]])[0] < 0.9999, "the measure must be able to tell pictures apart"


@pytest.mark.parametrize("name", BOTH)
def test_a_saved_network_gives_the_same_numbers_without_this_program(name: str, tmp_path: Path) -> None:
    backbone = load_backbone(BOTH[name])
    assert isinstance(backbone, KerasBackbone)
    faces = pictures(BOTH[name].face.size)[3:6]
    backbone.network.save(tmp_path / "network.keras")
    np.save(tmp_path / "faces.npy", faces)
    script = (
        "import keras, numpy; network = keras.saving.load_model('network.keras', compile=False, safe_mode=True);"
        "numpy.save('answer.npy', network(numpy.load('faces.npy')))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    np.testing.assert_allclose(np.load(tmp_path / "answer.npy"), np.asarray(backbone.network(faces)), atol=1e-5)


@pytest.mark.parametrize("name", BOTH)
def test_a_face_does_not_depend_on_its_neighbours(name: str) -> None:
    backbone = load_backbone(BOTH[name])
    faces = pictures(BOTH[name].face.size)
    together = backbone.embed(np.concatenate([faces] * 4))  # more than one batch
    assert together.shape == (36, 128) and together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    for number in (0, 5, 8):
        alone = backbone.embed(faces[number : number + 1])[0]
        for copy in range(4):
            np.testing.assert_allclose(together[number + 9 * copy], alone, atol=1e-6)
    assert backbone.embed(faces[:0]).shape == (0, 128)


@pytest.mark.parametrize(
    ("name", "stages", "first", "count"),
    [
        ("sface", 1, "conv_13_dw", 5), ("sface", 2, "conv_7_dw", 17), ("sface", 4, "conv_3_dw", 25),
        ("dlib", 1, "block_14_conv_1", 3), ("dlib", 3, "block_8_conv_1", 15), ("dlib", 4, "block_4_conv_1", 23),
    ],
)  # fmt: skip
def test_the_last_stages_start_where_the_picture_is_halved(name: str, stages: int, first: str, count: int) -> None:
    backbone = load_backbone(BOTH[name])
    assert isinstance(backbone, KerasBackbone)
    names = [layer.name for layer in last_stages(backbone.network, stages)]
    assert (names[0], names[-1], len(names)) == (first, "embedding", count)


@pytest.mark.parametrize("name", BOTH)
def test_faces_of_another_kind_are_refused(name: str) -> None:
    settings = BOTH[name]
    for face in (replace(settings.face, alignment="box"), replace(settings.face, size=128)):
        with pytest.raises(SettingsError, match=rf"{name} needs faces aligned as \w+, {settings.face.size} px"):
            load_backbone(replace(settings, face=face))


def test_a_backbone_is_built_once() -> None:
    assert load_backbone(BOTH["dlib"]) is load_backbone(replace(BOTH["dlib"], seed=7))


def test_rows_become_one_long_and_zeros_stay() -> None:
    rows = np.array([[3, 4], [0, 0], [-2, 0]], np.float32)
    np.testing.assert_allclose(normalised(rows), [[0.6, 0.8], [0, 0], [-1, 0]])


def test_a_dense_layer_is_turned_to_row_column_channel() -> None:
    # Two channels of 2x2 pixels, one output; before it a scale of 10 and 100 and a shift of 1 and 2 for the channels.
    weight = np.array([[1, 2, 3, 4, 5, 6, 7, 8]], np.float32)
    given = (np.array([10, 100], np.float32), np.array([1, 2], np.float32))
    turned = _for_pixels_first(Layer("embedding", "dense", weight, np.array([0.5], np.float32)), given)
    np.testing.assert_allclose(turned.weight, [[10, 500, 20, 600, 30, 700, 40, 800]])
    np.testing.assert_allclose(turned.bias, [0.5 + 1 * 10 + 2 * 26])


def whole(value: int) -> bytes:
    raw = abs(value).to_bytes((abs(value).bit_length() + 7) // 8 or 1, "little")
    return bytes([len(raw) | (128 if value < 0 else 0)]) + raw


def text(value: str) -> bytes:
    return whole(len(value)) + value.encode()


def real(mantissa: int, exponent: int) -> bytes:
    return whole(mantissa) + whole(exponent)


EMPTY = b"".join(map(whole, (2, 0, 0, 0, 0)))
STATE = b"110" + 3 * EMPTY
START = whole(1) + text("loss_metric_2") + real(1, -1) + real(3, 0) + whole(2) + whole(3)
INPUT = text("input_rgb_image_sized") + real(245, -1) + real(-7, 1) + real(0, 11) + whole(150) + whole(300)
AFFINE = (
    text("affine_") + b"".join(map(whole, (2, 1, 2, 1, 1))) + np.array([1.5, -2], "<f4").tobytes()
    + 2 * b"".join(map(whole, (1, 1, 1, 1, 1))) + whole(0)
)  # fmt: skip


def test_a_file_of_dlib_is_read_by_its_rules() -> None:
    stored = read_dlib(START + INPUT + AFFINE + STATE + whole(1) + text("relu_") + STATE)
    assert [each.kind for each in stored] == ["input_rgb_image_sized", "affine_", "relu_"]
    assert stored[0].fields == (122.5, -14.0, 0.0, 150, 300)
    np.testing.assert_array_equal(stored[1].fields[0], [1.5, -2])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (START + INPUT + AFFINE, "the file ends"),
        (START + INPUT + text("con_9"), "'con_9' is not known"),
        (whole(1) + text("relu_"), "the loss is relu_"),
        (START + INPUT + text("affine_") + b"".join(map(whole, (7, 0, 0, 0, 0))), "version 7"),
    ],
)
def test_other_bytes_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_dlib(raw)
