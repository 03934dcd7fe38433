"""The mean face of each person: what all their photos have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.datasets import Catalogue
from core.health.faces import health_face
from core.images.resampling import Pixels
from core.preparation import load_prepared
from core.settings import FaceSettings

MOST = 100  # faces of one person; more change nothing that can be seen


def mean_faces(catalogue: Catalogue, face: FaceSettings, people: Sequence[str]) -> dict[str, Pixels]:
    """Return the mean of each person's aligned faces, uint8 (S, S, 3) RGB, 0..255.

    Of a person with very many photos `MOST` are taken, evenly spread.

    Args:
        catalogue: Of the dataset.
        face: How faces are found.
        people: Whose.

    Returns:
        By name; people without a face are absent, and everybody where the faces have not been cut out yet.
    """
    prepared = load_prepared(catalogue, health_face(face))
    if prepared is None:
        return {}
    rows: dict[str, list[int]] = {person: [] for person in people}
    for photo in catalogue.photos():
        if photo.person in rows and photo.sha256 in prepared.rows:
            rows[photo.person].append(prepared.rows[photo.sha256])
    return {person: _mean(prepared.pixels, sorted(some)) for person, some in rows.items() if some}


def _mean(pixels: Pixels, rows: list[int]) -> Pixels:
    spread = np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round().astype(int)
    total = sum(pixels[rows[place]].astype(np.float64) for place in spread)
    return np.asarray(np.rint(total / len(spread)), np.uint8)
