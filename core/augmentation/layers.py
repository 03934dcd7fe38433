"""Random changes that Keras does not have, or does otherwise than a face needs; each face draws its own strength.

They sit in front of a network while it learns and are in no saved file, so they need not be Keras's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

RANGE = (0.0, 255.0)
# A blur wider than this many standard deviations on either side differs by less than a gray level.
REACH = 3
BEST_QUALITY = 100  # of a JPEG; the scale is that of libjpeg, 1..100


class RandomChange(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A change of faces, float32 (B, S, S, C) 0..255 to the same, that is made in training only.

    Attributes:
        generator: Where its random numbers come from.
    """

    def __init__(self, strength: float, seed: int, name: str) -> None:
        """Keep the largest strength and the seed."""
        super().__init__(name=name)
        self.strength = strength
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, faces: Any, training: bool = False) -> Any:
        """Return the changed faces, or the same ones outside training."""
        return self.change(faces) if training else faces

    def change(self, faces: Any) -> Any:
        """Return the changed faces."""
        raise NotImplementedError

    def draw(self, faces: Any, low: float, high: float) -> Any:
        """Return a number for each face, float32 (B,)."""
        return keras.random.uniform((keras.ops.shape(faces)[0],), low, high, seed=self.generator)

    def compute_output_shape(self, shape: Any) -> Any:
        """Return the shape of what goes in."""
        return shape


class RandomShear(RandomChange):
    """Slants faces about their middle, by up to `strength` of a side between top and bottom.

    Keras's layer of this name slants about a corner, which moves the face out of its place as well.
    """

    def change(self, faces: Any) -> Any:
        """Return slanted faces; what comes in from outside repeats the edge."""
        ops = keras.ops
        slant = self.draw(faces, -self.strength, self.strength)
        middle = (faces.shape[1] - 1) / 2 if faces.shape[1] else (ops.cast(ops.shape(faces)[1], "float32") - 1) / 2
        one, zero = ops.ones_like(slant), ops.zeros_like(slant)
        moves = ops.stack([one, slant, -slant * middle, zero, one, zero, zero, zero], axis=1)  # x' = x + slant * (y - middle)
        return ops.image.affine_transform(faces, moves, interpolation="bilinear", fill_mode="nearest")


class RandomBlur(RandomChange):
    """Makes faces soft: a mixture of the face and its blurred twin, whose Gaussian is `strength` of a side wide.

    Keras's `RandomGaussianBlur` draws one width for the whole batch, and none above one pixel.
    """

    def change(self, faces: Any) -> Any:
        """Return softened faces; the edge's pixels go on outwards."""
        ops = keras.ops
        if faces.shape[1] is None:
            raise ValueError("a blur needs to know the size of the faces")
        kernel = gaussian(self.strength * faces.shape[1])
        reach, channels = len(kernel) // 2, faces.shape[-1]
        pixels = ops.pad(faces, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "symmetric")
        for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):  # down, then across
            weights = np.tile(kernel.reshape(shape), (1, 1, channels, 1))
            pixels = ops.depthwise_conv(pixels, weights)
        share = ops.reshape(self.draw(faces, 0, 1), (-1, 1, 1, 1))
        return faces + share * (pixels - faces)


def gaussian(sigma: float) -> np.ndarray:
    """Return the weights of a Gaussian of this width in pixels: float32 (2 * n + 1,), sum 1."""
    reach = max(1, round(REACH * sigma))
    places = np.arange(-reach, reach + 1) / sigma
    weights = np.exp(-(places**2) / 2)
    return np.asarray(weights / weights.sum(), np.float32)


class RandomNoise(RandomChange):
    """Adds grain, as a sensor does in poor light: normal noise whose deviation is up to `strength` of the full range."""

    def change(self, faces: Any) -> Any:
        """Return grainy faces within 0..255."""
        ops = keras.ops
        deviation = ops.reshape(self.draw(faces, 0, self.strength * RANGE[1]), (-1, 1, 1, 1))
        grain = keras.random.normal(ops.shape(faces), seed=self.generator)
        return ops.clip(faces + deviation * grain, *RANGE)


class RandomJpeg(RandomChange):
    """Saves and opens faces as JPEGs, of a quality down to 100 * (1 - `strength`)."""

    def change(self, faces: Any) -> Any:
        """Return faces with a JPEG's blocks."""
        import tensorflow as tf

        worst = BEST_QUALITY * (1 - self.strength)
        qualities = keras.ops.cast(keras.ops.round(self.draw(faces, worst, BEST_QUALITY)), "int32")
        whole = keras.ops.cast(keras.ops.clip(keras.ops.round(faces), *RANGE), "uint8")
        # The file's own steps lie in JPEGs of eight bits; only single pictures can be saved.
        save: Callable[[Any], Any] = lambda one: tf.image.adjust_jpeg_quality(one[0], one[1])  # noqa: E731
        saved = keras.ops.cast(tf.map_fn(save, (whole, qualities), fn_output_signature=tf.uint8), "float32")
        return tf.ensure_shape(saved, faces.shape)  # the pictures' size is lost on the way, and later layers need it
