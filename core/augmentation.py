"""Random changes of the training faces. Validation, test and prediction never see them, and no saved network holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import AugmentationSettings, seed_for

RANGE = (0.0, 255.0)
# Each side of an erased rectangle is the root of a number drawn from here, as a share of the face's side.
# Source: Zhong et al., "Random Erasing Data Augmentation" (arXiv 1708.04896), section 4: areas of 0.02 to 0.4.
ERASED_AREA = (0.02, 0.33)
MIDDLE_GRAY = 127.5  # noise instead, as in the paper, takes four times as long to draw


def augmentation_layers(settings: AugmentationSettings, seed: int, colour: bool = True) -> Any:
    """Build the random changes that `settings` ask for, from Keras's own layers.

    Each layer has a seed of its own, so moving one slider leaves the other changes as they were.

    Args:
        settings: How strong each change is; a change of strength 0 has no layer.
        seed: Decides the random numbers.
        colour: Whether the faces have three channels; gray ones have no saturation to change.

    Returns:
        A keras.Sequential, float32 (B, S, S, C) 0..255 to the same; it changes nothing unless called with training=True.
    """
    import keras

    chosen = [layer for strength, layer in _layers(settings, seed) if strength and (colour or layer.name != "saturation")]
    clip = keras.layers.ReLU(max_value=RANGE[1], name="range")  # interpolation can leave 0..255 by a rounding error
    return keras.Sequential([*chosen, clip], name="augmentation")


def _layers(settings: AugmentationSettings, seed: int) -> list[tuple[float, Any]]:
    from keras import layers

    def options(name: str) -> dict[str, Any]:
        return {"name": name, "seed": seed_for(seed, f"augmentation {name}")}

    # The edge's pixels go on outwards: black corners would be a pattern that no real face shows.
    edge: dict[str, Any] = {"fill_mode": "nearest", "interpolation": "bilinear"}
    shift, contrast, erasing = settings.shift, settings.contrast, settings.erasing
    return [
        (settings.flip, layers.RandomFlip("horizontal", **options("flip"))),
        (settings.rotation, layers.RandomRotation(settings.rotation / 360, **edge, **options("rotation"))),
        (settings.zoom, layers.RandomZoom(settings.zoom, **edge, **options("zoom"))),
        (shift, layers.RandomTranslation(shift, shift, **edge, **options("shift"))),
        (settings.brightness, layers.RandomBrightness(settings.brightness, RANGE, **options("brightness"))),
        # Two numbers: of a single one Keras makes the range 1..1+contrast, which never lowers the contrast.
        (contrast, layers.RandomContrast((contrast, contrast), RANGE, **options("contrast"))),
        (settings.saturation, layers.RandomSaturation(_factors(settings.saturation), (0, 1), **options("saturation"))),
        # Two numbers, again: of a single one Keras draws a chance between 0 and it, half of what was asked for.
        (erasing, layers.RandomErasing((erasing, erasing), ERASED_AREA, MIDDLE_GRAY, RANGE, **options("erasing"))),
    ]


def _factors(strength: float) -> tuple[float, float]:
    """Return the limits that `RandomSaturation` needs to multiply saturations by 1 - strength .. 1 + strength.

    Keras multiplies by factor / (1 - factor). Its range of values is that of the saturation, 0..1, not that of the pixels.
    """
    low, high = 1 - strength, 1 + strength
    return low / (1 + low), high / (1 + high)


def preview(faces: npt.NDArray[np.uint8], settings: AugmentationSettings, seed: int, count: int) -> npt.NDArray[np.uint8]:
    """Show what training may make of `faces`, by the very layers that training uses.

    Args:
        faces: uint8 (N, S, S, 3), RGB, 0..255.
        settings: How strong each change is.
        seed: The same seed gives the same pictures; a larger `count` adds pictures after them.
        count: Pictures per face.

    Returns:
        uint8 (N, count, S, S, 3), RGB, 0..255.
    """
    layers = augmentation_layers(settings, seed)
    rounds = [np.asarray(layers(faces.astype(np.float32), training=True)) for _ in range(count)]
    return np.asarray(np.rint(np.stack(rounds, axis=1)), np.uint8)
