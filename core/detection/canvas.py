"""What a detector looks at: the photo shrunk, with a border; made from the photo alone, so that neighbours do not matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.detection.detection import Detection
from core.images import DecodedPhoto, fit_within
from core.images.resampling import Pixels

BORDER = 30  # pixels; faces in tight crops are missed without some surroundings
# The second look: small and with a wide border, it finds about half of the close-ups that MTCNN misses at the first.
CLOSE_SIDE = 240
CLOSE_BORDER = 120


@dataclass(frozen=True)
class Canvas:
    """A photo made ready for a detector.

    Attributes:
        pixels: uint8 (h, w, 3), RGB, 0..255: the photo shrunk, its edge pixels repeated around it.
        zoom: float64 (2,), pixels of the full photo per pixel of the canvas, along x and y.
        size: float64 (2,), width and height of the full photo.
        border: Width of the border in pixels of the canvas.
    """

    pixels: Pixels
    zoom: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    border: int

    def detection(self, corners: npt.ArrayLike, landmarks: npt.ArrayLike, score: float) -> Detection | None:
        """Return what was found on the canvas as a detection in the full photo.

        Args:
            corners: (4,), left, top, right, bottom on the canvas.
            landmarks: (5, 2), x and y on the canvas.
            score: 0..1; rounding errors beyond are cut.

        Returns:
            None where the face's centre lies in the border: an echo of the photo's edge, no face.
        """
        found = (np.asarray(corners, np.float64).reshape(2, 2) - self.border) * self.zoom
        marks = (np.asarray(landmarks, np.float64) - self.border) * self.zoom
        centre, extent = found.mean(axis=0), found[1] - found[0]
        if not np.isfinite(found).all() or (extent <= 0).any() or (centre < 0).any() or (centre > self.size).any():
            return None
        box = (float(found[0, 0]), float(found[0, 1]), float(extent[0]), float(extent[1]))
        return Detection(box, marks.astype(np.float32), min(1.0, max(0.0, float(score))))


def looks(photo: DecodedPhoto, side: int) -> Iterator[Canvas]:
    """Yield the canvases on which faces are searched until one shows some: the usual one, then one for close-ups."""
    yield make_canvas(photo, side, BORDER)
    yield make_canvas(photo, CLOSE_SIDE, CLOSE_BORDER)


def make_canvas(photo: DecodedPhoto, side: int, border: int) -> Canvas:
    """Return `photo` shrunk to at most `side` pixels along its longer side, its edge repeated `border` pixels around it."""
    small = fit_within(photo.pixels, side)
    size = np.array([photo.width, photo.height], np.float64)
    zoom = size / np.array([small.shape[1], small.shape[0]], np.float64)
    framed = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    return Canvas(np.asarray(framed, np.uint8), zoom, size, border)
