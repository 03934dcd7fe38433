"""What a network does to the pixels before it looks at them; a part of the network, so that nobody can forget it."""

from __future__ import annotations

from typing import Any

from core.errors import SettingsError
from core.settings import ModelSettings

# Keeps a face without any contrast from being divided by zero; a usual face has a variance near 0.04.
SMALLEST_VARIANCE = 1e-4
SMALLEST_SIDE = 16  # of a trimmed face


def preprocess(faces: Any, settings: ModelSettings) -> Any:
    """Trim the edge, turn gray if asked, map 0..255 to 0..1, and for "face" give each face mean 0 and variance 1.

    Args:
        faces: uint8 (B, S, S, 3), RGB, 0..255.
        settings: `trim`, `colour` and `normalisation` are used.

    Returns:
        float32 (B, T, T, 3), RGB, or (B, T, T, 1), gray, T = S - 2 * trim; 0..1 or standardised over all pixels and colours
        of a face.

    Raises:
        SettingsError: trimming leaves too little of the face.

    Source:
        Gray by the luma weights 0.2989, 0.5870, 0.1140 of ITU-R BT.601.
    """
    import keras

    pixels = keras.layers.Rescaling(1 / 255, name="scaling")(_trim(faces, settings.trim))
    if settings.colour == "gray":
        pixels = keras.ops.image.rgb_to_grayscale(pixels)  # (B, T, T, 3) -> (B, T, T, 1)
    if settings.normalisation == "face":
        standardise = keras.layers.LayerNormalization(
            axis=(1, 2, 3), center=False, scale=False, epsilon=SMALLEST_VARIANCE, name="standardisation"
        )
        pixels = standardise(pixels)
    return pixels


def _trim(faces: Any, trim: int) -> Any:
    import keras

    side = faces.shape[1] - 2 * trim
    if trim and side < SMALLEST_SIDE:
        raise SettingsError(
            f"Trimming {trim} px off each side leaves {max(side, 0)} px of a face of {faces.shape[1]} px.",
            f"At least {SMALLEST_SIDE} px have to stay: choose a smaller trimmed edge or a larger face size.",
        )
    return keras.layers.CenterCrop(side, side, name="trim")(faces) if trim else faces  # (B, S, S, 3) -> (B, T, T, 3)
