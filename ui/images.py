"""Pictures on their way to the browser."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def png(pixels: np.ndarray) -> bytes:
    """Return uint8 (H, W, 3) RGB as a PNG file, without loss: faces are shown as the network sees them."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def jpeg(pixels: np.ndarray) -> bytes:
    """Return uint8 (H, W, 3) RGB as a JPEG file: for whole photos, where a PNG would be large."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
