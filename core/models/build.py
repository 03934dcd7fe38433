"""From the settings to a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.models.cnn import cnn_layers
from core.models.dense import dense_layers
from core.models.preprocessing import preprocess
from core.models.residual import residual_layers
from core.settings import ModelSettings, seed_for

# Each takes the preprocessed faces, float32 (B, S, S, 1 or 3), and returns features, float32 (B, D).
ARCHITECTURES: dict[str, Callable[[Any, ModelSettings, int], Any]] = {
    "residual": residual_layers,
    "cnn": cnn_layers,
    "dense": dense_layers,
}


def build(settings: ModelSettings, size: int, classes: int, seed: int) -> Any:
    """Build an untrained network, which looks at each face once, even if `settings.mirror_average`.

    Args:
        settings: Architecture, colour, scaling, trim, filters, units, dropout.
        size: Side of the faces in pixels.
        classes: Number of people.
        seed: Decides the first weights and the dropout.

    Returns:
        A keras.Model from "face", uint8 (B, size, size, 3) RGB 0..255, to "logits", float32 (B, classes). What the logits
        are computed from is the layer "embedding", float32 (B, D).

    Raises:
        SettingsError: the faces are too small for so many convolutions.
    """
    return _assemble(settings, size, classes, seed, mirrored=False)


def answering(network: Any, settings: ModelSettings) -> Any:
    """Return the network that is saved, measured and asked: `network` itself, or its twin that averages with the mirror image.

    The twin's logits are the mean of the logits of the face and of its mirror image. As they are linear in the features,
    it takes the mean of the features, which so are one "embedding" of the face, alike for both images.

    Args:
        network: As `build` makes it from `settings`; the twin holds a copy of its weights as they are now.
        settings: `mirror_average` decides.

    Returns:
        A keras.Model with the inputs and outputs of `network`.
    """
    if not settings.mirror_average:
        return network
    twin = _assemble(settings, network.input_shape[1], network.output_shape[-1], 0, mirrored=True)
    twin.set_weights(network.get_weights())
    return twin


def _assemble(settings: ModelSettings, size: int, classes: int, seed: int, mirrored: bool) -> Any:
    import keras

    faces = keras.Input((size, size, 3), dtype="uint8", name="face")
    pixels = preprocess(faces, settings)
    if mirrored:
        # One pass over twice as many images is quicker than two, and keeps every layer in reach by its name.
        pixels = keras.ops.concatenate([pixels, keras.ops.flip(pixels, axis=2)], axis=0)  # (B, ...) -> (2B, ...)
    features = ARCHITECTURES[settings.architecture](pixels, settings, seed)
    if mirrored:
        both = keras.ops.reshape(features, (2, -1, features.shape[-1]))  # (2B, D) -> (2, B, D)
        features = keras.ops.mean(both, axis=0)  # -> (B, D)
    features = keras.layers.Identity(name="embedding")(features)
    # The softmax is left to the loss, which is exact and stable only on logits.
    start = keras.initializers.GlorotUniform(seed=seed_for(seed, "weights logits"))
    logits = keras.layers.Dense(classes, kernel_initializer=start, name="logits")(features)
    return keras.Model(faces, logits, name=settings.architecture)
