"""Where eyes, nose and mouth lie in prepared crops, from the detections that were stored when they were cut."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue, Photo
from core.datasets.face_choice import FaceChoice, overlap
from core.detection import Detection, detector_key
from core.faces import choose_main_face, crop_transform
from core.settings import FaceSettings

SAME_FACE = 0.3  # overlap (intersection over union) from which a found face is the chosen one, as where crops are cut


def landmarks_in_crops(catalogue: Catalogue, face: FaceSettings, wanted: Collection[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Return the landmarks of faces, float64 (5, 2), x and y in the crop, by sha256; absent where they are not stored.

    A face that was drawn by hand is not among the stored detections, so it is absent.

    Raises:
        DatasetError: the catalogue cannot be read.
    """
    found, choices = catalogue.detections(detector_key(face)), catalogue.face_choices()
    marks = {}
    for photo in catalogue.photos_of(list(wanted)):
        main = _main_face(photo, found.get(photo.sha256, ()), face.main_face_ratio, choices.get(photo.sha256))
        if main is not None:
            marks[photo.sha256] = _moved(main.landmarks, crop_transform(main, face))
    return marks


def _main_face(photo: Photo, found: Sequence[Detection], ratio: float, choice: str | None) -> Detection | None:
    if choice is None:
        index = choose_main_face(found, photo.width, photo.height, ratio).index
        return None if index is None else found[index]
    chosen = FaceChoice.from_text(choice)
    if chosen.kind != "found" or chosen.box is None or not found:
        return None
    box = chosen.box
    best = max(found, key=lambda each: overlap(box, each.box))
    return best if overlap(box, best.box) >= SAME_FACE else None  # else another detector has found the chosen face


def _moved(points: npt.NDArray[Any], transform: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return points, (P, 2), where a transform, (2, 3), carries them."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float64)
