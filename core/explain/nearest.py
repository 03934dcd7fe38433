"""The training photos that a face is most like, in the eyes of the network that named it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Neighbour:
    """A training photo.

    Attributes:
        sha256: The photo.
        likeness: Cosine with the face in question, -1..1.
    """

    sha256: str
    likeness: float


def nearest(
    vector: Floats, taught: Floats, labels: Labels, photos: tuple[str, ...], person: int, *, count: int = 3, but: str = ""
) -> tuple[Neighbour, ...]:
    """Return the training photos of one person that are most like a face, the most alike first.

    Args:
        vector: float32 (D,), of length 1: the face.
        taught: float32 (M, D), rows of length 1: all training faces.
        labels: int (M,), whom they show.
        photos: M photos (sha256).
        person: Whose photos; somebody without any has no neighbour.
        count: How many at most.
        but: A photo that is left out: the face's own, where it taught too.
    """
    rows = [row for row in np.flatnonzero(labels == person).tolist() if photos[row] != but]
    likeness = taught[rows] @ vector
    order = np.argsort(-likeness, kind="stable")[:count]
    return tuple(Neighbour(photos[rows[each]], float(likeness[each])) for each in order.tolist())
