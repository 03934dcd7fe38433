"""The dense network of the second notebook: every unit looks at all pixels at once."""

from __future__ import annotations

from typing import Any

from core.settings import ModelSettings, seed_for


def dense_layers(pixels: Any, settings: ModelSettings, seed: int) -> Any:
    """Flatten the pixels and add the dense layers.

    With the defaults on 100x100 gray faces: (B, 100, 100, 1) -> (B, 10000) -> 512 -> 256 -> 128 -> (B, 128).

    Args:
        pixels: float32 (B, S, S, C).
        settings: `units` and `dropout` are used.
        seed: Decides the first weights and the dropout.

    Returns:
        float32 (B, D), D the last of `units`.
    """
    import keras

    return hidden_layers(keras.layers.Flatten(name="flat")(pixels), settings, seed)


def hidden_layers(features: Any, settings: ModelSettings, seed: int) -> Any:
    """Add dense layers (ReLU), each followed by dropout: float32 (B, D) -> (B, last of `units`)."""
    import keras

    for number, units in enumerate(settings.units, start=1):
        start = keras.initializers.GlorotUniform(seed=seed_for(seed, f"weights dense_{number}"))
        features = keras.layers.Dense(units, activation="relu", kernel_initializer=start, name=f"dense_{number}")(features)
        dropout_seed = seed_for(seed, f"dropout_{number}")
        features = keras.layers.Dropout(settings.dropout, seed=dropout_seed, name=f"dropout_{number}")(features)
    return features
