"""Random changes of the training faces. Validation, test and prediction never see them, and no saved network holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import AugmentationSettings, seed_for

RANGE = (0.0, 255.0)
# Each side of an erased rectangle is the root of a number drawn from here, as a share of the face's side.
# Source: Zhong et al., "Random Erasing Data Augmentation" (arXiv 1708.04896), section 4: areas of 0.02 to 0.4.
ERASED_AREA = (0.02, 0.33)
MIDDLE_GRAY = 127.5  # noise instead, as in the paper, takes four times as long to draw
HALF_TURN = 180.0  # degrees of hue
NEEDS_COLOUR = ("saturation", "hue")


def augmentation_layers(settings: AugmentationSettings, seed: int, colour: bool = True) -> Any:
    """Build the random changes that `settings` ask for: Keras's own layers, and `core.augmentation.layers` where it has none.

    Each layer has a seed of its own, so moving one slider leaves the other changes as they were.

    Args:
        settings: How strong each change is; a change of strength 0 has no layer.
        seed: Decides the random numbers.
        colour: Whether the faces have three channels; gray ones have no saturation or hue to change.

    Returns:
        A keras.Sequential, float32 (B, S, S, C) 0..255 to the same; it changes nothing unless called with training=True.
    """
    import keras

    strengths = [*_of_places(settings, seed), *_of_colours(settings, seed), *_of_quality(settings, seed)]
    chosen = [layer for strength, layer in strengths if strength and (colour or layer.name not in NEEDS_COLOUR)]
    clip = keras.layers.ReLU(max_value=RANGE[1], name="range")  # interpolation can leave 0..255 by a rounding error
    return keras.Sequential([*chosen, clip], name="augmentation")


def _options(seed: int, name: str) -> dict[str, Any]:
    return {"name": name, "seed": seed_for(seed, f"augmentation {name}")}


def _of_places(settings: AugmentationSettings, seed: int) -> Iterator[tuple[float, Any]]:
    """Yield what moves pixels, each with its strength."""
    from keras import layers

    from core.augmentation.layers import RandomShear

    # The edge's pixels go on outwards: black corners would be a pattern that no real face shows.
    edge: dict[str, Any] = {"fill_mode": "nearest", "interpolation": "bilinear"}
    shift = settings.shift
    yield settings.flip, layers.RandomFlip("horizontal", **_options(seed, "flip"))
    yield settings.upside_down, layers.RandomFlip("vertical", **_options(seed, "upside_down"))
    yield settings.rotation, layers.RandomRotation(settings.rotation / 360, **edge, **_options(seed, "rotation"))
    yield settings.zoom, layers.RandomZoom(settings.zoom, **edge, **_options(seed, "zoom"))
    yield shift, layers.RandomTranslation(shift, shift, **edge, **_options(seed, "shift"))
    yield settings.shear, RandomShear(settings.shear, **_options(seed, "shear"))


def _of_colours(settings: AugmentationSettings, seed: int) -> Iterator[tuple[float, Any]]:
    """Yield what changes light and colour, each with its strength."""
    from keras import layers

    contrast, hue = settings.contrast, settings.hue / HALF_TURN
    yield settings.brightness, layers.RandomBrightness(settings.brightness, RANGE, **_options(seed, "brightness"))
    # Two numbers: of a single one Keras makes the range 1..1+contrast, which never lowers the contrast.
    yield contrast, layers.RandomContrast((contrast, contrast), RANGE, **_options(seed, "contrast"))
    yield (
        settings.saturation,
        layers.RandomSaturation(_factors(settings.saturation), (0, 1), **_options(seed, "saturation")),
    )
    yield hue, layers.RandomHue(hue, RANGE, **_options(seed, "hue"))


def _of_quality(settings: AugmentationSettings, seed: int) -> Iterator[tuple[float, Any]]:
    """Yield what poor photos suffer from, in the order in which it befalls them, each with its strength."""
    from keras import layers

    from core.augmentation.layers import RandomBlur, RandomJpeg, RandomNoise

    erasing = settings.erasing
    yield settings.blur, RandomBlur(settings.blur, **_options(seed, "blur"))
    yield settings.noise, RandomNoise(settings.noise, **_options(seed, "noise"))
    yield settings.jpeg, RandomJpeg(settings.jpeg, **_options(seed, "jpeg"))
    # Two numbers, again: of a single one Keras draws a chance between 0 and it, half of what was asked for.
    yield erasing, layers.RandomErasing((erasing, erasing), ERASED_AREA, MIDDLE_GRAY, RANGE, **_options(seed, "erasing"))


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
