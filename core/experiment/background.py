"""The background audit: what a network says when the face is painted over, and when only the face is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import RunError
from core.evaluation.intervals import Interval, wilson
from core.experiment.landmarks import landmarks_in_crops
from core.jobs import Stopped
from core.progress import Progress, Report, ShouldStop, never, silent
from core.recognizer import load_recognizer
from core.review import read_judged
from core.review.faces import find_faces
from core.runs import Run

Faces = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.floating[Any]]
Ask = Callable[[Sequence[Faces]], npt.NDArray[np.float32]]
"""Crops, uint8 (S, S, 3) each, to logits, float32 (N, C)."""

# The head from the top of the hair to the chin and from ear to ear, in distances of eyes and mouth. An ellipse around the
# face alone would leave the hair, which belongs to a person and not to the place: on ORL, cut with a margin of 0.2, it leaves
# 29% of the faces named right by a logistic regression of all pixels, this one 17%.
ABOVE_EYES, BELOW_MOUTH = 1.8, 0.8
HALF_WIDTH = 1.6  # distances of the eyes; of turned heads they shrink, so the height counts, too
WIDTH_OF_HEIGHT = 0.73  # half of a head's width as a share of half of its height
AT_ONCE = 64  # faces
MUCH = 1 / 3  # of what the network knows beyond guessing: if the background tells so much, it does much of the work


def face_mask(size: int, landmarks: Marks) -> Flags:
    """Return where the face is, hair and ears with it, bool (S, S): an ellipse around eyes, nose and mouth.

    Args:
        size: S, px.
        landmarks: (5, 2), x and y in the crop, in the order of `core.detection.detection.LANDMARK_NAMES`.
    """
    marks = landmarks.astype(np.float64)
    eyes, mouth = marks[:2].mean(axis=0), marks[3:].mean(axis=0)
    down = mouth - eyes
    tall = max(float(np.hypot(*down)), 1e-6)
    half_height = (ABOVE_EYES + 1 + BELOW_MOUTH) / 2 * tall
    half_width = max(HALF_WIDTH * float(np.hypot(*(marks[1] - marks[0]))), WIDTH_OF_HEIGHT * half_height)
    centre = eyes + down * (1 + BELOW_MOUTH - ABOVE_EYES) / 2
    angle = float(np.degrees(np.arctan2(-down[0], down[1])))
    mask = np.zeros((size, size), np.uint8)
    cv2.ellipse(mask, (tuple(centre.tolist()), (2 * half_width, 2 * half_height), angle), (1,), -1)
    return mask.astype(bool)


def without(pixels: Faces, gone: Flags) -> Faces:
    """Return a crop, uint8 (S, S, 3) RGB, with a part painted over in the mean colour of the rest.

    It is the mean of what stays and not of the whole crop, which would tell something of what is gone.

    Args:
        pixels: uint8 (S, S, 3), RGB.
        gone: bool (S, S).
    """
    painted = np.array(pixels)
    rest = pixels[~gone] if not gone.all() else pixels.reshape(-1, 3)
    painted[gone] = np.rint(rest.mean(axis=0)).astype(np.uint8)
    return painted


@dataclass(frozen=True)
class Share:
    """How many of the faces were named right."""

    right: int
    count: int

    @property
    def value(self) -> float:
        """The share, 0..1."""
        return self.right / self.count

    @property
    def interval(self) -> Interval:
        """The interval of the share, 95%."""
        found = wilson(self.right, self.count)
        assert found is not None
        return found


@dataclass(frozen=True)
class Audit:
    """What the background audit has found.

    Attributes:
        whole: Faces as they are.
        background: With the face painted over.
        face: With everything but the face painted over.
        guessing: The better of naming people at random and of always naming the person with the most photos, 0..1.
        skipped: Faces of which nobody knows where eyes and mouth are.
    """

    whole: Share
    background: Share
    face: Share
    guessing: float
    skipped: int = 0

    @property
    def helps(self) -> bool:
        """Whether the background alone names clearly more than guessing would."""
        return self.background.interval.low > self.guessing

    @property
    def caught(self) -> bool:
        """Whether it also does much of the work: a third of what the network knows, or more than the face does."""
        gained, known = self.background.value - self.guessing, max(self.whole.value - self.guessing, 1e-9)
        return self.helps and (gained / known >= MUCH or self.face.value < self.background.value)

    @property
    def level(self) -> str:
        """ "bad" where it is caught, "note" where the background helps a little, else "good"."""
        return "bad" if self.caught else "note" if self.helps else "good"

    def words(self) -> str:
        """Say what it means."""
        alone = f"With face and hair painted over, {_percent(self.background.value)} are still named right; guessing would "
        alone += f"reach {_percent(self.guessing)}."
        if self.level == "good":
            return f"{alone} The difference may be chance: no sign that it names people by their surroundings."
        if self.level == "note":
            return (
                f"{alone} Clothes, background or the outline of the head help a little; face and hair alone give "
                f"{_percent(self.face.value)}, so the network looks at people most of all."
            )
        return (
            f"{alone} Caught: it names people by what is around them, as clothes or the place. Expect worse names in new "
            "places. Photos of each person in several places help."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the audit as JSON values."""
        shares = {name: [each.right, each.count] for name, each in self._shares().items()}
        return {**shares, "guessing": self.guessing, "skipped": self.skipped}

    def _shares(self) -> dict[str, Share]:
        return {"whole": self.whole, "background": self.background, "face": self.face}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Audit:
        """Rebuild an audit from `to_json`."""
        shares = {name: Share(*values[name]) for name in ("whole", "background", "face")}
        return cls(**shares, guessing=values["guessing"], skipped=values["skipped"])


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def audit(
    ask: Ask,
    crops: Sequence[Faces],
    marks: Sequence[Marks],
    labels: npt.NDArray[np.integer[Any]],
    *,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Audit:
    """Ask a network about faces, about what is around them, and about nothing but them.

    Args:
        ask: The network.
        crops: N crops, at least one, uint8 (S, S, 3) RGB.
        marks: (5, 2) of each, where eyes, nose and mouth are in the crop.
        labels: int (N,), whom they show.
        report: Told where it stands.
        should_stop: Asked now and then.

    Raises:
        Stopped: somebody asked to stop.
    """
    hits = np.zeros(3, np.int64)
    people = 0
    for start in range(0, len(crops), AT_ONCE):
        report(Progress("Painting over", start, len(crops), "faces"))
        if should_stop():
            raise Stopped
        some = slice(start, start + AT_ONCE)
        answers = [ask(kind) for kind in _painted(crops[some], marks[some])]
        people = answers[0].shape[1]
        hits += [int((each.argmax(axis=1) == labels[some]).sum()) for each in answers]
    whole, background, face = (Share(int(each), len(crops)) for each in hits)
    guessing = max(1 / people, float(np.bincount(labels).max() / len(labels)))
    return Audit(whole, background, face, guessing)


def _painted(crops: Sequence[Faces], marks: Sequence[Marks]) -> tuple[list[Faces], list[Faces], list[Faces]]:
    """Return the crops as they are, without the face, and without everything else."""
    pairs = [(crop, face_mask(len(crop), mark)) for crop, mark in zip(crops, marks, strict=True)]
    return list(crops), [without(crop, mask) for crop, mask in pairs], [without(crop, ~mask) for crop, mask in pairs]


def audit_run(run: Run, report: Report = silent, should_stop: ShouldStop = never) -> Audit:
    """Audit a finished run by its test photos.

    Raises:
        RunError: it has no test photos, or their faces are gone.
        DatasetError: the dataset's catalogue cannot be read.
        Stopped: somebody asked to stop.
    """
    judged = read_judged(run, "test")
    faces = find_faces(run, judged)
    report(Progress("Painting over", 0, 0, "faces", "Loading"))
    there = [row for row, sha256 in enumerate(judged.sha256) if faces.has(sha256)]
    marks = landmarks_in_crops(faces.catalogue, run.settings.face, [judged.sha256[row] for row in there])
    rows = [row for row in there if judged.sha256[row] in marks]
    if not rows:
        raise RunError(
            f"No test photo of {run.name} has a face of which eyes and mouth are known.",
            "Find the faces again on the Explore page, or train with more photos.",
        )
    recognizer = load_recognizer(run.directory)
    found = audit(
        lambda crops: recognizer.answer(crops).logits,
        [faces.pixels(judged.sha256[row]) for row in rows],
        [marks[judged.sha256[row]] for row in rows],
        judged.labels[rows],
        report=report,
        should_stop=should_stop,
    )
    return replace(found, skipped=len(judged.sha256) - len(rows))
