"""Detections as bytes: a row of 15 numbers for each face, so that thousands of photos are read at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from core.detection import Detection

_NUMBERS = 15  # box (4), score, landmarks (5 times x and y)


def pack(faces: Sequence[Detection]) -> bytes:
    """Return the faces of one photo as float64 (faces, 15), little-endian: exactly what `unpack` gives back."""
    rows = [(*face.box, face.score, *face.landmarks.ravel().tolist()) for face in faces]
    return np.array(rows, "<f8").tobytes()


def unpack(stored: Iterable[tuple[str, bytes]]) -> dict[str, list[Detection]]:
    """Return the faces of each photo from (sha256, packed faces)."""
    stored = list(stored)
    numbers = np.frombuffer(b"".join(packed for _, packed in stored), "<f8").reshape(-1, _NUMBERS)
    landmarks = numbers[:, 5:].astype(np.float32).reshape(-1, 5, 2)
    rows = zip(numbers[:, :5].tolist(), landmarks, strict=True)
    faces = iter([Detection((left, top, width, height), marks, score) for (left, top, width, height, score), marks in rows])
    return {sha256: [next(faces) for _ in range(len(packed) // (8 * _NUMBERS))] for sha256, packed in stored}
