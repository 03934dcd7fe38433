"""How light and colours change."""

from __future__ import annotations

import cv2
import numpy as np

from core.augmentation.draws import Draws, Faces, Floats
from core.settings import AugmentationSettings

LEVELS = np.arange(256.0)[:, None]  # (256, 1)
BRIGHTEST = 255
FULL_TURN = 360.0  # degrees of hue


def light(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces made brighter or darker, their contrast raised or lowered about the mean of each channel.

    Both together take a gray level to `contrast * (level - mean) + mean + brightness`, cut off at 0 and 255 once: a table
    of 256 values for each face and channel.
    """
    if not (settings.brightness or settings.contrast):
        return faces
    brightness = BRIGHTEST * draws.between("brightness", -settings.brightness, settings.brightness).T  # (B, 1)
    contrast = draws.between("contrast", 1 - settings.contrast, 1 + settings.contrast).T  # (B, 1)
    added = (1 - contrast) * _means(faces) + brightness
    levels = contrast[:, None] * LEVELS + added[:, None]  # (B, 256, C)
    tables = np.clip(np.rint(levels), 0, BRIGHTEST).astype(np.uint8)
    lit = np.empty_like(faces)
    for face, table, into in zip(faces, tables, lit, strict=True):
        cv2.LUT(face, table[:, None], into)
    return lit


def _means(faces: Faces) -> Floats:
    """Return the mean of each face and channel, float64 (B, C); of gray faces, all rows are added up at once."""
    count, side, _, channels = faces.shape
    if channels > 1:  # such sums are slow
        return np.array([cv2.mean(face)[:channels] for face in faces])
    sums = cv2.reduce(faces.reshape(count * side, side), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.asarray(sums.reshape(count, side).sum(axis=1, keepdims=True) / side**2)


def colour(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces with stronger or weaker colours and turned hues; gray ones, of one channel, have neither."""
    if faces.shape[-1] == 1 or not (settings.saturation or settings.hue):
        return faces
    factors = draws.between("saturation", 1 - settings.saturation, 1 + settings.saturation)[0].astype(np.float32)
    turns = draws.between("hue", -settings.hue, settings.hue)[0].astype(np.float32) % np.float32(FULL_TURN)
    coloured = np.empty_like(faces)
    for face, factor, turn, into in zip(faces, factors, turns, coloured, strict=True):
        parts = cv2.cvtColor(face.astype(np.float32), cv2.COLOR_RGB2HSV)  # degrees, 0..1, 0..255
        hue, saturation = parts[..., 0], parts[..., 1]
        hue += turn
        np.subtract(hue, FULL_TURN, out=hue, where=hue >= FULL_TURN)
        np.minimum(saturation * factor, 1, out=saturation)
        into[:] = np.rint(cv2.cvtColor(parts, cv2.COLOR_HSV2RGB))
    return coloured
