"""The residual network: its size, its arithmetic by plain numpy, the trimmed edge, and the averages over views of a face."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import SettingsError
from core.models import answering, build, compute_logits, load_network, save_network
from core.settings import ModelSettings, preset

SMALL = ModelSettings(architecture="residual", colour="rgb", filters=(4, 8), units=(8,), dropout=0.5)
Array = np.ndarray[Any, Any]


def faces(count: int, size: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def logits_of(network: Any, batch: Array) -> Array:
    return compute_logits(network, batch, np.arange(len(batch)))


def unsettle(network: Any) -> None:
    """Give every weight a value of its own, as after a training; variances stay positive."""
    rng = np.random.default_rng(1)
    network.set_weights([each + rng.uniform(0.1, 0.5, each.shape) for each in network.get_weights()])


def convolve(pixels: Array, kernel: Array, stride: int) -> Array:
    """Return the convolution whose padding keeps the side, or halves it: with stride 2 only the far edges are padded."""
    width, side = kernel.shape[0], pixels.shape[1] // stride
    before = (width - 1) // 2 if stride == 1 else 0
    padded = np.pad(pixels, ((0, 0), (before, width), (before, width), (0, 0)))
    answer = np.zeros((len(pixels), side, side, kernel.shape[-1]))
    for row in range(width):
        for column in range(width):
            seen = padded[:, row : row + side * stride : stride, column : column + side * stride : stride]
            answer += seen @ kernel[row, column]
    return answer


def layer(network: Any, pixels: Array, name: str, stride: int = 1) -> Array:
    """Return a convolution and its normalisation, computed with the weights of the layers of that name."""
    (kernel,) = network.get_layer(name).get_weights()
    gamma, beta, mean, variance = network.get_layer(f"{name}_norm").get_weights()
    return gamma * (convolve(pixels, kernel, stride) - mean) / np.sqrt(variance + 1e-3) + beta


def block(network: Any, pixels: Array, name: str, stride: int = 1) -> Array:
    change = np.maximum(layer(network, pixels, f"{name}_conv_1", stride), 0)
    shortcut = pixels if stride == 1 else layer(network, pixels, f"{name}_shortcut", stride)
    return np.maximum(shortcut + layer(network, change, f"{name}_conv_2"), 0)


def test_the_preset_sees_48_pixels_and_has_the_described_weights() -> None:
    chosen = preset("residual")
    network = build(chosen.model, 56, 40, seed=1)
    assert chosen.face.size == 56
    assert network.input_shape == (None, 56, 56, 3)
    assert [network.get_layer(f"stage_{stage}_block_1").output.shape[1:] for stage in (1, 2, 3, 4)] == [
        (24, 24, 32), (12, 12, 64), (6, 6, 128), (3, 3, 256)
    ]  # fmt: skip
    assert network.get_layer("embedding").output.shape == (None, 256)
    convolutions = 27 * 32 + 2 * 9 * 32 * 32
    channels = 32 + 2 * 32 + 256  # each with a factor, an offset, a mean and a variance
    for before, after in ((32, 64), (64, 128), (128, 256)):
        convolutions += 9 * before * after + 9 * after * after + before * after
        channels += 3 * after
    assert network.count_params() == convolutions + 3 * 3 * 256 * 256 + 4 * channels + 256 * 40 + 40


def test_it_computes_what_its_description_says() -> None:
    network, batch = build(SMALL, 16, 3, seed=1), faces(4, 16)
    unsettle(network)
    pixels = np.maximum(layer(network, batch / 255, "stem", stride=2), 0)
    pixels = block(network, block(network, pixels, "stage_1_block_1"), "stage_2_block_1", stride=2)
    (dense,) = network.get_layer("features").get_weights()
    gamma, beta, mean, variance = network.get_layer("features_norm").get_weights()
    features = gamma * (pixels.reshape(4, -1) @ dense - mean) / np.sqrt(variance + 1e-3) + beta
    kernel, bias = network.get_layer("logits").get_weights()
    np.testing.assert_allclose(logits_of(network, batch), features @ kernel + bias, rtol=1e-4)


def test_a_new_block_is_its_shortcut() -> None:
    import keras

    network, batch = build(SMALL, 16, 3, seed=1), faces(4, 16)
    outputs = [network.get_layer(name).output for name in ("stem_relu", "stage_1_block_1")]
    before, after = keras.Model(network.input, outputs)(batch, training=True)
    np.testing.assert_array_equal(before, after)
    assert np.asarray(before).std() > 0.1


def test_first_weights_have_the_spread_that_keeps_signals_alive() -> None:
    (kernel,) = build(preset("residual").model, 56, 3, seed=1).get_layer("stage_4_block_1_conv_2").get_weights()
    assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * 256)), rel=0.01)


def test_one_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = (build(SMALL, 16, 3, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(logits_of(first, faces(2, 16)), logits_of(again, faces(2, 16)))
    for name in ("stem", "stage_1_block_1_conv_1", "stage_2_block_1_shortcut", "logits"):
        assert (first.get_layer(name).get_weights()[0] != other.get_layer(name).get_weights()[0]).any()


def test_averages_over_batches_follow_within_a_few_steps() -> None:
    network, batch = build(SMALL, 16, 3, seed=1), faces(8, 16)
    for _ in range(40):
        network(batch, training=True)
    after = network.get_layer("stem_norm").get_weights()[2]
    means = convolve(batch / 255, network.get_layer("stem").get_weights()[0], 2).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(after, means * (1 - 0.9**40), rtol=1e-3, atol=1e-5)


def test_dropout_works_in_training_only() -> None:
    network, batch = build(SMALL, 16, 3, seed=1), faces(2, 16)
    np.testing.assert_array_equal(network(batch, training=False), network(batch, training=False))
    assert (np.asarray(network(batch, training=True)) != np.asarray(network(batch, training=True))).any()


def test_a_gray_residual_network_has_one_channel() -> None:
    network = build(dataclasses.replace(SMALL, colour="gray", normalisation="face"), 16, 3, seed=1)
    assert network.get_layer("stem").get_weights()[0].shape == (3, 3, 1, 4)
    assert logits_of(network, faces(2, 16)).shape == (2, 3)


def test_faces_too_small_for_the_stages_are_refused_with_a_remedy() -> None:
    build(dataclasses.replace(SMALL, filters=(4,) * 4), 32, 3, seed=1)
    with pytest.raises(SettingsError, match="5 stages") as caught:
        build(dataclasses.replace(SMALL, filters=(4,) * 5), 32, 3, seed=1)
    assert "larger face size" in caught.value.remedy
    with pytest.raises(SettingsError, match="4 stages"):
        build(dataclasses.replace(SMALL, filters=(4,) * 4, trim=4), 36, 3, seed=1)


@pytest.mark.parametrize("architecture", ["residual", "cnn", "dense"])
def test_trimming_is_cropping(architecture: str) -> None:
    settings = dataclasses.replace(SMALL, architecture=architecture, normalisation="face")
    trimmed = build(dataclasses.replace(settings, trim=3), 22, 5, seed=1)
    assert trimmed.input_shape == (None, 22, 22, 3)
    batch = faces(4, 22)
    by_hand = logits_of(build(settings, 16, 5, seed=1), batch[:, 3:-3, 3:-3])
    np.testing.assert_allclose(logits_of(trimmed, batch), by_hand, atol=1e-6)


def test_trimming_has_to_leave_a_face() -> None:
    with pytest.raises(SettingsError, match="leaves 14 px of a face of 32 px"):
        build(dataclasses.replace(SMALL, trim=9), 32, 3, seed=1)
    with pytest.raises(SettingsError, match="leaves 0 px"):
        build(dataclasses.replace(SMALL, trim=32), 32, 3, seed=1)


@pytest.mark.parametrize("architecture", ["residual", "cnn", "dense"])
@pytest.mark.parametrize("colour", ["rgb", "gray"])
def test_the_average_is_the_mean_over_the_face_and_its_mirror_image(architecture: str, colour: str, tmp_path: Path) -> None:
    settings = dataclasses.replace(SMALL, architecture=architecture, colour=colour, trim=2, mirror_average=True)
    network, batch = build(settings, 24, 5, seed=1), faces(3, 24)
    unsettle(network)
    plain, mirrored = logits_of(network, batch), logits_of(network, batch[:, :, ::-1])
    scale = np.abs(plain).max()
    assert np.abs(plain - mirrored).max() > 1e-3 * scale
    twin = answering(network, settings)
    save_network(twin, tmp_path / "model.keras")
    for averaging in (twin, load_network(tmp_path / "model.keras")):
        assert (averaging.inputs[0].name, averaging.inputs[0].dtype, averaging.output_names) == ("face", "uint8", ["logits"])
        np.testing.assert_allclose(logits_of(averaging, batch), (plain + mirrored) / 2, atol=1e-5 * scale)
        np.testing.assert_allclose(logits_of(averaging, batch[1:2]), (plain + mirrored)[1:2] / 2, atol=1e-5 * scale)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("shift", "far"), [(1, 1), (3, 3), (9, 3)])
def test_the_average_is_the_mean_over_the_face_moved_in_four_directions(
    shift: int, far: int, mirrored: bool, tmp_path: Path
) -> None:
    """By hand: each view is cut out and asked about alone; no shift leads past the trimmed edge."""
    settings = dataclasses.replace(SMALL, normalisation="face", trim=3, shift_average=shift, mirror_average=mirrored)
    network, batch = build(settings, 24, 5, seed=1), faces(3, 24)
    unsettle(network)
    alone = build(dataclasses.replace(settings, trim=0), 18, 5, seed=1)
    alone.set_weights(network.get_weights())
    corners = [(3, 3), (3 - far, 3), (3 + far, 3), (3, 3 - far), (3, 3 + far)]
    cut = [batch[:, top : top + 18, left : left + 18] for top, left in corners]
    views = [logits_of(alone, each) for each in cut + ([each[:, :, ::-1] for each in cut] if mirrored else [])]
    scale = np.abs(views[0]).max()
    assert all(np.abs(each - views[0]).max() > 1e-3 * scale for each in views[1:])
    save_network(answering(network, settings), tmp_path / "model.keras")
    found = logits_of(load_network(tmp_path / "model.keras"), batch)
    np.testing.assert_allclose(found, np.mean(views, axis=0), atol=1e-5 * scale)


def test_without_a_trimmed_edge_a_face_is_not_moved() -> None:
    settings = dataclasses.replace(SMALL, shift_average=4)
    network = build(settings, 16, 3, seed=1)
    assert answering(network, settings) is network


def test_a_face_and_its_mirror_image_have_one_embedding() -> None:
    import keras

    settings = dataclasses.replace(SMALL, mirror_average=True)
    network, batch = build(settings, 16, 3, seed=1), faces(3, 16)

    def embed(model: Any, pixels: Array) -> Array:
        return np.asarray(keras.Model(model.input, model.get_layer("embedding").output)(pixels, training=False))

    twin = answering(network, settings)
    by_hand = (embed(network, batch) + embed(network, batch[:, :, ::-1])) / 2
    np.testing.assert_allclose(embed(twin, batch), by_hand, atol=1e-5)
    np.testing.assert_allclose(embed(twin, batch[:, :, ::-1]), by_hand, atol=1e-5)


def test_the_twin_keeps_its_weights_while_the_network_learns_on() -> None:
    settings = dataclasses.replace(SMALL, mirror_average=True)
    network, batch = build(settings, 16, 3, seed=1), faces(3, 16)
    twin = answering(network, settings)
    before = logits_of(twin, batch)
    unsettle(network)
    np.testing.assert_array_equal(logits_of(twin, batch), before)


def test_without_the_average_the_network_answers_itself() -> None:
    network = build(SMALL, 16, 3, seed=1)
    assert answering(network, SMALL) is network
