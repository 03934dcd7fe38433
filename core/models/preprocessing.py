"""What a network does to the pixels before it looks at them; a part of the network, so that nobody can forget it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import SettingsError
from core.settings import ModelSettings

# Keeps a face without any contrast from being divided by zero; a usual face has a variance near 0.04.
SMALLEST_VARIANCE = 1e-4
SMALLEST_SIDE = 16  # of a trimmed face


@dataclass(frozen=True)
class Views:
    """How often a network looks at a face.

    Attributes:
        shifts: How many px down and right of its middle each trimmed view of the face lies; at most `trim`.
        mirrored: Whether the mirror image of each comes after them all.
    """

    shifts: tuple[tuple[int, int], ...] = ((0, 0),)
    mirrored: bool = False

    def __len__(self) -> int:
        return len(self.shifts) * (2 if self.mirrored else 1)


ONE_VIEW = Views()


def preprocess(faces: Any, settings: ModelSettings, views: Views = ONE_VIEW) -> Any:
    """Map 0..255 to 0..1, trim the edge, turn gray if asked, and for "face" give each face mean 0 and variance 1.

    Args:
        faces: uint8 (B, S, S, 3), RGB, 0..255.
        settings: `trim`, `colour` and `normalisation` are used.
        views: Of each face.

    Returns:
        float32 (V * B, T, T, 3), RGB, or (V * B, T, T, 1), gray, T = S - 2 * trim, the first view of every face before any
        second one; 0..1 or standardised over all pixels and colours of a face.

    Raises:
        SettingsError: trimming leaves too little of the face.

    Source:
        Gray by the luma weights 0.2989, 0.5870, 0.1140 of ITU-R BT.601.
    """
    import keras

    pixels = keras.layers.Rescaling(1 / 255, name="scaling")(faces)
    # One pass over all views is quicker than one for each, and keeps every layer in reach by its name.
    pixels = _joined([_trim(pixels, settings.trim, each, f"trim_{number}") for number, each in enumerate(views.shifts)])
    if views.mirrored:
        pixels = _joined([pixels, keras.ops.flip(pixels, axis=2)])
    if settings.colour == "gray":
        pixels = keras.ops.image.rgb_to_grayscale(pixels)  # (B, T, T, 3) -> (B, T, T, 1)
    if settings.normalisation == "face":
        standardise = keras.layers.LayerNormalization(
            axis=(1, 2, 3), center=False, scale=False, epsilon=SMALLEST_VARIANCE, name="standardisation"
        )
        pixels = standardise(pixels)
    return pixels


def views_of(settings: ModelSettings) -> Views:
    """Return the views whose mean a trained network answers by; no shift goes beyond the trimmed edge."""
    far = min(settings.shift_average, settings.trim)
    moved = ((-far, 0), (far, 0), (0, -far), (0, far)) if far else ()
    return Views(((0, 0), *moved), settings.mirror_average)


def _trim(faces: Any, trim: int, shift: tuple[int, int], name: str) -> Any:
    import keras

    side = faces.shape[1] - 2 * trim
    if trim and side < SMALLEST_SIDE:
        raise SettingsError(
            f"Trimming {trim} px off each side leaves {max(side, 0)} px of a face of {faces.shape[1]} px.",
            f"At least {SMALLEST_SIDE} px have to stay: choose a smaller trimmed edge or a larger face size.",
        )
    if not trim:
        return faces
    down, right = shift
    edges = ((trim + down, trim - down), (trim + right, trim - right))
    return keras.layers.Cropping2D(edges, name=name)(faces)  # (B, S, S, C) -> (B, T, T, C)


def _joined(views: list[Any]) -> Any:
    import keras

    return keras.ops.concatenate(views, axis=0) if len(views) > 1 else views[0]  # V times (B, ...) -> (V * B, ...)
