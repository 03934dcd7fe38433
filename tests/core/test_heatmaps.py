"""Heat maps point at what a network really looks at: a mark that was planted, and nothing else, decides there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.explain import grad_cam, kind_for, occlusion, open_network, pixel_slopes
from core.explain.heatmaps import patches_of, side_by_side
from core.explain.opening import parts_of
from core.models import answering, build
from core.models.joined import head_alone, join
from core.models.logits import ask, compiled
from core.settings import ModelSettings, preset

SIDE = 40
MARK = (slice(4, 16), slice(24, 36))  # rows and columns: high up on the right
Faces = npt.NDArray[np.uint8]


def marked_faces(count: int, seed: int = 0) -> tuple[Faces, npt.NDArray[np.int32]]:
    """Return noise with a red or a green square in one place; the square is whose face it is."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count).astype(np.int32)
    faces = rng.integers(90, 160, (count, SIDE, SIDE, 3), dtype=np.uint8)
    for face, label in zip(faces, labels, strict=True):
        face[MARK] = (230, 20, 20) if label else (20, 230, 20)
    return faces, labels


def taught(settings: ModelSettings) -> Any:
    import keras

    network = build(settings, SIDE, 2, seed=3)
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    faces, labels = marked_faces(96)
    network.optimizer.learning_rate = 3e-3
    network.fit(faces, labels, batch_size=32, epochs=8, verbose=0)
    return network


def share_on_mark(heat: npt.NDArray[np.float32], margin: int = 4) -> float:
    rows, columns = (slice(max(each.start - margin, 0), each.stop + margin) for each in MARK)
    return float(heat[rows, columns].sum() / heat.sum())


SMALL = {
    "residual": replace(preset("residual").model, filters=(8, 16), dropout=0.0, trim=0),
    "cnn": replace(preset("cnn").model, filters=(8, 8), units=(16,), dropout=0.0),
}
AREA = 20 * 20 / SIDE**2  # share of the picture that `share_on_mark` looks at


@pytest.mark.parametrize("name", SMALL)
def test_grad_cam_points_at_the_mark(name: str) -> None:
    settings = replace(SMALL[name], colour="rgb", mirror_average=False)
    network = taught(settings)
    opened = open_network(network)
    assert opened is not None
    assert kind_for(network) == "grad_cam"
    faces, labels = marked_faces(8, seed=9)
    heats = [grad_cam(opened, face, int(label)) for face, label in zip(faces, labels, strict=True)]
    for heat in heats:
        assert heat.shape == (SIDE, SIDE) and heat.dtype == np.float32
        assert heat.min() >= 0 and heat.max() == pytest.approx(1)
    assert np.mean([share_on_mark(heat) for heat in heats]) > 1.5 * AREA
    pairs = zip(faces, labels, strict=True)
    asked = compiled(network)
    covered = [occlusion(lambda each: asked(each).logits, face, int(label)) for face, label in pairs]
    assert np.mean([share_on_mark(heat, margin=6) for heat in covered]) > 1.5 * AREA


def test_a_network_that_averages_with_the_mirror_image_is_explained_in_the_faces_own_pixels() -> None:
    settings = replace(SMALL["cnn"], colour="rgb", mirror_average=True)
    network = answering(taught(replace(settings, mirror_average=False)), settings)
    faces, labels = marked_faces(1, seed=9)
    opened = open_network(network)
    assert opened is not None
    own = grad_cam(opened, faces[0], int(labels[0]))
    mirrored = grad_cam(opened, np.ascontiguousarray(faces[0][:, ::-1]), int(labels[0]))
    np.testing.assert_allclose(mirrored, own[:, ::-1], atol=1e-3)


def test_the_heat_of_moved_views_lies_where_each_of_them_has_looked() -> None:
    """The map adds what every view shows, at its place; a view is a network of its own here, asked about its part alone."""
    settings = replace(SMALL["cnn"], colour="rgb", trim=4, shift_average=3, mirror_average=True)
    network = build(settings, SIDE, 3, seed=1)
    opened = open_network(answering(network, settings))
    assert opened is not None
    side = SIDE - 8
    assert opened.parts == ((4, 4, side), (1, 4, side), (7, 4, side), (4, 1, side), (4, 7, side))
    face = marked_faces(1, seed=9)[0][0]
    alone = build(replace(settings, trim=0), side, 3, seed=1)
    alone.set_weights(network.get_weights())
    by_hand = np.zeros((SIDE, SIDE), np.float32)
    for top, left, _ in opened.parts:
        part = np.ascontiguousarray(face[top : top + side, left : left + side])
        for turn in (slice(None), slice(None, None, -1)):
            looked = open_network(alone)
            assert looked is not None
            found = looked.slopes(np.ascontiguousarray(part[:, turn]), 1)
            heat = np.maximum((found.features * found.slopes).sum(axis=3), 0)[0]
            by_hand[top : top + side, left : left + side] += cv2.resize(heat[:, turn], (side, side))
    np.testing.assert_allclose(grad_cam(opened, face, 1), by_hand / by_hand.max(), atol=1e-3)


