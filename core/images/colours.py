"""Every colour mode that Pillow can give, turned into 8-bit RGB."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.images.resampling import Pixels

_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def rgb_pixels(image: Image.Image) -> Pixels:
    """Return the pixels of a loaded image as uint8 (H, W, 3), RGB, 0..255; transparent parts show white."""
    if image.mode in _DEEP_MODES:
        return _gray_to_rgb(_from_16_bits(np.asarray(image)))
    if image.mode == "F":
        return _gray_to_rgb(_from_floats(np.asarray(image)))
    if image.has_transparency_data:
        image = _on_white(image.convert("RGBA"))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def _from_16_bits(values: npt.NDArray[np.integer]) -> Pixels:
    """Scale 0..65535 to 0..255; Pillow's own conversion would cut everything above 255 to white."""
    clipped = np.clip(values, 0, 65535).astype(np.uint32)
    return np.asarray((clipped + 128) // 257, np.uint8)


def _from_floats(values: npt.NDArray[np.floating]) -> Pixels:
    """Scale floats to 0..255, from 0..1 where nothing lies above 1."""
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    top = 255.0 if finite.max(initial=0.0) <= 1.0 else 1.0
    return np.clip(np.rint(finite * top), 0, 255).astype(np.uint8)


def _gray_to_rgb(gray: Pixels) -> Pixels:
    return np.repeat(gray[:, :, None], 3, axis=2)


def _on_white(rgba: Image.Image) -> Image.Image:
    """Blend over white; an opaque pixel keeps its exact colour."""
    background = Image.new("RGB", rgba.size, "white")
    background.paste(rgba, mask=rgba.getchannel("A"))
    return background
