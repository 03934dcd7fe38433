"""From a photo and its detections to square face crops: the one path of training and serving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.alignment import align_transform
from core.detection import Detection, detector_key
from core.images import DecodedPhoto, warp
from core.images.resampling import Pixels, Transform
from core.settings import FaceSettings

CROP_VERSION = 1  # raise it whenever the same detection may give other pixels than before
EDGE_WEIGHT = 0.5  # a face at the photo's corner counts half of one in the middle

FaceStatus = Literal["face", "no_face", "several_faces"]


@dataclass(frozen=True, eq=False)
class FaceCrop:
    """A face as the network sees it.

    Attributes:
        pixels: uint8 (S, S, 3), RGB, 0..255.
        detection: Where it was found.
        transform: float32 (2, 3), from coordinates in the full photo to the crop; whole numbers are pixel centres.
    """

    pixels: Pixels
    detection: Detection
    transform: Transform


@dataclass(frozen=True)
class MainFace:
    """Which face a photo that carries one person's name shows.

    Attributes:
        index: Place of the main face among the detections; None where there is none.
        status: "face", "no_face", or "several_faces" where no face is large enough to be the main one.
    """

    index: int | None
    status: FaceStatus


def choose_main_face(detections: Sequence[Detection], width: int, height: int, ratio: float) -> MainFace:
    """Choose the face that a photo is about.

    The candidate is the largest face, those near the edges counting less. It is chosen only if its area is at least
    `ratio` times that of every other face; else the photo could be filed under the wrong person.

    Args:
        detections: The faces of one photo.
        width, height: Size of the full photo in pixels.
        ratio: How much larger the main face has to be.
    """
    if not detections:
        return MainFace(None, "no_face")
    weights = [each.area * _centrality(each, width, height) for each in detections]
    main = weights.index(max(weights))
    others = [each.area for place, each in enumerate(detections) if place != main]
    if others and detections[main].area < ratio * max(others):
        return MainFace(None, "several_faces")
    return MainFace(main, "face")


def _centrality(detection: Detection, width: int, height: int) -> float:
    """Return 1 in the middle of the photo, falling to `EDGE_WEIGHT` at its corners."""
    left, top, box_width, box_height = detection.box
    away = math.hypot(left + box_width / 2 - width / 2, top + box_height / 2 - height / 2)
    return 1 - (1 - EDGE_WEIGHT) * min(1.0, away / math.hypot(width / 2, height / 2))


def crop_transform(detection: Detection, face: FaceSettings) -> Transform:
    """Return the transform from the full photo to the crop: aligned by the landmarks, or a square around the box.

    The square's side is the longer side of the box plus `face.margin` of it on either side, so proportions are kept.

    Returns:
        float32 (2, 3); whole numbers are pixel centres.
    """
    if face.alignment != "box":
        return align_transform(detection.landmarks, face.alignment, face.size, face.margin)
    left, top, width, height = detection.box
    side = max(width, height) * (1 + 2 * face.margin)
    zoom = face.size / side
    corner = np.array([left + width / 2, top + height / 2]) - side / 2
    shift = (0.5 - corner) * zoom - 0.5  # the centre of pixel 0 lies half a pixel inside its edge
    return np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]], np.float32)


def cut_face(photo: DecodedPhoto, detection: Detection, face: FaceSettings) -> FaceCrop:
    """Return the crop of one face; parts outside the photo repeat its edge."""
    transform = crop_transform(detection, face)
    height, width = photo.pixels.shape[:2]
    reduced = np.array([photo.width / width, photo.height / height])  # 1 unless the photo was opened reduced
    of_pixels = transform.astype(np.float64)
    of_pixels[:, 2] += of_pixels[:, :2] @ (reduced / 2 - 0.5)
    of_pixels[:, :2] *= reduced
    return FaceCrop(warp(photo.pixels, of_pixels.astype(np.float32), face.size), detection, transform)


def crop_key(face: FaceSettings) -> str:
    """Return a short name for what decides the stored crops; crops with the same key can be used again."""
    own = f"v{CROP_VERSION}-{face.alignment}-margin{face.margin:g}-size{face.size}-main{face.main_face_ratio:g}"
    return f"{detector_key(face)}-{own}"
