"""A batch's photos and faces as tables show them: a row for each face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from core.datasets.flaws import in_words
from core.detection import Detection
from core.openset import Thresholds, decide
from core.recognizer.naming import Name, Route

BY_HAND: Literal["by hand"] = "by hand"  # the decision where a person has said who it is
BatchDecision = Literal["known", "unsure", "unknown", "by hand"]
COLUMNS = (
    *("file", "face", "left", "top", "width", "height", "detection_score", "quality"),
    *("person", "probability", "decision", "runner_up", "runner_up_probability", "run", "threshold"),
)


@dataclass(frozen=True)
class BatchPhoto:
    """One photo of a batch; its name may occur twice, its number not.

    Attributes:
        number: Its place in the batch, from 0.
        file: Its name as it was given.
        width, height: Of the full-size upright photo, in pixels; 0 where it cannot be read.
        faces: How many were found.
        sha256: Of its bytes; empty where they cannot be read.
        error: Why it cannot be read and what to do, None where it can.
    """

    number: int
    file: str
    width: int
    height: int
    faces: int
    sha256: str
    error: str | None


@dataclass(frozen=True)
class BatchRow:
    """One face of a batch. The first fields are the columns of the table, in their order.

    Attributes:
        file: Its photo's name.
        face: Its number in the photo, from 1, as it is drawn.
        left, top, width, height: Its box in pixels of the full-size upright photo.
        detection_score: How sure the detector is that it is a face, 0..1.
        quality: "good", or what may make the answer doubtful.
        person: Whose face it is or may be; None where the decision is "unknown".
        probability: Of that person, or of the most likely one, 0..1.
        decision: "known", "unsure", "unknown" or "by hand".
        runner_up, runner_up_probability: Who comes second, and how probable that is; None where the run knows only one.
        run: Which run has answered.
        threshold: The score from which a name is sure.
        number: Its place among all faces of the batch, from 0.
        photo: Its photo's number.
        score: What the decision rests on; see `core.openset.Thresholds.score`.
        route, taken: As in `core.recognizer.FacePrediction`.
        best: The most likely people with their probabilities, as `FacePrediction.top`.
        landmarks: Five points as x and y, in the order of `core.detection.LANDMARK_NAMES`.
        flaws: What `quality` says, one by one.
        kept_in: In which file its crop and vectors are, and in which row of it.
    """

    file: str
    face: int
    left: float
    top: float
    width: float
    height: float
    detection_score: float
    quality: str
    person: str | None
    probability: float
    decision: BatchDecision
    runner_up: str | None
    runner_up_probability: float | None
    run: str
    threshold: float
    number: int
    photo: int
    score: float
    route: Route
    best: tuple[tuple[str, float], ...]
    taken: str | None
    landmarks: tuple[tuple[float, float], ...]
    flaws: tuple[str, ...]
    kept_in: tuple[int, int]

    @property
    def likeliest(self) -> str:
        """Who it is most likely, even where that is too uncertain for a name."""
        return self.best[0][0]

    @cached_property
    def detection(self) -> Detection:
        """Where the face was found."""
        box = (self.left, self.top, self.width, self.height)
        return Detection(box, np.array(self.landmarks, np.float32), self.detection_score)

    def decided(self, lines: Thresholds) -> BatchRow:
        """Return what is said where the lines lie elsewhere; what a person has said stays."""
        if self.decision == BY_HAND:
            return replace(self, threshold=lines.known)
        decision: BatchDecision = decide(self.score, lines)
        return replace(self, decision=decision, person=None if decision == "unknown" else self.likeliest, threshold=lines.known)

    def named(self, name: Name, lines: Thresholds) -> BatchRow:
        """Return what is said after the face was named anew; what a person has said stays."""
        told = replace(self, **told_of(name), threshold=lines.known)
        return replace(told, person=self.person, decision=BY_HAND) if self.decision == BY_HAND else told

    def by_hand(self, person: str) -> BatchRow:
        """Return what is said where a person has said who it is."""
        return replace(self, person=person, decision=BY_HAND)


def told_of(name: Name) -> dict[str, Any]:
    """Return the fields of a row that follow from the name of its face."""
    runner_up, second = name.top[1] if len(name.top) > 1 else (None, None)
    return {
        "person": name.person,
        "probability": name.probability,
        "decision": name.decision,
        "runner_up": runner_up,
        "runner_up_probability": second,
        "score": name.score,
        "route": name.route,
        "best": name.top,
        "taken": name.taken,
    }


def read_photo_line(line: Mapping[str, Any]) -> BatchPhoto:
    """Return the photo that a line of the answers is about."""
    return BatchPhoto(
        line["photo"], line["file"], line["width"], line["height"], len(line["faces"]), line["sha256"], line["error"]
    )


def read_rows(line: Mapping[str, Any], number: int, run: str, threshold: float) -> list[BatchRow]:
    """Return the faces that a line of the answers is about.

    Args:
        line: As `core.batch.answering` writes it.
        number: Of the first of these faces in the batch.
        run, threshold: Alike for the whole batch.
    """
    return [
        BatchRow(
            file=line["file"],
            face=face,
            left=each["box"][0],
            top=each["box"][1],
            width=each["box"][2],
            height=each["box"][3],
            detection_score=each["detection_score"],
            quality=in_words(tuple(each["flaws"])),
            run=run,
            threshold=threshold,
            number=number + face - 1,
            photo=line["photo"],
            landmarks=tuple((x, y) for x, y in each["landmarks"]),
            flaws=tuple(each["flaws"]),
            kept_in=(line["part"], line["row"] + face - 1),
            **told_of(_name(each)),
        )
        for face, each in enumerate(line["faces"], start=1)
    ]


def _name(values: Mapping[str, Any]) -> Name:
    top = tuple((str(person), float(probability)) for person, probability in values["top"])
    about = {key: values[key] for key in ("person", "decision", "probability", "score", "route", "taken")}
    return Name(top=top, **about)