def test_a_network_of_an_earlier_version_is_explained_where_it_looks() -> None:
    """It left the middle of a face before it scaled the pixels."""
    import keras

    face = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="face")
    tensor = keras.layers.CenterCrop(SIDE - 12, SIDE - 12, name="trim")(face)
    tensor = keras.layers.Flatten(name="flat")(keras.layers.Rescaling(1 / 255, name="scaling")(tensor))
    network = keras.Model(face, keras.layers.Dense(3, name="logits")(tensor))
    assert parts_of(network) == ((6, 6, SIDE - 12),)
    heat = pixel_slopes(network, marked_faces(1)[0][0], 1)
    assert heat.shape == (SIDE, SIDE) and heat.max() == 1
    assert heat[6:-6, 6:-6].sum() == pytest.approx(heat.sum())


def test_a_network_without_convolutions_shows_the_slopes_of_pixels() -> None:
    """The network's one hidden unit adds up the pixels of the mark and no others."""
    network = build(replace(preset("dense").model, units=(1,), dropout=0.0, colour="rgb"), SIDE, 2, seed=3)
    weights = np.zeros((SIDE, SIDE, 3), np.float32)
    weights[MARK] = 1.0
    network.get_layer("dense_1").set_weights([weights.reshape(-1, 1), np.array([1000.0], np.float32)])
    face = marked_faces(1)[0][0]
    assert open_network(network) is None
    assert kind_for(network) == "slopes"
    heat = pixel_slopes(network, face, 1)
    assert heat.shape == (SIDE, SIDE)
    assert heat.max() == pytest.approx(1)
    assert share_on_mark(heat) > 2 * AREA


def test_a_trimmed_edge_stays_cold() -> None:
    network = build(replace(SMALL["cnn"], trim=6), SIDE, 3, seed=1)
    opened = open_network(network)
    assert opened is not None and opened.parts == ((6, 6, SIDE - 12),)
    heat = grad_cam(opened, marked_faces(1)[0][0], 1)
    assert heat.shape == (SIDE, SIDE)
    edge = heat.copy()
    edge[6:-6, 6:-6] = 0
    assert edge.max() == 0


@pytest.mark.parametrize("mirror", [False, True])
def test_a_joined_network_is_looked_into_by_its_exact_slopes(mirror: bool) -> None:
    """The map is the last layer here, so the slopes can be checked against a small change of one of its numbers."""
    import keras

    faces = keras.Input((16, 16, 3), dtype="uint8", name="face")
    tensor = keras.layers.Rescaling(1 / 255, name="scaling")(faces)
    tensor = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv_1")(tensor)
    backbone = keras.Model(faces, keras.layers.Dense(5, name="embedding")(keras.layers.Flatten(name="flat")(tensor)))
    rng = np.random.default_rng(2)
    kernel, bias = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    network = join(backbone, kernel, bias, mirror)
    opened = open_network(network)
    assert opened is not None and opened.mirrored == mirror
    face = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    found = opened.slopes(face, 1)
    assert found.features.shape == (2 if mirror else 1, 8, 8, 4)

    upper = keras.Model(backbone.get_layer("conv_1").output, backbone.output)

    def logit(features: npt.NDArray[np.float32]) -> float:
        vectors = np.asarray(upper(features), np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        direction = vectors.sum(axis=0) / np.linalg.norm(vectors.sum(axis=0))
        return float(direction @ kernel[:, 1] + bias[1])

    assert logit(found.features) == pytest.approx(float(ask(network, face[None]).logits[0, 1]), abs=1e-4)
    place = np.unravel_index(np.abs(found.slopes).argmax(), found.slopes.shape)
    higher, lower = found.features.copy(), found.features.copy()
    higher[place] += 1e-2
    lower[place] -= 1e-2
    assert (logit(higher) - logit(lower)) / 2e-2 == pytest.approx(float(found.slopes[place]), rel=0.02)


def test_occlusion_by_hand() -> None:
    """The logit is the mean of one quarter of the face: covering it is all that matters."""
    face = np.full((16, 16, 3), 100, np.uint8)
    face[:8, :8] = 200

    def ask_quarter(faces: Faces) -> npt.NDArray[np.float32]:
        return np.stack([np.zeros(len(faces)), faces[:, :8, :8].mean(axis=(1, 2, 3))], axis=1).astype(np.float32)

    heat = occlusion(ask_quarter, face, 1)
    assert heat[3, 3] == 1.0
    assert heat[12, 12] == 0 and heat[2, 13] == 0
    assert not occlusion(ask_quarter, face, 0).any()  # nothing lowers this logit


def test_only_parts_that_matter_are_looked_at_closely() -> None:
    face = np.full((112, 112, 3), 100, np.uint8)
    face[:28, :28] = 200
    asked = []

    def ask_corner(faces: Faces) -> npt.NDArray[np.float32]:
        asked.append(len(faces))
        return faces[:, :28, :28].mean(axis=(1, 2, 3))[:, None].astype(np.float32)

    heat = occlusion(ask_corner, face, 0)
    assert heat[:14, :14].min() == 1.0
    assert heat[14:28, 14:28].max() < 1.0, "half of what is covered there does not matter"
    assert not heat[60:].any()
    assert sum(asked) < len(patches_of(112))


@pytest.mark.parametrize("side", [1, 3, 16, 37, 112])
def test_patches_reach_every_pixel(side: int) -> None:
    patches = patches_of(side)
    every, first = np.zeros((side, side), int), np.zeros((side, side), int)
    for patch in patches.values():
        every[patch] += 1
    for cell in side_by_side(patches):
        first[patches[cell]] += 1
    assert every.min() >= 1
    assert first.min() >= 1


def test_a_head_alone_can_only_be_covered() -> None:
    network = head_alone(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    assert kind_for(network) == "occlusion"
