"""What a detector promises, and which one a setting means."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Protocol

from core.detection.detection import Detection
from core.images import DecodedPhoto
from core.settings import FaceSettings

DETECTION_VERSION = 1  # raise it whenever the same photo may get other detections than before

_creating = threading.Lock()


class Detector(Protocol):
    """Finds the faces of photos; safe to share between threads."""

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        """Return each photo's faces, surest first; they never depend on which photos are asked about together.

        Raises:
            ModelError: the detector's weights are missing or damaged.
        """
        ...


def create_detector(face: FaceSettings) -> Detector:
    """Return the detector that `face` names; the same one for the same settings, as loading takes seconds.

    Raises:
        ModelError: the detector's weights are missing or damaged.
    """
    with _creating:
        return _create(face.detector, face.detection_side, face.min_score)


def detector_key(face: FaceSettings) -> str:
    """Return a short name for what decides the detections: stored detections with the same key can be used again."""
    return f"{face.detector}-v{DETECTION_VERSION}-side{face.detection_side}-score{face.min_score:g}"


@functools.lru_cache(maxsize=4)
def _create(name: str, side: int, min_score: float) -> Detector:
    if name == "mtcnn":
        from core.detection.mtcnn import MtcnnDetector

        return MtcnnDetector(side, min_score)
    from core.detection.yunet import YunetDetector

    return YunetDetector(side, min_score)
