"""What a network does to the pixels before it looks at them; a part of the network, so that nobody can forget it."""

from __future__ import annotations

from typing import Any

from core.settings import ModelSettings

# Keeps a face without any contrast from being divided by zero; a usual face has a variance near 0.04.
SMALLEST_VARIANCE = 1e-4


def preprocess(faces: Any, settings: ModelSettings) -> Any:
    """Turn gray if asked, map 0..255 to 0..1, and for "face" give each face mean 0 and variance 1.

    Args:
        faces: uint8 (B, S, S, 3), RGB, 0..255.
        settings: `colour` and `normalisation` are used.

    Returns:
        float32 (B, S, S, 3), RGB, or (B, S, S, 1), gray; 0..1 or standardised over all pixels and colours of a face.

    Source:
        Gray by the luma weights 0.2989, 0.5870, 0.1140 of ITU-R BT.601.
    """
    import keras

    pixels = keras.layers.Rescaling(1 / 255, name="scaling")(faces)
    if settings.colour == "gray":
        pixels = keras.ops.image.rgb_to_grayscale(pixels)  # (B, S, S, 3) -> (B, S, S, 1)
    if settings.normalisation == "face":
        standardise = keras.layers.LayerNormalization(
            axis=(1, 2, 3), center=False, scale=False, epsilon=SMALLEST_VARIANCE, name="standardisation"
        )
        pixels = standardise(pixels)
    return pixels
