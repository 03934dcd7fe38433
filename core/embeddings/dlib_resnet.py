"""dlib's face network as a Keras network: a residual network with 29 convolutions, several times faster than SFace.

Source: King, "dlib_face_recognition_resnet_model_v1" (dlib-models, CC0) after He et al., "Deep Residual Learning for Image
Recognition" (2015); the graph is `anet_type` in dlib's examples/dnn_face_recognition_ex.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from core.embeddings.dlib_file import DlibLayer, read_dlib
from core.embeddings.weights import find_weights

DIMENSION = 128
_PIXEL_SCALE = 1 / 256  # dlib subtracts the mean colour and divides by this

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Convolution:
    """A convolution with the scale and shift that follow it already multiplied in.

    Attributes:
        kernel: float32 (height, width, in, out).
        bias: float32 (out,).
        stride: In pixels; dlib pads with zeros only where it is 1.
    """

    kernel: Array
    bias: Array
    stride: int


def build_dlib() -> Any:
    """Build the network with its weights.

    Returns:
        A keras.Model from "face", uint8 (B, 150, 150, 3) RGB 0..255, aligned to dlib's template, to "embedding", float32
        (B, 128), not normalised.

    Raises:
        ModelError: the weights are missing or not the expected ones.
    """
    import keras

    stored = read_dlib(find_weights("dlib").read_bytes())
    *mean, height, width = stored[0].fields
    first, *rest = read_convolutions(stored)
    faces = keras.Input((height, width, 3), dtype="uint8", name="face")
    offset = [-each * _PIXEL_SCALE for each in mean]
    tensor = keras.layers.Rescaling(_PIXEL_SCALE, offset=offset, name="scaling")(faces)
    tensor = _convolve(tensor, first, "conv_1", relu=True)  # (B, 150, 150, 3) -> (B, 72, 72, 32)
    tensor = keras.layers.MaxPooling2D(3, 2, name="pool_1")(tensor)  # -> (B, 35, 35, 32)
    for number, pair in enumerate(zip(rest[::2], rest[1::2], strict=True), start=1):
        tensor = _residual(tensor, pair, f"block_{number}")  # ends at (B, 2, 2, 256)
    tensor = keras.layers.GlobalAveragePooling2D(name="average")(tensor)  # -> (B, 256)
    dense = keras.layers.Dense(DIMENSION, use_bias=False, name="embedding")
    answer = dense(tensor)
    dense.set_weights([stored[-1].fields[2].reshape(-1, DIMENSION)])
    return keras.Model(faces, answer, name="dlib")


def read_convolutions(stored: Sequence[DlibLayer]) -> list[Convolution]:
    """Return the convolutions in order; each is followed by its affine layer."""
    pairs = [(one, two) for one, two in pairwise(stored) if one.kind == "con_4"]
    return [_folded(convolution, affine) for convolution, affine in pairs]


def _folded(convolution: DlibLayer, affine: DlibLayer) -> Convolution:
    if affine.kind != "affine_":
        raise ValueError(f"a convolution is followed by {affine.kind}, not by affine_")
    numbers, outputs, height, width, stride = convolution.fields[:5]
    scale, shift = affine.fields[0].reshape(2, outputs)
    kernel = numbers[:-outputs].reshape(outputs, -1, height, width) * scale[:, None, None, None]
    return Convolution(kernel.transpose(2, 3, 1, 0), numbers[-outputs:] * scale + shift, stride)


def _residual(tensor: Any, pair: tuple[Convolution, Convolution], name: str) -> Any:
    """Add two convolutions and the shortcut around them, with ReLU after the sum."""
    from keras import layers

    changed = _convolve(_convolve(tensor, pair[0], f"{name}_conv_1", relu=True), pair[1], f"{name}_conv_2")
    if pair[0].stride > 1:
        tensor = layers.AveragePooling2D(2, 2, name=f"{name}_pool")(tensor)
    both = layers.Add(name=f"{name}_sum")(_padded_alike(tensor, changed, name))
    return layers.ReLU(name=name)(both)


def _padded_alike(shortcut: Any, changed: Any, name: str) -> list[Any]:
    """Give both the larger of their sizes, as dlib does: with zeros below, on the right, and in further channels."""
    import keras

    more = changed.shape[3] - shortcut.shape[3]
    if more:
        shortcut = keras.ops.pad(shortcut, ((0, 0), (0, 0), (0, 0), (0, more)))
    rows = shortcut.shape[1] - changed.shape[1]  # the pool keeps a last odd row that the convolution has left out
    if rows:
        changed = keras.layers.ZeroPadding2D(((0, rows), (0, rows)), name=f"{name}_padding")(changed)
    return [shortcut, changed]


def _convolve(tensor: Any, convolution: Convolution, name: str, relu: bool = False) -> Any:
    from keras import layers

    height, width, _, outputs = convolution.kernel.shape
    stride = convolution.stride
    own = layers.Conv2D(
        outputs,
        (height, width),
        strides=stride,
        padding="same" if stride == 1 else "valid",
        activation="relu" if relu else None,
        name=name,
    )
    answer = own(tensor)
    own.set_weights([convolution.kernel, convolution.bias])
    return answer
