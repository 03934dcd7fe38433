"""From the settings to a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.models.cnn import cnn_layers
from core.models.dense import dense_layers
from core.models.preprocessing import ONE_VIEW, Views, preprocess, views_of
from core.models.residual import residual_layers
from core.settings import ModelSettings, seed_for

# Each takes the preprocessed faces, float32 (B, S, S, 1 or 3), and returns features, float32 (B, D).
ARCHITECTURES: dict[str, Callable[[Any, ModelSettings, int], Any]] = {
    "residual": residual_layers,
    "cnn": cnn_layers,
    "dense": dense_layers,
}


def build(settings: ModelSettings, size: int, classes: int, seed: int) -> Any:
    """Build an untrained network, which looks at each face once, whatever it is averaged over later.

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
    return _assemble(settings, size, classes, seed, ONE_VIEW)


def answering(network: Any, settings: ModelSettings) -> Any:
    """Return the network that is saved, measured and asked: `network` itself, or its twin that averages several views.

    The twin's logits are the mean of the logits of all views. As they are linear in the features, it takes the mean of the
    features, which so are one "embedding" of the face; with mirror images among them alike for the face and its mirror image.

    Args:
        network: As `build` makes it from `settings`; the twin holds a copy of its weights as they are now.
        settings: `mirror_average` and `shift_average` decide.

    Returns:
        A keras.Model with the inputs and outputs of `network`.
    """
    views = views_of(settings)
    if len(views) == 1:
        return network
    twin = _assemble(settings, network.input_shape[1], network.output_shape[-1], 0, views)
    twin.set_weights(network.get_weights())
    return twin


def _assemble(settings: ModelSettings, size: int, classes: int, seed: int, views: Views) -> Any:
    import keras

    faces = keras.Input((size, size, 3), dtype="uint8", name="face")
    pixels = preprocess(faces, settings, views)
    features = ARCHITECTURES[settings.architecture](pixels, settings, seed)
    if len(views) > 1:
        each = keras.ops.reshape(features, (len(views), -1, features.shape[-1]))  # (V * B, D) -> (V, B, D)
        features = keras.ops.mean(each, axis=0)  # -> (B, D)
    features = keras.layers.Identity(name="embedding")(features)
    # The softmax is left to the loss, which is exact and stable only on logits.
    start = keras.initializers.GlorotUniform(seed=seed_for(seed, "weights logits"))
    logits = keras.layers.Dense(classes, kernel_initializer=start, name="logits")(features)
    return keras.Model(faces, logits, name=settings.architecture)
