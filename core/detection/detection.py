"""One face that a detector found in a photo."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LANDMARK_NAMES = ("image_left_eye", "image_right_eye", "nose", "image_left_mouth", "image_right_mouth")


@dataclass(frozen=True, eq=False)
class Detection:
    """A face in a photo.

    Attributes:
        box: left, top, width, height in pixels of the full-size upright photo; may reach over the photo's edge.
        landmarks: float32 (5, 2), x and y in the same pixels, in the order of `LANDMARK_NAMES`.
        score: How sure the detector is, 0..1.
    """

    box: tuple[float, float, float, float]
    landmarks: npt.NDArray[np.float32]
    score: float

    def __post_init__(self) -> None:
        if len(self.box) != 4 or not all(map(math.isfinite, self.box)) or min(self.box[2:]) <= 0:
            raise ValueError(f"a box is (left, top, width, height) with a positive size, not {self.box}")
        marks = self.landmarks
        if marks.dtype != np.float32 or marks.shape != (5, 2) or not np.isfinite(marks).all():
            raise ValueError(f"landmarks have to be finite float32 (5, 2), not {marks.dtype} {marks.shape}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"a score lies in 0..1, not {self.score}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Detection):
            return NotImplemented
        same_marks = np.array_equal(self.landmarks, other.landmarks)
        return self.box == other.box and self.score == other.score and same_marks

    def __hash__(self) -> int:
        return hash((self.box, self.score, self.landmarks.tobytes()))

    @property
    def area(self) -> float:
        """Width times height of the box, in square pixels."""
        return self.box[2] * self.box[3]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values that `from_json` turns back into an equal detection."""
        return {"box": list(self.box), "landmarks": self.landmarks.tolist(), "score": self.score}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Detection:
        """Rebuild a detection from `to_json`."""
        left, top, width, height = (float(each) for each in values["box"])
        return cls((left, top, width, height), np.array(values["landmarks"], np.float32), float(values["score"]))
