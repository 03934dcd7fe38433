"""MTCNN's first stage: squares that may hold a face, searched at every size in one compiled graph.

The package runs its first network level by level and hands every pixel's answer to Python; here the levels are one loop in
one graph that hands over only what looks like a face, which takes half the time. The results are the package's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

# The package's own values.
MIN_FACE = 20  # pixels; a larger value would skip the last levels of the package's pyramid and find nothing
SHRINK = 0.709  # from one level of the pyramid to the next: half the area
PROPOSAL_SCORE = 0.6
CELL, STRIDE = 12, 2  # pixels that one answer of the network looks at, and steps between answers
OVERLAP_IN_LEVEL = 0.5
OVERLAP_OF_LEVELS = 0.7
STRIP = 256

Rows = npt.NDArray[np.float64]


def compile_search(network: Any) -> Callable[[Any, Any], Any]:
    """Return the compiled search for faces, for photos of any size.

    It takes pixels uint8 (H, W, 3) and the sizes of the levels, int32 (levels, 2) as height and width. It returns float32
    (candidates, 8) with the level, the row and the column of the answer, four offsets of the box and the score; and the
    pixels as float32 (1, H, W, 3), about -1..1.

    Args:
        network: The package's PNet.
    """
    import tensorflow as tf

    def search(pixels: Any, sizes: Any) -> Any:
        scaled = (tf.cast(pixels[None], tf.float32) - 127.5) / 128.0

        def search_level(level: Any, found: Any) -> Any:
            offsets, scores = network(tf.image.resize(scaled, sizes[level], tf.image.ResizeMethod.AREA))
            places = tf.where(scores[0, :, :, 1] > PROPOSAL_SCORE)  # (n, 2), row and column
            parts = [
                tf.fill([tf.shape(places)[0], 1], tf.cast(level, tf.float32)),
                tf.cast(places, tf.float32),
                tf.gather_nd(offsets[0], places),
                tf.gather_nd(scores[0, :, :, 1], places)[:, None],
            ]
            return level + 1, found.write(level, tf.concat(parts, axis=1))

        levels = tf.shape(sizes)[0]
        found = tf.TensorArray(tf.float32, levels, infer_shape=False, element_shape=(None, 8))
        _, found = tf.while_loop(lambda level, _: level < levels, search_level, (0, found))
        return found.concat(), scaled

    shapes = [tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((None, 2), tf.int32)]
    compiled: Callable[[Any, Any], Any] = tf.function(search, input_signature=shapes, autograph=False)
    return compiled


def pyramid(height: int, width: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Return the scale of each level, float64 (levels,), and its height and width in pixels, int32 (levels, 2)."""
    from mtcnn.utils.images import build_scale_pyramid

    scales = np.asarray(build_scale_pyramid(width, height, MIN_FACE, SHRINK), np.float64)
    return scales, (np.array([[height, width]]) * scales[:, None]).astype(np.int32)


def merge(candidates: npt.NDArray[np.float32], scales: npt.NDArray[np.float64]) -> Rows:
    """Return the squares that remain of the candidates once those that say the same are dropped.

    Args:
        candidates: float32 (N, 8), as the compiled search returns them.
        scales: float64 (levels,), of each level to the photo.

    Returns:
        float64 (proposals, 6), the surest first: 0 (the photo's number), left, top, right, bottom, score.
    """
    from mtcnn.utils.bboxes import resize_to_square

    values = candidates.astype(np.float64)
    level, corner = values[:, 0].astype(int), values[:, 2:0:-1] * STRIDE  # x and y
    corners = np.concatenate([corner + 1, corner + CELL], axis=1) + values[:, 3:7] * (CELL - 1)
    rows = np.column_stack([np.zeros(len(values)), corners / scales[level, None], values[:, 7]])
    levels = [_surest_first(rows[level == each]) for each in range(len(scales))]
    rows = _surest_first(np.concatenate([each[survivors(each[:, 1:5], OVERLAP_IN_LEVEL)] for each in levels]))
    return np.asarray(resize_to_square(rows[survivors(rows[:, 1:5], OVERLAP_OF_LEVELS)]), np.float64)


def _surest_first(rows: Rows) -> Rows:
    """Sort by score; equals, which are common at 1.0, always in the same order."""
    return rows[np.argsort(-rows[:, 5], kind="stable")]


def survivors(boxes: Rows, threshold: float) -> npt.NDArray[np.bool_]:
    """Return which boxes, float64 (N, 4) with the surest first, share no more than `threshold` with any surer one.

    Shares are intersection over union. Worked out in strips: the whole table would take gigabytes for a crowd.
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), STRIP):
        strip = boxes[start : start + STRIP, None]  # (strip, 1, 4)
        surer = boxes[None, : start + STRIP]
        size = np.minimum(strip[..., 2:], surer[..., 2:]) - np.maximum(strip[..., :2], surer[..., :2])
        shared = np.prod(np.maximum(size, 0), axis=-1)  # (strip, start + strip)
        shares = shared / (areas[start : start + STRIP, None] + areas[None, : start + STRIP] - shared)
        kept[start : start + STRIP] = ~np.tril(shares > threshold, k=start - 1).any(axis=1)
    return kept
