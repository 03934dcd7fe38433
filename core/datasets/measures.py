"""What is measured of a photo once, when it is first read."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.images import DecodedPhoto, resize

SIDE = 64  # px; photos are measured at this size, so that each counts alike whatever its resolution
MINIATURE_SIDE = 32  # px
BINS = 32
# The photo's hash is taken of the whole and of five slightly smaller cuts (left, top, right, bottom at 64 px), so that a
# photo and its cropped copy have one pair of hashes in common.
CUTS = ((0, 0, 64, 64), (0, 0, 61, 61), (3, 0, 64, 61), (0, 3, 61, 64), (3, 3, 64, 64), (2, 2, 62, 62))


@dataclass(frozen=True)
class Measures:
    """The measures of one photo.

    Attributes:
        width, height: Size of the upright photo in full, in pixels.
        means: Mean red, green and blue, 0..255.
        histogram: uint16 (3, 32), R, G, B: how many of the 64 x 64 pixels have each brightness.
        hashes: uint64 (6,), perceptual hashes of the cuts; the first is of the whole photo.
        miniature: uint8 (32, 32), gray, slightly blurred.
    """

    width: int
    height: int
    means: tuple[float, float, float]
    histogram: npt.NDArray[np.uint16]
    hashes: npt.NDArray[np.uint64]
    miniature: npt.NDArray[np.uint8]


def measure(photo: DecodedPhoto) -> Measures:
    """Return the measures of a photo."""
    small = resize(photo.pixels, SIDE, SIDE)
    red, green, blue = (float(each) for each in small.mean(axis=(0, 1)))
    channels = (np.bincount(small[:, :, channel].ravel() // (256 // BINS), minlength=BINS) for channel in range(3))
    return Measures(
        photo.width,
        photo.height,
        (red, green, blue),
        np.stack(list(channels)).astype(np.uint16),
        perceptual_hashes(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)),
        _miniature(small),
    )


def perceptual_hashes(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return the pHash of each cut of a gray picture.

    Args:
        gray: uint8 (64, 64), 0..255.

    Returns:
        uint64 (6,); the first bit of a hash is its highest.

    Source: ImageHash's `phash`, after N. Krawetz, "Looks Like It" (hackerfactor.com, 2011).
    """
    import imagehash

    picture = Image.fromarray(gray)
    bits = np.stack([imagehash.phash(picture.crop(cut)).hash.ravel() for cut in CUTS])
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64).ravel()


def _miniature(small: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Shrink and blur, so that a photo can be laid over another at fractions of a pixel without a loss of detail."""
    gray = cv2.cvtColor(resize(small, MINIATURE_SIDE, MINIATURE_SIDE), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), 0.7), np.uint8)
