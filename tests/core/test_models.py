"""The networks that learn from scratch: shapes, arithmetic, and that a saved one loads where this program is not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelError, SettingsError
from core.models import answering, build, compute_logits, load_network, save_network, softmax
from core.settings import ModelSettings, preset

SMALL = ModelSettings(architecture="dense", colour="gray", units=(8, 4), dropout=0.5)


def faces(count: int, size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def weights(network: Any, name: str) -> list[np.ndarray]:
    return [np.asarray(each) for each in network.get_layer(name).get_weights()]


def test_the_cnn_is_the_notebooks_network() -> None:
    network = build(preset("cnn").model, preset("cnn").face.size, 40, seed=1)
    assert network.input_shape == (None, 128, 128, 3)
    convolutions = [network.get_layer(f"conv_{number}") for number in (1, 2, 3)]
    assert [(each.filters, each.kernel_size) for each in convolutions] == [(32, (3, 3)), (64, (3, 3)), (64, (3, 3))]
    assert [type(each).__name__ for each in network.layers].count("MaxPooling2D") == 2
    assert network.count_params() == 896 + 18_496 + 36_928 + (28 * 28 * 64 * 64 + 64) + (64 * 40 + 40)


def test_the_dense_network_is_the_notebooks_network() -> None:
    network = build(preset("dense").model, preset("dense").face.size, 105, seed=1)
    assert network.input_shape == (None, 100, 100, 3)
    assert network.count_params() == 5_120_512 + 131_328 + 32_896 + (128 * 105 + 105)
    assert [type(each).__name__ for each in network.layers].count("Dropout") == 3


@pytest.mark.parametrize("architecture", ["residual", "cnn", "dense"])
def test_faces_go_in_as_whole_numbers_and_logits_come_out(architecture: str) -> None:
    network = build(ModelSettings(architecture=architecture, units=(8,), filters=(4, 4)), 32, 5, seed=1)
    assert network.inputs[0].name == "face"
    assert network.inputs[0].dtype == "uint8"
    assert network.output_names == ["logits"]
    assert network.layers[-1].activation.__name__ == "linear"
    assert network(faces(3, 32), training=False).shape == (3, 5)


def test_the_dense_network_computes_what_its_description_says() -> None:
    network, batch = build(SMALL, 6, 3, seed=1), faces(4, 6)
    gray = (batch / 255) @ [0.2989, 0.5870, 0.1140]
    features = gray.reshape(4, 36)
    for name in ("dense_1", "dense_2"):
        kernel, bias = weights(network, name)
        features = np.maximum(features @ kernel + bias, 0)
    kernel, bias = weights(network, "logits")
    np.testing.assert_allclose(compute_logits(network, batch, np.arange(4)), features @ kernel + bias, atol=1e-5)


@pytest.mark.parametrize("colour", ["rgb", "gray"])
def test_face_normalisation_takes_brightness_and_contrast_away(colour: str) -> None:
    network = build(ModelSettings(architecture="dense", colour=colour, normalisation="face", units=(8,)), 16, 3, seed=1)
    face = 2 * np.random.default_rng(0).integers(20, 84, (1, 16, 16, 3), dtype=np.uint8)
    changed = (face * 1.5 - 20).astype(np.uint8)  # 40..166 becomes 40..229: brighter, more contrast, nothing clipped
    both = compute_logits(network, np.concatenate([face, changed]), np.arange(2))
    np.testing.assert_allclose(both[0], both[1], atol=0.01)
    plain = build(ModelSettings(architecture="dense", colour=colour, units=(8,)), 16, 3, seed=1)
    unlike = compute_logits(plain, np.concatenate([face, changed]), np.arange(2))
    assert np.abs(unlike[0] - unlike[1]).max() > 5 * np.abs(both[0] - both[1]).max()
    assert not network.get_layer("standardisation").weights


def test_a_gray_network_sees_no_colour_and_a_colour_network_does() -> None:
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    blue = red[..., ::-1]
    gray_of = {each: np.full((1, 32, 32, 3), round(200 * weight), np.uint8) for each, weight in ((0, 0.2989), (2, 0.114))}
    gray = build(ModelSettings(architecture="cnn", colour="gray", units=(8,), filters=(4, 4)), 32, 3, seed=1)
    answers = compute_logits(gray, np.concatenate([red, gray_of[0], blue, gray_of[2]]), np.arange(4))
    np.testing.assert_allclose(answers[0], answers[1], atol=0.01)
    np.testing.assert_allclose(answers[2], answers[3], atol=0.01)
    colour = build(ModelSettings(architecture="cnn", colour="rgb", units=(8,), filters=(4, 4)), 32, 3, seed=1)
    assert colour.get_layer("conv_1").get_weights()[0].shape == (3, 3, 3, 4)


def test_one_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = (build(SMALL, 8, 3, seed) for seed in (1, 1, 2))
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (weights(first, "dense_1")[0] != weights(other, "dense_1")[0]).any()


def test_dropout_works_in_training_only() -> None:
    network, batch = build(SMALL, 8, 3, seed=1), faces(2, 8)
    np.testing.assert_array_equal(network(batch, training=False), network(batch, training=False))
    assert (np.asarray(network(batch, training=True)) != np.asarray(network(batch, training=True))).any()


def test_too_many_convolutions_are_refused_with_a_remedy() -> None:
    with pytest.raises(SettingsError, match="larger face size"):
        build(ModelSettings(architecture="cnn", filters=(4,) * 6), 32, 3, seed=1)


def test_logits_do_not_depend_on_the_batch_and_follow_the_rows() -> None:
    network, batch = build(SMALL, 8, 3, seed=1), faces(7, 8)
    together = compute_logits(network, batch, np.arange(7), batch=7)
    rows = np.array([6, 0, 3])
    np.testing.assert_allclose(compute_logits(network, batch, rows, batch=2), together[rows], atol=1e-6)
    assert compute_logits(network, batch, np.arange(0)).shape == (0, 3)


def test_softmax_by_hand_and_with_large_logits() -> None:
    logits = np.array([[0, np.log(3), np.log(4)], [1000, 1000, 1000], [-1000, 0, -1000]], np.float32)
    np.testing.assert_allclose(softmax(logits), [[1 / 8, 3 / 8, 4 / 8], [1 / 3, 1 / 3, 1 / 3], [0, 1, 0]], atol=1e-7)


def test_saved_networks_load_in_safe_mode_where_this_program_cannot_be_imported(tmp_path: Path) -> None:
    options: dict[str, Any] = {"colour": "gray", "normalisation": "face", "units": (8,), "filters": (4, 4)}
    networks = {}
    for kind in ("residual", "cnn", "dense"):
        settings = ModelSettings(architecture=kind, **options, trim=2, mirror_average=kind != "dense")
        networks[kind] = answering(build(settings, 32, 3, seed=1), settings)
    for kind, network in networks.items():
        save_network(network, tmp_path / f"{kind}.keras")
    np.save(tmp_path / "faces.npy", faces(4, 32))
    script = """
