"""From the settings to a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.models.cnn import cnn_layers
from core.models.dense import dense_layers
from core.models.preprocessing import preprocess
from core.settings import ModelSettings, seed_for

# Each takes the preprocessed faces, float32 (B, S, S, 1 or 3), and returns features, float32 (B, D).
ARCHITECTURES: dict[str, Callable[[Any, ModelSettings, int], Any]] = {"cnn": cnn_layers, "dense": dense_layers}


def build(settings: ModelSettings, size: int, classes: int, seed: int) -> Any:
    """Build an untrained network.

    Args:
        settings: Architecture, colour, scaling, units, dropout.
        size: Side of the faces in pixels.
        classes: Number of people.
        seed: Decides the first weights and the dropout.

    Returns:
        A keras.Model from "face", uint8 (B, size, size, 3) RGB 0..255, to "logits", float32 (B, classes).

    Raises:
        SettingsError: the faces are too small for so many convolutions.
    """
    import keras

    faces = keras.Input((size, size, 3), dtype="uint8", name="face")
    features = ARCHITECTURES[settings.architecture](preprocess(faces, settings), settings, seed)
    # The softmax is left to the loss, which is exact and stable only on logits.
    start = keras.initializers.GlorotUniform(seed=seed_for(seed, "weights logits"))
    logits = keras.layers.Dense(classes, kernel_initializer=start, name="logits")(features)
    return keras.Model(faces, logits, name=settings.architecture)
