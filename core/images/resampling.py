"""The one resampler: every change of size, every crop and every thumbnail is made here.

Two libraries' "bilinear" differ by about one gray level, so training and serving must never use different ones.
"""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Transform = npt.NDArray[np.float32]


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return `pixels` in a new size; each axis is averaged over areas when it shrinks, interpolated when it grows.

    Args:
        pixels: uint8 (H, W, 3), RGB, 0..255.
        width, height: The new size in pixels, at least 1.
    """
    old_height, old_width = pixels.shape[:2]
    shrunk = min(width, old_width), min(height, old_height)
    if shrunk != (old_width, old_height):
        pixels = np.asarray(cv2.resize(pixels, shrunk, interpolation=cv2.INTER_AREA), np.uint8)
    if shrunk != (width, height):
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return pixels


def fit_within(pixels: Pixels, side: int) -> Pixels:
    """Return `pixels` shrunk so that the longer side is at most `side` pixels; never enlarged, proportions kept."""
    height, width = pixels.shape[:2]
    share = side / max(width, height)
    if share >= 1:
        return pixels
    return resize(pixels, max(1, round(width * share)), max(1, round(height * share)))


def warp(pixels: Pixels, transform: Transform, size: int) -> Pixels:
    """Return the square that an affine transform cuts out of `pixels`.

    What lies outside repeats the nearest edge pixel. A crop that shrinks is first drawn finer by a whole factor and
    then averaged, so that fine patterns do not turn into false ones.

    Args:
        pixels: uint8 (H, W, 3), RGB, 0..255.
        transform: float32 (2, 3), from coordinates in `pixels` to coordinates in the crop; whole numbers are pixel centres.
        size: The crop's side in pixels.

    Returns:
        uint8 (size, size, 3), RGB, 0..255.
    """
    matrix = np.asarray(transform, np.float64)
    zoom = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))  # crop pixels per photo pixel
    finer = max(1, math.ceil(1 / zoom - 1e-6)) if zoom > 0 else 1
    fine = matrix * finer
    fine[:, 2] += (finer - 1) / 2  # the centre of pixel 0 lies half a pixel inside its edge at either fineness
    drawn = cv2.warpAffine(pixels, fine, (size * finer, size * finer), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return resize(np.asarray(drawn, np.uint8), size, size)


def encode_thumbnail(pixels: Pixels, side: int) -> bytes:
    """Return `pixels` as a small JPEG whose longer side is at most `side` pixels."""
    buffer = io.BytesIO()
    Image.fromarray(fit_within(pixels, side)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
