"""What becomes of one photo: decoded, searched for faces, measured, its face cut out. Nothing here touches a catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from core.datasets import Photo
from core.datasets.face_choice import Box, persons_face
from core.datasets.thumbnails import Thumbnails, make_thumbnails
from core.detection import Detection, Detector
from core.errors import PhotoError
from core.faces import FaceCrop, cut_face
from core.images import decode
from core.preparation.records import PhotoStatus
from core.quality import Quality, measure_quality
from core.settings import FaceSettings


@dataclass(frozen=True)
class Question:
    """What is asked about a photo.

    Attributes:
        photo: Which one.
        known: The faces that were found in it before; None where it has to be searched.
        choice: Which face a person has chosen, as text; None where nobody has.
    """

    photo: Photo
    known: list[Detection] | None = None
    choice: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one photo; `detections` only where they are new, `choice` where a person has chosen the face."""

    photo: Photo
    status: PhotoStatus
    detections: list[Detection] | None = None
    crop: FaceCrop | None = None
    problem: PhotoError | None = None
    quality: Quality | None = None
    choice: str | None = None
    thumbnails: Thumbnails = ()


def look(
    question: Question, data: bytes, face: FaceSettings, detector: Detector | None, missing: Callable[[Box | None], bool]
) -> Outcome:
    """Work out what becomes of a photo with these bytes; the same bytes give the same outcome wherever it is done.

    Args:
        question: Which photo.
        data: Its file.
        face: Decides what is found and how it is cut.
        detector: Searches the photo; None where its faces are known.
        missing: Whether the thumbnail of the whole photo (None) or of a face is not there yet.

    Raises:
        PhotoError: the photo cannot be decoded, or is another one by now.
        ModelError: the detector's weights are missing or damaged.
    """
    photo, choice = question.photo, question.choice
    decoded = decode(data, photo.path)
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise PhotoError(f"{photo.path} has changed since the folder was scanned.", "Scan the folder again.")
    found = question.known
    if found is None:
        assert detector is not None
        (found,) = detector.detect([decoded])
    main, status = persons_face(found, decoded, face.main_face_ratio, choice)
    boxes = (None,) if main is None else (None, main.box)
    return Outcome(
        photo,
        status,
        found if question.known is None else None,
        None if main is None else cut_face(decoded, main, face),
        quality=measure_quality(decoded, found, main, status),
        choice=choice,
        thumbnails=make_thumbnails(decoded, [box for box in boxes if missing(box)]),
    )


def unreadable(question: Question, problem: PhotoError) -> Outcome:
    """Return what becomes of a photo that cannot be read."""
    return Outcome(question.photo, "unreadable", problem=problem, choice=question.choice)
