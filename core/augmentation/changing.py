"""All random changes of a batch of faces, one after another."""

from __future__ import annotations

import cv2
import numpy as np

from core.augmentation.colours import colour, light
from core.augmentation.draws import Draws, Faces
from core.augmentation.placing import place
from core.augmentation.spoiling import spoil
from core.settings import AugmentationSettings


def change_faces(faces: Faces, settings: AugmentationSettings, seed: int, number: int = 0, *, gray: bool = False) -> Faces:
    """Change faces at random, each in its own way; training, its preview and the drift of a face all do it here.

    Args:
        faces: uint8 (B, S, S, 3), RGB, 0..255.
        settings: How strong each change is; one of strength 0 costs nothing.
        seed, number: Decide the random numbers; the number is that of the batch.
        gray: Whether the network drops the colours anyway: without them the changes cost a third.

    Returns:
        uint8 (B, S, S, 3), RGB, 0..255; the same faces where nothing is to be changed.

    Raises:
        ValueError: the faces are not square.
    """
    if faces.shape[1] != faces.shape[2]:
        raise ValueError(f"faces have to be square, these are {faces.shape[2]} x {faces.shape[1]}")
    if not any(vars(settings).values()) or not len(faces):
        return faces
    draws = Draws(seed, number, len(faces))
    changed = _converted(faces, cv2.COLOR_RGB2GRAY, 1) if gray else np.ascontiguousarray(faces)
    for change in (place, light, colour, spoil):
        changed = change(changed, settings, draws)
    return _converted(changed, cv2.COLOR_GRAY2RGB, 3) if gray else changed


def _converted(faces: Faces, how: int, channels: int) -> Faces:
    """Return faces in other channels, uint8 (B, S, S, `channels`); gray has the weights that networks use.

    They are one tall image meanwhile: a call a face would cost more than the work.
    """
    count, side = faces.shape[:2]
    tall = faces.reshape(count * side, *faces.shape[2:])
    return np.asarray(cv2.cvtColor(tall, how)).reshape(count, side, side, channels)


def preview(faces: Faces, settings: AugmentationSettings, seed: int, count: int) -> Faces:
    """Show what training may make of `faces`.

    Args:
        faces: uint8 (N, S, S, 3), RGB, 0..255.
        settings: How strong each change is.
        seed: The same seed gives the same pictures; a larger `count` adds pictures after them.
        count: Pictures per face.

    Returns:
        uint8 (N, count, S, S, 3), RGB, 0..255.
    """
    return np.stack([change_faces(faces, settings, seed, number) for number in range(count)], axis=1)