import importlib.util, keras, numpy
assert importlib.util.find_spec("core") is None
for kind in ("residual", "cnn", "dense"):
    network = keras.saving.load_model(f"{kind}.keras", safe_mode=True)
    assert not any("Random" in type(layer).__name__ for layer in network.layers)
    numpy.save(f"{kind}.npy", network(numpy.load("faces.npy"), training=False))
"""
    subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    for kind, network in networks.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{kind}.npy"), network(faces(4, 32), training=False), atol=1e-6)


def test_saving_replaces_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"old")
    network = build(SMALL, 8, 3, seed=1)
    save_network(network, path)
    assert [each.name for each in tmp_path.iterdir()] == ["model.keras"]
    np.testing.assert_array_equal(load_network(path)(faces(2, 8), training=False), network(faces(2, 8), training=False))


def test_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    good = tmp_path / "good.keras"
    save_network(build(SMALL, 8, 3, seed=1), good)
    raw = good.read_bytes()
    for number, data in enumerate(
        (b"", b"not a network", raw[: len(raw) // 2], raw[:-30], raw[:4000] + bytes(3000) + raw[7000:])
    ):
        path = tmp_path / f"bad_{number}.keras"
        path.write_bytes(data)
        with pytest.raises(ModelError, match=path.name):
            load_network(path)


def test_missing_old_and_foreign_files_are_refused(tmp_path: Path) -> None:
    import keras

    with pytest.raises(ModelError, match="no saved network"):
        load_network(tmp_path / "missing.keras")
    (tmp_path / "old.h5").write_bytes(b"x")
    with pytest.raises(ModelError, match="no saved network"):
        load_network(tmp_path / "old.h5")
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    other.save(tmp_path / "other.keras")
    with pytest.raises(ModelError, match="not one from faces"):
        load_network(tmp_path / "other.keras")
    with zipfile.ZipFile(tmp_path / "zip.keras", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelError, match=r"zip\.keras"):
        load_network(tmp_path / "zip.keras")


def test_a_file_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((8, 8, 3), dtype="uint8")
    code = keras.layers.Lambda(lambda each: keras.ops.sum(each, axis=(1, 2)), output_shape=(3,))
    keras.Model(inputs, code(inputs)).save(tmp_path / "code.keras")
    with pytest.raises(ModelError, match=r"code\.keras"):
        load_network(tmp_path / "code.keras")
