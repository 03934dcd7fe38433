"""Faces that a person has drawn into a photo because no detector has found them: named as those that were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.detection import Detection
from core.images import DecodedPhoto, decode
from core.models.logits import Answers
from core.recognizer.finding import find_faces, open_photo
from core.recognizer.predictions import SeenPhoto
from core.recognizer.recognizer import Recognizer


@dataclass(frozen=True)
class _Given:
    """A detector that finds what it was told."""

    faces: Sequence[Detection]

    def detect(self, photos: Sequence[DecodedPhoto]) -> list[list[Detection]]:
        """Return the same faces for each photo."""
        return [list(self.faces) for _ in photos]


def look_at_drawn(recognizer: Recognizer, data: bytes, name: str, faces: Sequence[Detection]) -> SeenPhoto:
    """Cut out faces that a person has drawn, and ask the network about them.

    Args:
        recognizer: Of a finished run.
        data: The photo file's bytes.
        name: What to call it.
        faces: In pixels of the upright full-size photo.
    """
    opened = [(name, open_photo(lambda: decode(data, name)))]
    return recognizer.ask_about(find_faces(_Given(faces), recognizer.face, opened))[0]


def together(found: SeenPhoto, drawn: SeenPhoto) -> SeenPhoto:
    """Return one photo with the faces of both, those that were found first."""
    one, other = found.answers, drawn.answers
    vectors = None if one.vectors is None or other.vectors is None else np.concatenate([one.vectors, other.vectors])
    answers = Answers(np.concatenate([one.logits, other.logits]), vectors)
    crops, qualities = (*found.crops, *drawn.crops), (*found.qualities, *drawn.qualities)
    return replace(found, crops=crops, answers=answers, qualities=qualities)
