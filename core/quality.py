"""How good a face is to learn from: size, sharpness, light, colour and pose, measured while the photo is open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.detection import Detection, detector_key
from core.faces import FaceStatus
from core.images import DecodedPhoto, fit_within
from core.images.resampling import Pixels
from core.settings import FaceSettings

QUALITY_VERSION = 1  # raise it whenever the same photo may get other figures than before
FACE_SIDE = 112  # px; larger faces are measured at this size, which is what the embeddings see
PHOTO_SIDE = 128  # px; a photo without a main face is measured whole, at this size
WHITE = 250  # gray level from which a pixel counts as burnt out
# The face as a plane of eyes and mouth with a nose before it. The figures are medians over the 6,987 faces that YuNet finds
# in ORL, LFW and Pins; with this length of the nose the width of a face shrinks with its yaw as a cosine does.
NOSE_LENGTH = 0.5  # how far its tip stands before the plane, as a share of the distance of the eyes
FRONT_DROP = 0.56  # where it is between eyes (0) and mouth (1), seen from the front
FRONT_WIDTH = 1.01  # distance of the eyes as a share of that between eyes and mouth, seen from the front

Gray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Quality:
    """The figures of one photo: those of its main face, and of the whole photo where it has none.

    Attributes:
        faces: How many were found.
        status: "face", "no_face" or "several_faces".
        face_size: The longer side of the main face's box, in pixels of the photo.
        sharpness: 0 (a blur) .. 1 (every edge as steep as pixels allow).
        brightness: Mean gray, 0 (black) .. 1 (white).
        overexposed: Share of the pixels that are burnt out, 0..1.
        contrast: Standard deviation of gray, 0..0.5.
        colour: Mean difference between a pixel's largest and smallest channel, 0 (gray) .. 1.
        yaw: Turned to the side, in degrees; below 0 to the left of the picture, above 0 to the right.
        pitch: Turned up (below 0) or down (above 0), in degrees.
        roll: Tilted, in degrees, clockwise in the picture above 0.
    """

    faces: int
    status: FaceStatus
    face_size: float | None
    sharpness: float
    brightness: float
    overexposed: float
    contrast: float
    colour: float
    yaw: float | None = None
    pitch: float | None = None
    roll: float | None = None


def quality_key(face: FaceSettings) -> str:
    """Return a short name for what decides the figures; photos with figures under this key are not measured again."""
    return f"{detector_key(face)}-main{face.main_face_ratio:g}-quality{QUALITY_VERSION}"


def measure_quality(photo: DecodedPhoto, found: Sequence[Detection], main: Detection | None, status: FaceStatus) -> Quality:
    """Return the figures of a photo.

    Args:
        photo: The photo.
        found: All faces that were found in it.
        main: The face it is about; None where there is none.
        status: Why there is none, or "face".
    """
    pixels = fit_within(photo.pixels, PHOTO_SIDE) if main is None else fit_within(_face_of(photo, main), FACE_SIDE)
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
    yaw, pitch, roll = (None, None, None) if main is None else pose(main.landmarks)
    return Quality(
        faces=len(found),
        status=status,
        face_size=None if main is None else max(main.box[2:]),
        sharpness=sharpness(gray),
        brightness=float(gray.mean()) / 255,
        overexposed=float((gray >= WHITE).mean()),
        contrast=float(gray.std()) / 255,
        colour=_colour(pixels),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
    )


def _face_of(photo: DecodedPhoto, main: Detection) -> Pixels:
    """Return the part of the photo inside the box; at least one pixel, at the edge where the box lies outside."""
    height, width = photo.pixels.shape[:2]
    left, top, box_width, box_height = (each / photo.scale for each in main.box)
    x, y = (min(max(0, int(start)), end - 1) for start, end in ((left, width), (top, height)))
    return photo.pixels[y : max(y + 1, round(top + box_height)), x : max(x + 1, round(left + box_width))]


def sharpness(gray: Gray) -> float:
    """Return how much of the change between neighbouring pixels is lost when the picture is blurred, 0..1.

    A picture that is blurred already loses little. Contrast does not matter; of the two directions the worse one counts,
    as a moving camera blurs one only.

    Args:
        gray: float32 (H, W), any range.

    Source:
        Crete et al., "The blur effect" (SPIE 6492, 2007), with a blur over 5 pixels instead of 9: faces are small here.
    """
    return min(_kept_along(gray, (5, 1)), _kept_along(gray.T, (5, 1)))


def _kept_along(gray: Gray, kernel: tuple[int, int]) -> float:
    """Return the share of the changes from column to column that a blur along the rows takes away."""
    if gray.shape[1] < 2:
        return 0.0
    sharp = np.ascontiguousarray(gray)
    blurred = np.asarray(cv2.blur(sharp, kernel), np.float32)
    change, left = (cv2.absdiff(each[:, 1:], each[:, :-1]) for each in (sharp, blurred))
    total = float(cv2.sumElems(change)[0])
    return float(cv2.sumElems(cv2.max(change - left, 0))[0]) / total if total > 0 else 0.0


def _colour(pixels: Pixels) -> float:
    red, green, blue = cv2.split(pixels)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return float(np.mean(most - least)) / 255


def pose(landmarks: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    """Return yaw, pitch and roll of a face in degrees, see `Quality`; rough, as people's faces differ.

    How far the nose is off the middle, in units of the face, is the tangent of the angle by which it is turned. The units
    are those of the tilted face: down from eyes to mouth, and across.

    Args:
        landmarks: float32 (5, 2), x and y, in the order of `core.detection.detection.LANDMARK_NAMES`.

    Source:
        The plane with a nose: Gee and Cipolla, "Determining the gaze of faces in images" (1994).
    """
    marks = landmarks.astype(np.float64)
    eyes, nose, mouth = marks[:2].mean(axis=0), marks[2], marks[3:].mean(axis=0)
    tall = max(float(np.linalg.norm(mouth - eyes)), 1e-9)
    down = (mouth - eyes) / tall
    across = np.array([down[1], -down[0]])
    wide = abs(float((marks[1] - marks[0]) @ across))
    yaw = math.atan2(float((nose - eyes) @ across), NOSE_LENGTH * wide)
    pitch = math.atan2(float((nose - eyes) @ down) / tall - FRONT_DROP, NOSE_LENGTH * FRONT_WIDTH)
    roll = math.atan2(-down[0], down[1])
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)
