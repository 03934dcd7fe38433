"""A trained run at work: photo in, named faces out, along the very path that training took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.detection import Detector
from core.embeddings import Backbone
from core.errors import PhotoError
from core.faces import FaceCrop, cut_face
from core.images import DecodedPhoto, decode, read_photo
from core.models import softmax
from core.models.logits import Answers, ask
from core.openset import Thresholds
from core.recognizer.enrolled import Enrolled
from core.recognizer.naming import Knowledge, Name, name_faces
from core.recognizer.predictions import FacePrediction, PhotoPrediction, SeenPhoto
from core.settings import FaceSettings

FACES_PER_STEP = 64


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
        return replace(self, knowledge=replace(self.knowledge, enrolled=enrolled))

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
        return replace(self, knowledge=replace(self.knowledge, thresholds=self.thresholds.at(stranger_rate)))

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
        return self._predict([(name, _open(partial(decode, data, name))) for data, name in photos])

    def predict_files(self, files: Sequence[Path]) -> list[PhotoPrediction]:
        """Name the faces of several photo files; see `predict_batch`."""
        return self._predict([(str(file), _open(partial(_decode_file, file))) for file in files])

    def _predict(self, opened: Sequence[tuple[str, DecodedPhoto | PhotoError]]) -> list[PhotoPrediction]:
        return [self.name(each) for each in self._look(opened)]

    def look(self, data: bytes, name: str) -> SeenPhoto:
        """Find the faces of one photo and ask the network about them; `name` then gives them names, as often as wanted."""
        return self._look([(name, _open(partial(decode, data, name)))])[0]

    def name(self, seen: SeenPhoto) -> PhotoPrediction:
        """Name the faces of a photo that was looked at: no network is asked again."""
        names = name_faces(seen.answers, self.knowledge) if seen.crops else []
        faces = tuple(_prediction(crop, name) for crop, name in zip(seen.crops, names, strict=True))
        return PhotoPrediction(seen.file, seen.width, seen.height, faces, seen.error)

    def _look(self, opened: Sequence[tuple[str, DecodedPhoto | PhotoError]]) -> list[SeenPhoto]:
        good = [photo for _, photo in opened if isinstance(photo, DecodedPhoto)]
        found = self.detector.detect(good) if good else []
        crops = [[cut_face(photo, each, self.face) for each in faces] for photo, faces in zip(good, found, strict=True)]
        answers = self.answer([crop.pixels for of_photo in crops for crop in of_photo])
        ends = np.cumsum([0, *map(len, crops)])
        parts = iter([(tuple(own), _rows(answers, ends[at], ends[at + 1])) for at, own in enumerate(crops)])
        return [
            SeenPhoto(name, 0, 0, (), _rows(answers, 0, 0), str(photo))
            if isinstance(photo, PhotoError)
            else SeenPhoto(name, photo.width, photo.height, *next(parts))
            for name, photo in opened
        ]

    def answer(self, crops: Sequence[npt.NDArray[np.uint8]]) -> Answers:
        """Ask about crops uint8 (S, S, 3) RGB, a limited number at a time."""
        if not len(crops):  # some layers refuse an empty batch: a blank face gives arrays of the right shapes
            return _rows(self._ask(np.zeros((1, self.face.size, self.face.size, 3), np.uint8)), 0, 0)
        steps = [self._ask(np.stack(crops[start : start + FACES_PER_STEP])) for start in range(0, len(crops), FACES_PER_STEP)]
        vectors = [step.vectors for step in steps if step.vectors is not None]
        logits = np.concatenate([step.logits for step in steps])
        return Answers(logits, np.concatenate(vectors) if vectors else None)

    def _ask(self, faces: npt.NDArray[np.uint8]) -> Answers:
        return ask(self.network, faces if self.backbone is None else self.backbone.embed(faces))

    def probabilities(self, crops: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        """Return the network's probabilities, float32 (N, C), for crops uint8 (S, S, 3) RGB; enrolled people have none."""
        return softmax(self.answer(crops).logits)


def _rows(answers: Answers, start: int, end: int) -> Answers:
    vectors = answers.vectors
    return Answers(answers.logits[start:end], None if vectors is None else vectors[start:end])


def _prediction(crop: FaceCrop, name: Name) -> FacePrediction:
    about = {each.name: getattr(name, each.name) for each in fields(name)}
    return FacePrediction(detection=crop.detection, crop=crop.pixels, **about)


def _open(read: Callable[[], DecodedPhoto]) -> DecodedPhoto | PhotoError:
    try:
        return read()
    except PhotoError as error:
        return error


def _decode_file(file: Path) -> DecodedPhoto:
    return read_photo(file)[1]
