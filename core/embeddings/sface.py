"""SFace as a Keras network: the weights are read from the ONNX file, so one graph can hold face, embedding and head.

Source: Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition" (arXiv 2205.12010); a
MobileNet with PReLU, weights of the OpenCV Zoo (Apache-2.0), 8-bit numbers with a scale for each block of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.embeddings.weights import find_weights

SIZE = 112
DIMENSION = 128

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """One layer with weights as the file has it; a batch normalisation is already multiplied into its neighbours.

    Attributes:
        kind: "conv", "depthwise", "prelu" or "dense".
        weight: float32, the layout of ONNX: (out, in, height, width), (channels, 1, 1) or (out, in).
        bias: float32 (out,); empty for "prelu".
        stride: Of a convolution.
    """

    name: str
    kind: str
    weight: Array
    bias: Array
    stride: int = 1


def build_sface() -> Any:
    """Build the network with its weights.

    Returns:
        A keras.Model from "face", uint8 (B, 112, 112, 3) RGB 0..255, aligned to the ArcFace template, to "embedding",
        float32 (B, 128), not normalised; compare by cosine.

    Raises:
        ModelError: the weights are missing or not the expected ones.
    """
    import keras
    import onnx

    graph = onnx.load(find_weights("sface")).graph
    values = constants(graph)
    faces = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="face")
    middle, spread = float(values["scalar_op1"].item()), float(values["scalar_op2"].item())
    tensor = keras.layers.Rescaling(spread, offset=-middle * spread, name="scaling")(faces)
    for layer in gentle(list(read_layers(graph, values))):
        tensor = _add(layer, tensor)
    return keras.Model(faces, tensor, name="sface")


def constants(graph: Any) -> dict[str, Array]:
    """Return every tensor of the file by name, with blocks of 8-bit numbers turned into real ones."""
    from onnx import helper, numpy_helper

    values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        given = [values[name] for name in node.input if name in values]
        if node.op_type == "DequantizeLinear":
            about = {each.name: helper.get_attribute_value(each) for each in node.attribute}
            numbers, scales, zeros = given
            values[node.output[0]] = _dequantised(numbers, scales, zeros, about["axis"], about["block_size"])
        elif node.op_type == "Reshape" and len(given) == 2:  # of weights, not of what the network computes
            values[node.output[0]] = given[0].reshape(given[1])
    return values


def _dequantised(numbers: Any, scales: Any, zeros: Any, axis: int, block: int) -> Array:
    """Return (number - zero) * scale, where each scale and zero serves `block` neighbours along `axis`."""
    count = range(numbers.shape[axis])
    scale, zero = (np.repeat(each, block, axis).take(count, axis).astype(np.float32) for each in (scales, zeros))
    return np.asarray((numbers.astype(np.float32) - zero) * scale, np.float32)


def read_layers(graph: Any, values: Mapping[str, Array]) -> Iterator[Layer]:
    """Yield the layers in order; what does nothing when a face is looked at (dropout) is left out."""
    from onnx import helper

    last: Layer | None = None  # waits for a batch normalisation that may follow it
    before: tuple[Array, Array] | None = None  # scale and shift that no layer stands before to take them
    for node in graph.node:
        given = [values[name] for name in node.input[1:] if name in values]
        about = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type == "BatchNormalization":
            scale, shift = _scale_and_shift(given, about["epsilon"])
            last, before = (_scaled(last, scale, shift), None) if last else (None, (scale, shift))
        elif node.op_type in ("Conv", "PRelu", "Gemm"):
            if last:
                yield last
            last = _read(node.op_type, node.name, given, about)
            if node.op_type == "Gemm":
                last = _for_pixels_first(last, before)
            if node.op_type == "PRelu":
                yield last
                last = None
    if last:
        yield last


def _read(operation: str, name: str, given: list[Array], about: Mapping[str, Any]) -> Layer:
    if operation == "PRelu":
        return Layer(name, "prelu", given[0], np.empty(0, np.float32))
    if operation == "Gemm":
        return Layer("embedding", "dense", given[0], given[1])
    kind = "conv" if about["group"] == 1 else "depthwise"
    nothing = np.zeros(len(given[0]), np.float32)
    return Layer(name.removesuffix("_conv2d"), kind, given[0], nothing, about["strides"][0])


def _scale_and_shift(given: list[Array], epsilon: float) -> tuple[Array, Array]:
    """Return what a batch normalisation comes to once it is taught: x * scale + shift."""
    gamma, beta, mean, variance = given
    scale = gamma / np.sqrt(variance + epsilon)
    return scale, beta - mean * scale


def _scaled(layer: Layer, scale: Array, shift: Array) -> Layer:
    """Return the layer whose answers are those of `layer` times `scale` plus `shift`, for each output."""
    weight = layer.weight * scale.reshape(-1, *[1] * (layer.weight.ndim - 1))
    return replace(layer, weight=weight, bias=layer.bias * scale + shift)


def _for_pixels_first(layer: Layer, before: tuple[Array, Array] | None) -> Layer:
    """Return the dense layer for faces flattened as (row, column, channel); the file flattens (channel, row, column)."""
    channels = len(before[0]) if before else DIMENSION
    side = round((layer.weight.shape[1] / channels) ** 0.5)
    weight = layer.weight.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)  # (out, row, column, channel)
    bias = layer.bias
    if before:
        scale, shift = before
        weight, bias = weight * scale, bias + (weight * shift).sum(axis=(1, 2, 3), dtype=np.float64)
    return replace(layer, weight=weight.reshape(len(bias), -1), bias=bias.astype(np.float32))


def gentle(layers: list[Layer]) -> list[Layer]:
    """Return layers that compute the same, with no PReLU steeper than 1: each is then the larger one of x and slope * x.

    That takes half the time of the usual form. Where a channel's slope a is above 1, its x is turned into y = -a x and its
    PReLU into -max(y, y / a); the layer before takes the factor, the layer behind the sign.
    """
    found = list(layers)
    for place, layer in enumerate(layers):
        if layer.kind == "prelu" and (layer.weight > 1).any():
            slope = found[place].weight.ravel()
            steep = slope > 1
            factor, sign = np.where(steep, -slope, 1).astype(np.float32), np.where(steep, -1, 1).astype(np.float32)
            found[place - 1] = _scaled(found[place - 1], factor, np.zeros_like(factor))
            found[place] = replace(layer, weight=np.where(steep, 1 / slope, slope).astype(np.float32))
            behind = found[place + 1]
            shape = (-1, 1, 1, 1) if behind.kind == "depthwise" else (1, -1, 1, 1)
            found[place + 1] = replace(behind, weight=behind.weight * sign.reshape(shape))
    return found


def _add(layer: Layer, tensor: Any) -> Any:
    """Add one layer with its weights to the graph; shapes are (B, row, column, channel) up to the dense layer."""
    from keras import layers, ops

    name, stride = layer.name, layer.stride
    own: Any
    if layer.kind == "prelu":
        return ops.maximum(tensor, tensor * layer.weight.ravel())
    if layer.kind == "dense":
        tensor = layers.Flatten(name="flat")(tensor)  # (B, 7, 7, 1024) -> (B, 50176)
        own, weights = layers.Dense(len(layer.bias), name=name), [layer.weight.T, layer.bias]
    else:
        # With a stride "same" would pad on one side only, the file pads on both.
        if stride > 1:
            tensor = layers.ZeroPadding2D(1, name=f"{name}_padding")(tensor)
        options = {"strides": stride, "padding": "valid" if stride > 1 else "same", "name": name}
        outputs, _, *kernel = layer.weight.shape
        conv = layer.kind == "conv"
        own = layers.Conv2D(outputs, kernel, **options) if conv else layers.DepthwiseConv2D(kernel, **options)
        weights = [layer.weight.transpose(2, 3, 1, 0) if conv else layer.weight.transpose(2, 3, 0, 1), layer.bias]
    answer = own(tensor)
    own.set_weights(weights)
    return answer
