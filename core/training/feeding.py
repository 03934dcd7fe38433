"""Batches of faces in a new order each epoch, read from memory-mapped pixels and changed while the network computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation import change_faces
from core.settings import Settings, TrainingSettings, rng_for
from core.training.records import TrainingFaces

READERS = 2  # batches that are made at once

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]


def steps_per_epoch(faces: TrainingFaces, batch: int) -> int:
    """Return how many batches show every face once; the last may be smaller."""
    return math.ceil(len(faces.rows) / batch)


def balancing_weights(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Return a weight per face, float32 (R,), with which every person counts alike; the mean is 1."""
    _, position, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights = len(labels) / (len(counts) * counts[position])
    return np.asarray(weights, np.float32)


def batch_reader(
    faces: TrainingFaces, weights: npt.NDArray[np.float32], classes: int, settings: TrainingSettings, seed: int
) -> Callable[[int], Batch]:
    """Return a function from the number of a step, counted over all epochs from 0, to its batch.

    The batch is decided by the seed and the step alone, so a resumed training sees what an undisturbed one would see.

    Args:
        weights: float32 (R,), how much each face counts.
        settings: `batch_size` and `mixup` are used.
    """
    batch = settings.batch_size
    steps = steps_per_epoch(faces, batch)

    @lru_cache(maxsize=2)
    def order_of(epoch: int) -> npt.NDArray[np.int64]:
        return rng_for(seed, "shuffle", epoch).permutation(len(faces.rows))

    def read(step: int) -> Batch:
        epoch, place = divmod(int(step), steps)
        chosen = order_of(epoch)[place * batch : (place + 1) * batch]
        targets = np.zeros((len(chosen), classes), np.float32)
        targets[np.arange(len(chosen)), faces.labels[chosen]] = 1
        plain = np.asarray(faces.pixels[faces.rows[chosen]]), targets, weights[chosen]
        return mixed(plain, settings.mixup, rng_for(seed, "mixup", int(step))) if settings.mixup else plain

    return read


def mixed(batch: Batch, alpha: float, rng: np.random.Generator) -> Batch:
    """Return a batch in which each face is blended with another one, and its name and weight alike.

    The faces are blended before they are changed at random; one share serves the whole batch.

    Args:
        batch: Faces, one-hot people and weights, as a `batch_reader` returns them.
        alpha: Of the Beta distribution that the share is drawn from, above 0.
        rng: Draws the share and the partners.

    Source:
        Zhang et al., "mixup: Beyond Empirical Risk Minimization" (arXiv 1710.09412), equation 1 and figure 1a.
    """
    share = np.float32(rng.beta(alpha, alpha))
    partner = rng.permutation(len(batch[2]))
    faces, targets, weights = (share * each + (1 - share) * each[partner] for each in batch)
    return np.rint(faces).astype(np.uint8), targets, weights


def changed(read: Callable[[int], Batch], settings: Settings) -> Callable[[int], Batch]:
    """Return a function that reads as `read` does and changes the faces at random, anew in each step.

    Args:
        read: From the number of a step to its batch.
        settings: `augmentation`, `model.colour` and `seed` are used.
    """
    gray = settings.model.colour == "gray"

    def read_changed(step: int) -> Batch:
        faces, targets, weights = read(step)
        return change_faces(faces, settings.augmentation, settings.seed, int(step), gray=gray), targets, weights

    return read_changed


def training_batches(faces: TrainingFaces, classes: int, settings: Settings, first_step: int = 0) -> Any:
    """Return the endless tf.data.Dataset that a network learns `faces` from, see `endless_batches`.

    Args:
        settings: `augmentation`, `face.size`, `model.colour`, `training` and `seed` are used.
        first_step: Counted over all epochs from 0.
    """
    training = settings.training
    weights = balancing_weights(faces.labels) if training.class_weights else np.ones(len(faces.rows), np.float32)
    read = batch_reader(faces, weights, classes, training, settings.seed)
    return endless_batches(changed(read, settings), first_step, settings.face.size, classes)


def endless_batches(read: Callable[[int], Batch], first_step: int, size: int, classes: int) -> Any:
    """Return a tf.data.Dataset of (faces, one-hot people, weights) from `first_step` on, two batches ahead of the network.

    Two batches are read at once: a batch depends on nothing but its step, so they may be made in any order, and they come
    in theirs. What reads and changes pixels lets go of Python's lock meanwhile.
    """
    import tensorflow as tf

    def batch_of(step: Any) -> Any:
        parts = tf.numpy_function(read, [step], [tf.uint8, tf.float32, tf.float32])
        for part, shape in zip(parts, ((None, size, size, 3), (None, classes), (None,)), strict=True):
            part.set_shape(shape)
        return tuple(parts)

    return tf.data.Dataset.counter(first_step).map(batch_of, num_parallel_calls=READERS, deterministic=True).prefetch(2)
