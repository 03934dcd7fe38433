"""Views of a face: the face itself, its mirror image, and random changes of it that depend on nothing but a seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation import augmentation_layers
from core.settings import AugmentationSettings, seed_for

Face = npt.NDArray[np.uint8]

FACE, MIRROR, FIRST_RANDOM = 0, 1, 2
VERSION = 1  # raise it whenever the same settings and seed may give other pictures than before


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
        change, generators = self._changes
        seeds = [(seed_for(self._seed, f"view {view} {photo} {number}"), 0) for number in range(generators)]
        changed = change(face.astype(np.float32), np.array(seeds, np.int64).reshape(-1, 2)).numpy()
        return np.asarray(np.rint(changed), np.uint8)

    @cached_property
    def _changes(self) -> tuple[Any, int]:
        """Return the compiled changes, (S, S, 3) and the seeds (G, 2) in, (S, S, 3) out, and how many generators they use."""
        import tensorflow as tf

        layers = augmentation_layers(self._augmentation, self._seed)
        generators = [layer.generator for layer in layers.layers if hasattr(layer, "generator")]

        def change(face: Any, seeds: Any) -> Any:
            for number, generator in enumerate(generators):
                generator.state.assign(tf.cast(seeds[number], generator.state.dtype))
            return layers(face[None], training=True)[0]

        shapes = [tf.TensorSpec((None, None, 3), tf.float32), tf.TensorSpec((None, 2), tf.int64)]
        return tf.function(change, input_signature=shapes), len(generators)
