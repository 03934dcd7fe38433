"""A network's answers for many faces."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def compute_logits(network: Any, pixels: Any, rows: npt.NDArray[np.int64], batch: int = 64) -> npt.NDArray[np.float32]:
    """Ask `network` about the faces in `rows`, a batch at a time.

    Args:
        network: As `build` makes it.
        pixels: uint8 (N, S, S, 3), RGB, 0..255; only `batch` rows are in memory at once.
        rows: int64 (R,), which rows, in which order.
        batch: Faces per step.

    Returns:
        float32 (R, C).
    """
    answers = np.empty((len(rows), network.output_shape[-1]), np.float32)
    for start in range(0, len(rows), batch):
        faces = np.asarray(pixels[rows[start : start + batch]])
        # A direct call: predict() would cost a tenth of a second each time it is set up.
        answers[start : start + batch] = network(faces, training=False)
    return answers


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn logits, float32 (N, C), into probabilities, float32 (N, C); each row adds up to 1."""
    exact = logits.astype(np.float64)  # float32 would lose digits that the metrics later miss
    powers = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
