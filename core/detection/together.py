"""Many photos at once: in parallel threads, each photo on its own, with a second look where nothing was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import joblib

from core.detection.canvas import Canvas, looks
from core.detection.detection import Detection
from core.images import DecodedPhoto

Look = Callable[[Canvas], list[Detection]]


def detect_each(look: Look, photos: Sequence[DecodedPhoto], side: int) -> list[list[Detection]]:
    """Return the faces of each photo, surest first, in the order of `photos`.

    Networks round differently in batches of another size, so one batch for many photos would let a face depend on its
    neighbours. Threads give the speed of a batch and keep the photos apart: the networks' work needs no Python lock.

    Args:
        look: Finds the faces on one canvas; safe to call from several threads.
        photos: The photos.
        side: Longer side of the photo at the first look, in pixels.
    """
    if len(photos) < 2:
        return [_detect_one(look, photo, side) for photo in photos]
    workers = joblib.Parallel(n_jobs=joblib.cpu_count(), prefer="threads")
    found: list[list[Detection]] = workers(joblib.delayed(_detect_one)(look, photo, side) for photo in photos)
    return found


def _detect_one(look: Look, photo: DecodedPhoto, side: int) -> list[Detection]:
    for canvas in looks(photo, side):
        found = look(canvas)
        if found:
            return sorted(found, key=lambda each: -each.score)
    return []
