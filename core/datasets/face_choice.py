"""Which face of a photo a person has chosen, and where it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.alignment import TEMPLATES
from core.detection import Detection, create_detector
from core.faces import FaceStatus, choose_main_face
from core.images import DecodedPhoto
from core.settings import FaceSettings

Box = tuple[float, float, float, float]  # left, top, width, height in pixels of the upright photo

_SAME_FACE = 0.3  # overlap (intersection over union) from which a found face is the one in the box
_SURROUNDINGS = 0.4  # of the box's longer side: what is searched around a drawn box
_SEARCH = FaceSettings(detector="yunet", detection_side=320, min_score=0.3)  # a person has seen a face there: little is enough


@dataclass(frozen=True)
class FaceChoice:
    """What a person has said about the face of a photo.

    Attributes:
        kind: "none": there is no face; "found": the found face that shares most with the box; "drawn": the box itself.
        box: None for "none".
    """

    kind: Literal["none", "found", "drawn"]
    box: Box | None = None

    def to_text(self) -> str:
        """Return the choice as JSON text, the same text for equal choices."""
        box = None if self.box is None else [float(each) for each in self.box]
        return json.dumps({"kind": self.kind} | ({"box": box} if box else {}), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> FaceChoice:
        """Rebuild a choice from `to_text`."""
        values = json.loads(text)
        box = values.get("box")
        return cls(values["kind"], None if box is None else (box[0], box[1], box[2], box[3]))


def persons_face(
    found: Sequence[Detection], photo: DecodedPhoto, ratio: float, choice: str | None
) -> tuple[Detection | None, FaceStatus]:
    """Return the face of a photo that carries the person's name: the one that was chosen by hand, else the main one.

    Args:
        found: The faces that a detector has found in the photo.
        ratio: How much larger the main face has to be; see `core.faces.choose_main_face`.
        choice: What a person has said, as text; None where nobody has.

    Raises:
        ModelError: see `meant_face`.
    """
    if choice is not None:
        meant = meant_face(FaceChoice.from_text(choice), found, photo)
        return meant, "no_face" if meant is None else "face"
    main = choose_main_face(found, photo.width, photo.height, ratio)
    return None if main.index is None else found[main.index], main.status


def meant_face(choice: FaceChoice, found: Sequence[Detection], photo: DecodedPhoto) -> Detection | None:
    """Return the face that a person means; None where they said that there is none.

    Where this detector has not found the face that was chosen among those of another, it counts as drawn.

    Args:
        found: The faces that a detector has found in the photo.

    Raises:
        ModelError: the weights of YuNet, which finds the landmarks inside a drawn box, are missing or damaged.
    """
    if choice.box is None:
        return None
    if choice.kind == "found":
        best = _best(choice.box, found)
        if best is not None:
            return best
    inside = _best(choice.box, _search_around(choice.box, photo))
    return Detection(choice.box, _mean_landmarks(choice.box) if inside is None else inside.landmarks, 1.0)


def overlap(one: Box, other: Box) -> float:
    """Return how much two boxes share: intersection over union, 0..1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def _best(box: Box, found: Sequence[Detection]) -> Detection | None:
    best = max(found, key=lambda each: overlap(box, each.box), default=None)
    return best if best is not None and overlap(box, best.box) >= _SAME_FACE else None


def _search_around(box: Box, photo: DecodedPhoto) -> list[Detection]:
    """Return the faces that YuNet finds in and around a box, in pixels of the full photo."""
    high, wide = photo.pixels.shape[:2]
    reduced = photo.width / wide  # 1 unless the photo was opened reduced
    room = _SURROUNDINGS * max(box[2:])
    ends = np.array([box[0] - room, box[1] - room, box[0] + box[2] + room, box[1] + box[3] + room]) / reduced
    left, top, right, bottom = np.clip(np.rint(ends), 0, [wide, high, wide, high]).astype(int).tolist()
    pixels = np.ascontiguousarray(photo.pixels[top:bottom, left:right])
    if not pixels.size:
        return []
    part = DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], photo.format)
    return [_placed(each, (left, top), reduced) for each in create_detector(_SEARCH).detect([part])[0]]


def _placed(face: Detection, corner: tuple[int, int], reduced: float) -> Detection:
    left, top, width, height = face.box
    box = ((left + corner[0]) * reduced, (top + corner[1]) * reduced, width * reduced, height * reduced)
    return Detection(box, ((face.landmarks + np.array(corner)) * reduced).astype(np.float32), face.score)


def _mean_landmarks(box: Box) -> npt.NDArray[np.float32]:
    """Return where eyes, nose and mouth lie in a face that fills the box, float32 (5, 2), by the template of ArcFace."""
    left, top, width, height = box
    return np.asarray(TEMPLATES["arcface"] * [width, height] + [left, top], np.float32)
