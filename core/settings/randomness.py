"""One seed, one random generator for each purpose; never the global state."""

from __future__ import annotations

import numpy as np


def rng_for(seed: int, purpose: str, *more: int) -> np.random.Generator:
    """Return the random generator of one purpose ("split", "shuffle"): the same seed and purpose, the same numbers."""
    words = [seed, *purpose.encode(), *more]
    return np.random.default_rng(np.random.SeedSequence(words))


def seed_for(seed: int, purpose: str) -> int:
    """Return a whole number, 0..2**31 - 1, for a library that takes a seed and not a generator."""
    return int(rng_for(seed, purpose).integers(2**31))
