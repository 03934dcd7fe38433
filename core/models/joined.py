"""A pretrained network and its head as one: a face in, logits and embedding out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def join(backbone: Any, kernel: Floats, bias: Floats, mirror_average: bool) -> Any:
    """Put a head on a pretrained network.

    Args:
        backbone: keras.Model, "face" uint8 (B, S, S, 3) RGB 0..255 to float32 (B, D); its weights are shared.
        kernel, bias: float32 (D, C) and (C,), of the head on embeddings of length 1.
        mirror_average: Whether the embedding is the mean direction of the face and its mirror image.

    Returns:
        A keras.Model from "face" to {"logits": float32 (B, C), "embedding": float32 (B, D) of length 1}.
    """
    import keras

    faces = keras.Input(backbone.input_shape[1:], dtype="uint8", name="face")
    embedding = keras.layers.UnitNormalization(name="unit")(backbone(faces))
    if mirror_average:
        mirrored = keras.layers.UnitNormalization(name="mirrored_unit")(backbone(keras.ops.flip(faces, axis=2)))
        embedding = keras.layers.UnitNormalization(name="mean_unit")(embedding + mirrored)
    return _with_head(faces, embedding, kernel, bias, "embedding")


def head_alone(kernel: Floats, bias: Floats) -> Any:
    """Return the head as a network of its own, for an embedding that runs outside Keras.

    Returns:
        A keras.Model from "vector", float32 (B, D) of length 1, to {"logits": float32 (B, C), "embedding": the vector}.
    """
    import keras

    vectors = keras.Input(kernel.shape[:1], dtype="float32", name="vector")
    return _with_head(vectors, vectors, kernel, bias, "head")


def _with_head(inputs: Any, embedding: Any, kernel: Floats, bias: Floats, name: str) -> Any:
    import keras

    embedding = keras.layers.Activation("linear", name="embedding")(embedding)
    head = keras.layers.Dense(kernel.shape[1], name="logits")
    logits = head(embedding)
    head.set_weights([kernel, bias])
    return keras.Model(inputs, {"logits": logits, "embedding": embedding}, name=name)


def sharpen(network: Any, temperature: float) -> None:
    """Divide the logits that `network` gives by `temperature`, for good: its probabilities are calibrated from then on."""
    head = network.get_layer("logits")
    kernel, bias = head.get_weights()
    head.set_weights([kernel / np.float32(temperature), bias / np.float32(temperature)])
