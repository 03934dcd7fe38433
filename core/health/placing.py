"""The map of faces: a point each, faces that are alike side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.experiment.learnt import Floats
from core.settings import rng_for

MOST = 2_500  # faces that t-SNE places, in less than a minute; further ones are put among those that are nearest
COMPONENTS = 50
PERPLEXITY = 30.0
ROUNDS = 500
NEAREST = 3
_AT_ONCE = 4096


def place_faces(vectors: Floats, seed: int = 0) -> Floats:
    """Return where each face lies on the map, float32 (N, 2), each coordinate in -1..1.

    Args:
        vectors: float32 (N, D), rows of length 1.
        seed: Decides which faces are placed first, and the map.

    Source:
        Principal components, then t-SNE: van der Maaten and Hinton (2008), with the start that Kobak and Berens (2019)
        advise.
    """
    count = len(vectors)
    if count < 3:
        return np.stack([np.linspace(-1, 1, count) if count > 1 else np.zeros(count), np.zeros(count)], axis=1).astype(
            np.float32
        )
    drawn = np.sort(rng_for(seed, "map").permutation(count)[:MOST])
    placed = _map(vectors[drawn], seed)
    places = np.empty((count, 2), np.float32)
    places[drawn] = placed
    rest = np.setdiff1d(np.arange(count), drawn)
    for start in range(0, len(rest), _AT_ONCE):
        some = rest[start : start + _AT_ONCE]
        places[some] = _among_nearest(vectors[some], vectors[drawn], placed)
    return places


def _map(vectors: Floats, seed: int) -> Floats:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    components = min(COMPONENTS, *vectors.shape)
    reduced = PCA(components, random_state=seed).fit_transform(vectors)
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    method: Any = "barnes_hut" if len(vectors) > 3 * perplexity + 1 else "exact"
    tsne = TSNE(2, perplexity=perplexity, init="pca", max_iter=ROUNDS, method=method, random_state=seed, n_jobs=-1)
    found = tsne.fit_transform(reduced).astype(np.float64)
    found -= (found.min(axis=0) + found.max(axis=0)) / 2
    reach = np.abs(found).max()
    return np.asarray(found / reach if reach > 0 else found, np.float32)


def _among_nearest(vectors: Floats, others: Floats, places: Floats) -> npt.NDArray[np.float32]:
    """Return the middle of the places of the nearest faces, nearer ones counting more."""
    likeness = vectors @ others.T
    nearest = np.argpartition(-likeness, NEAREST - 1, axis=1)[:, :NEAREST]
    weights = np.maximum(np.take_along_axis(likeness, nearest, axis=1), 1e-3) ** 4
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((places[nearest] * weights[:, :, None]).sum(axis=1), np.float32)
