"""From five landmarks to an upright face: the similarity transform that lays them on a template.

Embedding networks are only good on faces that lie as in their own training, so each names the template it was taught with.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.images.resampling import Transform

# Where the landmarks lie in the aligned face, x and y as shares of its side, the upper left corner being (0, 0).
# Order: image_left_eye, image_right_eye, nose, image_left_mouth, image_right_mouth.
TEMPLATES: dict[str, npt.NDArray[np.float64]] = {
    # Source: Deng et al., "ArcFace" (arXiv 1801.07698); the five points of its public code, for faces of 112x112 pixels.
    # They count from the centre of pixel 0, so half a pixel is added.
    "arcface": (
        np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]) + 0.5
    )
    / 112,
    # Source: King, dlib, `get_face_chip_details`: the mean face of 68 points, padding 0.25. An eye is the mean of its six
    # points, the nose is point 30, the mouth's corners are points 48 and 54.
    "dlib": (
        np.array([[0.225492, 0.21599], [0.754761, 0.21599], [0.490127, 0.515625], [0.254149, 0.780233], [0.726104, 0.780233]])
        + 0.25
    )
    / 1.5,
}


def align_transform(landmarks: npt.NDArray[np.float32], template: str, size: int, margin: float = 0.0) -> Transform:
    """Return the transform from the full photo to the aligned face.

    Args:
        landmarks: float32 (5, 2), x and y in the photo; whole numbers are pixel centres.
        template: A name in `TEMPLATES`.
        size: Side of the aligned face in pixels.
        margin: How much more is kept on each side, as a share of the template's side.

    Returns:
        float32 (2, 3); whole numbers are pixel centres.
    """
    shares = (TEMPLATES[template] + margin) / (1 + 2 * margin)
    return similarity_transform(landmarks.astype(np.float64), shares * size - 0.5).astype(np.float32)


def similarity_transform(points: npt.NDArray[np.float64], targets: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the turn, zoom and shift, without mirroring, that lays `points` on `targets` with the least squared error.

    Args:
        points, targets: float64 (N, 2), x and y.

    Returns:
        float64 (2, 3), target = transform[:, :2] @ point + transform[:, 2]. Points that all lie in one place are only
        shifted.

    Source:
        Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991). In the plane
        a turn with zoom is the product with one complex number, so its formula is a complex linear regression.
    """
    start, goal = points.mean(axis=0), targets.mean(axis=0)
    away, wanted = (points - start) @ [1, 1j], (targets - goal) @ [1, 1j]  # x + iy
    spread = float((np.abs(away) ** 2).sum())
    factor = (away.conj() @ wanted) / spread if spread > 0 else 1.0
    turn = np.array([[np.real(factor), -np.imag(factor)], [np.imag(factor), np.real(factor)]])
    return np.column_stack([turn, goal - turn @ start])
