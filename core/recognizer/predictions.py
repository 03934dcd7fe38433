"""What is said about the faces of a photo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets.flaws import flaws_of, in_words
from core.detection import Detection
from core.faces import FaceCrop
from core.models.logits import Answers
from core.openset import Decision, Thresholds, decide
from core.quality import Quality
from core.recognizer.naming import Route


@dataclass(frozen=True, eq=False)
class SeenPhoto:
    """A photo whose faces were found and shown to the network, but not named yet.

    Attributes:
        file: The photo's name as it was given.
        width, height: Of the full-size upright photo, in pixels; 0 where it cannot be read.
        crops: The faces that were found, from left to right.
        answers: Of the network, a row for each face; the vectors are of length 1, and None only where it has no layer for them.
        error: Why the photo cannot be read and what to do, None where it can.
        qualities: Of each face.
    """

    file: str
    width: int
    height: int
    crops: tuple[FaceCrop, ...]
    answers: Answers
    error: str | None = None
    qualities: tuple[Quality, ...] = ()


@dataclass(frozen=True)
class FacePrediction:
    """A face in a photo and who it may be.

    Attributes:
        person: The most likely person where the decision is "known" or "unsure"; None where it is "unknown".
        decision: "known", "unsure" or "unknown".
        probability: Of the most likely person, 0..1.
        score: What the decision rests on; see `Thresholds.score`.
        route: "trained" where the network knows the person, "enrolled" where they were added after the training.
        top: The most likely people with their probabilities, at most five, best first; with each person once in a photo,
            without those whom other faces were given.
        crop: uint8 (S, S, 3) RGB, what the network saw.
        taken: Who is more likely still, but was given to another face of the photo; None where nobody is.
        quality: What may make the answer doubtful; None where it was not measured.
        vector: float32 (D,), of length 1: where the network places the face; None where it cannot be told.
    """

    detection: Detection
    person: str | None
    decision: Decision
    probability: float
    score: float
    route: Route
    top: tuple[tuple[str, float], ...]
    crop: npt.NDArray[np.uint8]
    taken: str | None = None
    quality: Quality | None = None
    vector: npt.NDArray[np.float32] | None = None

    @property
    def runner_up(self) -> str | None:
        """Who comes second; None where the run knows only one person."""
        return self.top[1][0] if len(self.top) > 1 else None

    @property
    def runner_up_probability(self) -> float | None:
        """How probable the second is, 0..1."""
        return self.top[1][1] if len(self.top) > 1 else None

    @property
    def flaws(self) -> tuple[str, ...]:
        """What may make the answer doubtful, in words: "too small", "blurred", ...; empty where nothing does."""
        return flaws_of(self.quality)

    def decided(self, thresholds: Thresholds) -> FacePrediction:
        """Return what is said where the lines lie elsewhere; the score stays what it is.

        Not for answers with each person once: another line may give a name to another face. `Recognizer.name` does that.
        """
        decision = decide(self.score, thresholds)
        return replace(self, decision=decision, person=None if decision == "unknown" else self.top[0][0])

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, without the pixels."""
        found = self.detection.to_json()
        return {
            "box": found["box"],
            "landmarks": found["landmarks"],
            "detection_score": found["score"],
            "person": self.person,
            "decision": self.decision,
            "probability": self.probability,
            "score": self.score,
            "route": self.route,
            "top": [list(each) for each in self.top],
            "runner_up": self.runner_up,
            "runner_up_probability": self.runner_up_probability,
            "taken": self.taken,
            "quality": in_words(self.flaws),
        }


@dataclass(frozen=True)
class PhotoPrediction:
    """What a run says about one photo.

    Attributes:
        file: The photo's name as it was given.
        width, height: Of the full-size upright photo, in pixels; 0 where it cannot be read.
        faces: Those that were found, from left to right.
        error: Why the photo cannot be read and what to do, None where it can.
    """

    file: str
    width: int
    height: int
    faces: tuple[FacePrediction, ...]
    error: str | None = None

    def decided(self, thresholds: Thresholds) -> PhotoPrediction:
        """Return what is said where the lines lie elsewhere."""
        return replace(self, faces=tuple(face.decided(thresholds) for face in self.faces))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, without the pixels."""
        return {"file": self.file, "faces": [face.to_json() for face in self.faces], "error": self.error}
