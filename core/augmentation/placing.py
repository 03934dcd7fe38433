"""Where a face moves: mirrored, turned, zoomed, shifted and slanted by one map, so that it is interpolated once.

A step of its own for each would blur the face each time, and lose at the edge what a later step brings back.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.augmentation.draws import Draws, Faces, Floats
from core.settings import AugmentationSettings

MOVES = ("flip", "upside_down", "rotation", "zoom", "shift", "shear")


def place(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return moved faces, uint8 (B, S, S, C), interpolated bilinearly.

    The edge's pixels go on outwards: black corners would be a pattern that no real face shows.
    """
    if not any(getattr(settings, move) for move in MOVES):
        return faces
    side = faces.shape[1]
    placed = np.empty_like(faces)
    for face, where, into in zip(faces, placements(settings, side, draws), placed, strict=True):
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(face, where, (side, side), into, flags, cv2.BORDER_REPLICATE)
    return placed


def placements(settings: AugmentationSettings, side: int, draws: Draws) -> Floats:
    """Return for each face the map from a changed face to the original: where each pixel is taken from.

    A face is mirrored first, then turned, zoomed, shifted and slanted, each about its middle. A pixel goes the way back.

    Args:
        settings: How strong each move is; one of strength 0 drops out.
        side: Of the faces, in pixels.
        draws: The random numbers.

    Returns:
        float64 (B, 2, 3), x and y from x, y and 1, in pixels; whole numbers are pixel centres.
    """
    angle = np.radians(draws.between("rotation", -settings.rotation, settings.rotation)[0])
    zoom = draws.between("zoom", 1 - settings.zoom, 1 + settings.zoom)[0]
    slant = draws.between("shear", -settings.shear, settings.shear)[0]
    shift = side * draws.between("shift", -settings.shift, settings.shift, rows=2)  # (2, B)
    mirror = np.stack([draws.signs("flip", settings.flip), draws.signs("upside_down", settings.upside_down)])  # (2, B)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # (2, 2, B): row, column, face
    before = mirror[:, None] * turn * zoom  # what a face goes through before it is shifted
    linear = before.copy()
    linear[:, 1] += slant * before[:, 0]  # x' = x + slant * y comes first on the way back
    middle = (side - 1) / 2
    offset = middle - middle * linear.sum(axis=1) - (before * shift).sum(axis=1)  # (2, B): the middle stays, but for the shift
    return np.ascontiguousarray(np.moveaxis(np.concatenate([linear, offset[:, None]], axis=1), -1, 0))
