"""A trained run at work: photo in, named faces out, along the very path that training took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.detection import Detector
from core.embeddings import Backbone
from core.images import DecodedPhoto, decode, read_photo
from core.models import softmax
from core.models.logits import Answers, compiled, tells_embedding, with_embedding
from core.openset import Thresholds
from core.recognizer.enrolled import Enrolled
from core.recognizer.finding import FoundPhoto, Opened, find_faces, open_photo
from core.recognizer.naming import Knowledge, Name, name_faces
from core.recognizer.predictions import FacePrediction, PhotoPrediction, SeenPhoto
from core.runs.vectors import of_length_one
from core.settings import FaceSettings

FACES_PER_STEP = 16  # more are no quicker on a processor, and the layers of 64 faces take 2 GB


@dataclass(frozen=True)
class Recognizer:
    """A network with everything that decides which pixels it sees; safe to share between threads.

    Attributes:
        network: keras.Model, from uint8 (B, S, S, 3) to logits, or from vectors where `backbone` makes them.
        backbone: An embedding that runs outside Keras; None where the network looks at faces itself.
        knowledge: What turns the answers into names.
    """

    run_id: str
    network: Any
    face: FaceSettings
    knowledge: Knowledge
    detector: Detector
    backbone: Backbone | None = None

    def knowing(self, enrolled: Enrolled | None) -> Recognizer:
        """Return the recognizer with other people enrolled."""
        return self.with_knowledge(replace(self.knowledge, enrolled=enrolled))

    def with_lines(self, thresholds: Thresholds) -> Recognizer:
        """Return the recognizer with other lines for known and unknown."""
        return self.with_knowledge(replace(self.knowledge, thresholds=thresholds))

    @property
    def class_names(self) -> tuple[str, ...]:
        """The people the network has learnt, in the order of the logits."""
        return self.knowledge.people

    @property
    def thresholds(self) -> Thresholds:
        """Where the lines for known and unknown lie."""
        return self.knowledge.thresholds

    def at(self, stranger_rate: float) -> Recognizer:
        """Return the recognizer with lines at which another share of strangers gets a name."""
        return self.with_lines(self.thresholds.at(stranger_rate))

    def with_knowledge(self, knowledge: Knowledge) -> Recognizer:
        """Return the recognizer that knows whom it is told to know; the network is shared."""
        other = replace(self, knowledge=knowledge)
        if self.network is not None:
            vars(other)["_asked"] = self._asked  # made ready once for all that share the network
        return other

    def predict(self, data: bytes, name: str) -> PhotoPrediction:
        """Name the faces of one photo.

        Args:
            data: The photo file's bytes.
            name: What to call it in the answer.
        """
        return self.predict_batch([(data, name)])[0]

    def predict_batch(self, photos: Sequence[tuple[bytes, str]]) -> list[PhotoPrediction]:
        """Name the faces of several photos, given as (bytes, name); a bad photo does not stop the others.

        All of them are in memory at once: a few dozen at a time are enough for full speed.
        """
        return self._predict([(name, open_photo(partial(decode, data, name))) for data, name in photos])

    def predict_files(self, files: Sequence[Path]) -> list[PhotoPrediction]:
        """Name the faces of several photo files; see `predict_batch`."""
        return self._predict([(str(file), open_photo(partial(_decode_file, file))) for file in files])

    def _predict(self, opened: Sequence[tuple[str, Opened]]) -> list[PhotoPrediction]:
        return [self.name(each) for each in self.ask_about(self.find(opened))]

    def look(self, data: bytes, name: str) -> SeenPhoto:
        """Find the faces of one photo and ask the network about them; `name` then gives them names, as often as wanted."""
        return self.ask_about(self.find([(name, open_photo(partial(decode, data, name)))]))[0]

    def find(self, opened: Sequence[tuple[str, Opened]]) -> list[FoundPhoto]:
        """Find, cut out and measure the faces of photos; see `find_faces`. No network is asked yet."""
        return find_faces(self.detector, self.face, opened)

    def ask_about(self, found: Sequence[FoundPhoto]) -> list[SeenPhoto]:
        """Ask the network about the faces of several photos at once."""
        return self.with_answers(found, self.answer([crop.pixels for photo in found for crop in photo.crops]))

    def with_answers(self, found: Sequence[FoundPhoto], answers: Answers | None) -> list[SeenPhoto]:
        """Return photos with what the network has said of their faces, in their order; None where there is no face."""
        if answers is None:
            answers = Answers(np.empty((0, len(self.class_names)), np.float32), None)
        ends = np.cumsum([0, *(len(photo.crops) for photo in found)]).tolist()
        return [
            SeenPhoto(each.file, each.width, each.height, each.crops, _rows(answers, start, end), each.error, each.qualities)
            for each, start, end in zip(found, ends, ends[1:], strict=False)
        ]

    def name(self, seen: SeenPhoto, once: bool = False) -> PhotoPrediction:
        """Name the faces of a photo that was looked at: no network is asked again.

        Args:
            seen: The photo.
            once: Nobody is in it twice: where several faces look like one person, the others get their next name, or none.
        """
        names = name_faces(seen.answers, self.knowledge, once) if seen.crops else []
        faces = tuple(_prediction(seen, at, name) for at, name in enumerate(names))
        return PhotoPrediction(seen.file, seen.width, seen.height, faces, seen.error)

    def answer(self, crops: Sequence[npt.NDArray[np.uint8]]) -> Answers:
        """Ask about crops uint8 (S, S, 3) RGB, a limited number at a time."""
        if not len(crops):  # some layers refuse an empty batch: a blank face gives arrays of the right shapes
            return _rows(self._ask(np.zeros((1, self.face.size, self.face.size, 3), np.uint8)), 0, 0)
        steps = [self._ask(np.stack(crops[start : start + FACES_PER_STEP])) for start in range(0, len(crops), FACES_PER_STEP)]
        vectors = [step.vectors for step in steps if step.vectors is not None]
        logits = np.concatenate([step.logits for step in steps])
        return Answers(logits, np.concatenate(vectors) if vectors else None)

    def _ask(self, faces: npt.NDArray[np.uint8]) -> Answers:
        answers = self._asked(faces if self.backbone is None else self.backbone.embed(faces))
        if answers.vectors is None or isinstance(self.network.output, dict):
            return answers
        return Answers(answers.logits, of_length_one(answers.vectors))

    @cached_property
    def _asked(self) -> Callable[[Any], Answers]:
        """The network, compiled so that it also tells where it places a face, if it has a layer for that."""
        return compiled(with_embedding(self.network) if tells_embedding(self.network) else self.network)

    def probabilities(self, crops: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        """Return the network's probabilities, float32 (N, C), for crops uint8 (S, S, 3) RGB; enrolled people have none."""
        return softmax(self.answer(crops).logits)


def _rows(answers: Answers, start: int, end: int) -> Answers:
    vectors = answers.vectors
    return Answers(answers.logits[start:end], None if vectors is None else vectors[start:end])


def _prediction(seen: SeenPhoto, at: int, name: Name) -> FacePrediction:
    crop, vectors = seen.crops[at], seen.answers.vectors
    return FacePrediction(
        detection=crop.detection,
        crop=crop.pixels,
        quality=seen.qualities[at] if seen.qualities else None,
        vector=None if vectors is None else vectors[at],
        **{each.name: getattr(name, each.name) for each in fields(name)},
    )


def _decode_file(file: Path) -> DecodedPhoto:
    return read_photo(file)[1]
