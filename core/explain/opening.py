"""Looking into a network: what it has made of a face half way, and how the logits follow from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Faces = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

FEWEST_PLACES = 7  # side of a feature map below which nobody could tell the eyes from the mouth in it


@dataclass(frozen=True, eq=False)
class Slopes:
    """What a network has made of one face, and how a person's logit would follow a change of it.

    Attributes:
        features: float32 (V, H, W, D), a feature map of each view: of all parts of the face that the network looks at, in the
            order of `parts`, then of the mirror image of each where it averages with them.
        slopes: float32 (V, H, W, D), the derivative of the logit by each of its numbers.
    """

    features: Floats
    slopes: Floats


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """A network taken apart in two.

    Attributes:
        lower: keras.Model from "face", uint8 (B, S, S, 3), to the map, float32 (V * B, H, W, D).
        upper: keras.Model from the map to the logits or, of an embedding, to its vectors before they get length 1.
        head: (kernel float32 (D, C), bias float32 (C,)) that turns vectors into logits; None where `upper` ends in logits.
        mirrored: Whether `head` takes the mean direction of the face's vector and its mirror image's.
        parts: See `parts_of`.
    """

    lower: Any
    upper: Any
    head: tuple[Floats, Floats] | None
    mirrored: bool
    parts: tuple[tuple[int, int, int], ...]

    def slopes(self, face: Faces, person: int) -> Slopes:
        """Return how the logit of `person` follows the map, for one face uint8 (S, S, 3) RGB."""
        import tensorflow as tf

        faces = np.stack([face, face[:, ::-1]]) if self.head is not None and self.mirrored else face[None]
        features = self.lower(tf.constant(faces), training=False)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(features)
            rest = self.upper(features, training=False)
            logit = rest[0, person] if self.head is None else self._logit(rest, person)
        return Slopes(np.asarray(features, np.float32), np.asarray(tape.gradient(logit, features), np.float32))

    def _logit(self, vectors: Any, person: int) -> Any:
        """Return the logit that the head gives to vectors (1 or 2, D): of the face, and of its mirror image."""
        import tensorflow as tf

        assert self.head is not None
        kernel, bias = self.head
        direction = tf.linalg.l2_normalize(tf.reduce_sum(tf.linalg.l2_normalize(vectors, axis=1), axis=0))
        return tf.tensordot(direction, tf.constant(kernel[:, person]), 1) + float(bias[person])


def open_network(network: Any) -> OpenedNetwork | None:
    """Take a network apart at its last feature map that still tells places apart; None where it has no convolution.

    Args:
        network: As `core.models.build`, `answering` or `core.models.joined.join` makes it.
    """
    joined = isinstance(network.output, dict)
    inner = _backbone(network) if joined else network
    if inner is None:
        return None
    halves = _cut_in_two(inner)
    if halves is None:
        return None
    head = tuple(np.asarray(each) for each in network.get_layer("logits").get_weights()) if joined else None
    mirrored = joined and any(each.name == "mirrored_unit" for each in network.layers)
    return OpenedNetwork(*halves, head, mirrored, parts_of(network))  # type: ignore[arg-type]


def slopes_of_pixels(network: Any, face: Faces, person: int) -> Floats:
    """Return float32 (S, S, 3): how the logit of `person` follows each pixel, scaled to 0..1.

    A network of an earlier version trims before it scales; float32 (T, T, 3) of it are what it left of the face.

    Args:
        network: As `core.models.build` or `answering` makes it.
        face: uint8 (S, S, 3) RGB.
        person: Whose logit.
    """
    import keras
    import tensorflow as tf

    middle = network.get_layer("scaling").output
    scaled = keras.Model(network.inputs[0], middle)(tf.constant(face[None]), training=False)
    upper = keras.Model(middle, network.output)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(scaled)
        logit = upper(scaled, training=False)[0, person]
    return np.asarray(tape.gradient(logit, scaled)[0], np.float32)


def parts_of(network: Any) -> tuple[tuple[int, int, int], ...]:
    """Return the parts of a face that `network` looks at, the middle first: the px above and left of each, and its side."""
    whole = network.inputs[0].shape[1]
    trims = sorted((layer for layer in network.layers if layer.name.startswith("trim")), key=lambda each: each.name)
    parts = [_part(layer, whole) for layer in trims]
    return tuple(parts) or ((0, 0, whole),)


def _part(layer: Any, whole: int) -> tuple[int, int, int]:
    side = layer.output.shape[1]
    if not hasattr(layer, "cropping"):  # of an earlier version: it leaves the middle
        return (whole - side) // 2, (whole - side) // 2, side
    (top, _), (left, _) = layer.cropping
    return top, left, side


def looks_at_pixels(network: Any) -> bool:
    """Whether a network is asked about faces; the head of an embedding outside Keras is asked about vectors."""
    return len(network.inputs[0].shape) == 4


def _backbone(network: Any) -> Any:
    """Return the pretrained network inside a joined one; None where it runs outside Keras."""
    return next((layer for layer in network.layers if hasattr(layer, "layers")), None)


def _cut_in_two(network: Any) -> tuple[Any, Any] | None:
    """Return `network` up to its last large map and from there on; None where it has no convolution."""
    import keras

    for tensor in _maps_from_the_end(network):
        try:
            upper = keras.Model(tensor, network.output)
        except ValueError:  # a shortcut leads around this map: what follows does not depend on it alone
            continue
        return keras.Model(network.inputs[0], tensor), upper
    return None


def _maps_from_the_end(network: Any) -> list[Any]:
    """Return what the convolutions have made, the last first; maps with fewer than 7 x 7 places come after all others."""
    spatial = [layer for layer in network.layers if _is_map(layer)]
    first = next((place for place, layer in enumerate(spatial) if "Conv" in type(layer).__name__), len(spatial))
    maps = [layer.output for layer in reversed(spatial[first:])]
    return sorted(maps, key=lambda each: min(each.shape[1:3]) < FEWEST_PLACES)


def _is_map(layer: Any) -> bool:
    shape = getattr(getattr(layer, "output", None), "shape", ())
    return len(shape) == 4 and type(layer).__name__ != "InputLayer"
