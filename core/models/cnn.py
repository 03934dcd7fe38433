"""The convolutional network of the first notebook: small patterns first, then their combinations."""

from __future__ import annotations

from typing import Any

from core.errors import SettingsError
from core.models.dense import hidden_layers
from core.settings import ModelSettings, seed_for


def cnn_layers(pixels: Any, settings: ModelSettings, seed: int) -> Any:
    """Add convolutions (3x3, ReLU) with max pools (2x2) between them, then dense layers with dropout.

    With the defaults on 128x128 colour faces:
        (B, 128, 128, 3) -> Conv 32 (126) -> pool (63) -> Conv 64 (61) -> pool (30) -> Conv 64 (28)
        -> Flatten (B, 50176) -> Dense 64 -> Dropout -> (B, 64)

    Args:
        pixels: float32 (B, S, S, C).
        settings: `filters`, `units` and `dropout` are used.
        seed: Decides the first weights and the dropout.

    Returns:
        float32 (B, D), D the last of `units`.

    Raises:
        SettingsError: the faces are too small for so many convolutions.
    """
    import keras

    for number, filters in enumerate(settings.filters, start=1):
        if number > 1:
            pixels = keras.layers.MaxPooling2D(2, name=f"pool_{number - 1}")(pixels)
        if pixels.shape[1] < 3:
            raise SettingsError(
                f"The faces are too small for {len(settings.filters)} convolutions.",
                "Choose fewer convolution filters or a larger face size.",
            )
        start = keras.initializers.GlorotUniform(seed=seed_for(seed, f"weights conv_{number}"))
        convolution = keras.layers.Conv2D(filters, 3, activation="relu", kernel_initializer=start, name=f"conv_{number}")
        pixels = convolution(pixels)
    return hidden_layers(keras.layers.Flatten(name="flat")(pixels), settings, seed)
