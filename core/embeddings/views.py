"""Views of a face: the face itself, its mirror image, and random changes of it that depend on nothing but a seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from core.augmentation import change_faces
from core.settings import AugmentationSettings, seed_for

Face = npt.NDArray[np.uint8]

FACE, MIRROR, FIRST_RANDOM = 0, 1, 2
VERSION = 2  # raise it whenever the same settings and seed may give other pictures than before


def view_key(view: int, augmentation: AugmentationSettings, seed: int) -> str:
    """Return a short name for what decides a view, safe in a file name; only random views depend on settings and seed."""
    if view < FIRST_RANDOM:
        return ("face", "mirror")[view]
    decides = json.dumps([VERSION, asdict(augmentation), seed], sort_keys=True)
    return f"random-{view}-{hashlib.sha256(decides.encode()).hexdigest()[:16]}"


class ViewMaker:
    """Makes views; a random one depends on seed, photo and number alone, never on what was asked before."""

    def __init__(self, augmentation: AugmentationSettings, seed: int) -> None:
        self._augmentation = augmentation
        self._seed = seed

    def make(self, face: Face, photo: str, view: int) -> Face:
        """Return one view of one face.

        Args:
            face: uint8 (S, S, 3), RGB, 0..255.
            photo: sha256 of its photo.
            view: 0 the face, 1 its mirror image, from 2 on a random change.
        """
        if view < FIRST_RANDOM:
            return face[:, ::-1] if view == MIRROR else face
        (changed,) = change_faces(face[None], self._augmentation, seed_for(self._seed, f"view {view} {photo}"))
        return np.asarray(changed, np.uint8)
