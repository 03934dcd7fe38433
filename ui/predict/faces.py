"""What there is to show of one photo: its faces with the answers of one or two runs, and what was said about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256

from core.curation import PhotoFace, Said, said_about, said_of
from core.datasets import are_strangers
from core.detection import Detection
from core.openset import Thresholds
from core.recognizer import FacePrediction
from core.runs import Run
from ui import resources
from ui.memories import PhotoMemory
from ui.predict.compare import disagree, matched
from ui.predict.upload import Upload
from ui.session import current

NAMES_IN_SHORT = 12  # people in the line about a photo


@dataclass(frozen=True)
class Asked:
    """What is asked: which run, about which photo.

    Attributes:
        run: Finished.
        upload: The photo.
        lines: Where known and unknown lie; None takes the run's own.
        second: Another run whose answers stand beside.
        once: Whether a person can be in the photo once only.
    """

    run: Run
    upload: Upload
    lines: Thresholds | None = None
    second: Run | None = None
    once: bool = False

    @property
    def memory(self) -> PhotoMemory:
        """What the session remembers of the photo."""
        return current().predict.of(self.upload.key)

    @property
    def own_lines(self) -> Thresholds | None:
        """The lines that hold for the first run."""
        return self.lines if self.lines is not None else self.run.thresholds


@dataclass(frozen=True)
class ShownFace:
    """One face of the photo.

    Attributes:
        number: Its place in the photo, from 1; it stays when another face is taken away.
        first: What the run says; None where only the second has found the face.
        second: What the second run says; None without one, or where it has not found the face.
        drawn: Whether a person has drawn it.
        said: What somebody said about it; None where nobody has.
        alone: Whether it is the only face of the photo.
    """

    number: int
    first: FacePrediction | None
    second: FacePrediction | None = None
    drawn: bool = False
    said: Said | None = None
    alone: bool = False

    @property
    def face(self) -> FacePrediction:
        """The first answer, or the only one."""
        found = self.first or self.second
        assert found is not None
        return found

    @property
    def detection(self) -> Detection:
        """Where the face is."""
        return self.face.detection

    @property
    def refused(self) -> bool:
        """Whether somebody said that it is no face."""
        return self.said is not None and self.said.person is None

    @property
    def disagrees(self) -> bool:
        """Whether two runs say different things about it; only with a second one."""
        return disagree(self.first, self.second)

    def of(self, upload: Upload) -> PhotoFace:
        """Return the face as corrections take it."""
        return PhotoFace(upload.data, upload.name, self.detection, alone=self.alone, drawn=self.drawn)


@dataclass(frozen=True)
class Answered:
    """What is known about a photo.

    Attributes:
        width, height: Of the upright full-size photo in px; 0 where it cannot be read.
        faces: By number.
        refused: What somebody said to be no face, so that it is not shown.
        error: Why the photo cannot be read; None where it can.
    """

    width: int
    height: int
    faces: tuple[ShownFace, ...] = ()
    refused: tuple[ShownFace, ...] = ()
    error: str | None = None


def answered(asked: Asked) -> Answered:
    """Ask the run, and the second one, about a photo.

    Raises:
        RunError: a run was deleted or is damaged.
        ModelError: a network or a detector cannot be used.
    """
    run, upload, drawn = asked.run, asked.upload, tuple(asked.memory.drawn)
    first = resources.prediction(run, upload.name, upload.data, asked.lines, once=asked.once, drawn=drawn)
    if first.error is not None:
        return Answered(0, 0, error=first.error)
    others = None
    if asked.second is not None:
        others = resources.prediction(asked.second, upload.name, upload.data, once=asked.once, drawn=drawn).faces
    pairs = [(each, None) for each in first.faces] if others is None else matched(first.faces, others)
    found = [ShownFace(number, one, other) for number, (one, other) in enumerate(pairs, start=1)]
    said = said_about(run, sha256(upload.data).hexdigest())
    told = [replace(each, drawn=each.detection in drawn, said=said_of(said, each.detection.box)) for each in found]
    stay = [each for each in told if not each.refused]
    refused = tuple(each for each in told if each.refused)
    return Answered(first.width, first.height, tuple(replace(each, alone=len(stay) == 1) for each in stay), refused)


def _named(each: ShownFace) -> str | None:
    """Return whose face it is in a word, by a person's own word where there is one; None for nobody known."""
    if each.said is not None:
        return None if are_strangers(each.said.person) else each.said.person
    doubt = "?" if each.face.decision == "unsure" else ""
    return None if each.face.person is None else each.face.person + doubt


def in_short(shown: Answered) -> str:
    """Return who is in the photo in one line: names with their numbers of faces, then how many are unsure and unknown."""
    named = Counter(_named(each) for each in shown.faces)
    unknown = named.pop(None, 0)
    people = [f"{name} ({count})" if count > 1 else str(name) for name, count in named.items()]
    left = len(people) - NAMES_IN_SHORT
    more = [f"{left} more {'person' if left == 1 else 'people'}"] if left > 0 else []
    return ", ".join([*people[:NAMES_IN_SHORT], *more, *([f"{unknown} unknown"] if unknown else [])])
