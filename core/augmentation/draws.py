"""The random numbers behind the changes of one batch."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Faces = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Random numbers for each face of a batch.

    Each change has a generator of its own, so moving one slider leaves the other changes as they were. The numbers depend
    on nothing but what stands here: a resumed training draws what an undisturbed one would have drawn.

    Attributes:
        seed: Of the settings.
        number: Of the batch; another one gets other numbers.
        faces: How many faces the batch has.
    """

    seed: int
    number: int
    faces: int

    def of(self, change: str) -> np.random.Generator:
        """Return the generator of one change, as it is before its first number.

        The change's name counts as one number, not letter by letter: a batch takes half a dozen generators.
        """
        return np.random.default_rng((self.seed, zlib.crc32(change.encode()), self.number))

    def between(self, change: str, low: float, high: float, rows: int = 1) -> Floats:
        """Return evenly spread numbers, float64 (rows, B); `low` itself where nothing is to be drawn."""
        if low == high:
            return np.full((rows, self.faces), low)
        return self.of(change).uniform(low, high, (rows, self.faces))

    def signs(self, change: str, strength: float) -> Floats:
        """Return -1 for half of the faces and 1 for the others, float64 (B,); 1 for all at strength 0."""
        if not strength:
            return np.ones(self.faces)
        return np.where(self.of(change).random(self.faces) < 0.5, -1.0, 1.0)
