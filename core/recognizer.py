"""A trained run at work: photo in, named faces out, along the very path that training took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.detection import Detection, Detector, create_detector
from core.errors import PhotoError, RunError
from core.faces import FaceCrop, cut_face
from core.images import DecodedPhoto, decode, read_photo
from core.models import load_network, softmax
from core.openset import Thresholds, decide
from core.runs import Run, layout, read_run
from core.settings import FaceSettings

TOP = 5  # how many names each face is told
FACES_PER_STEP = 64


@dataclass(frozen=True)
class FacePrediction:
    """A face in a photo and who it may be.

    Attributes:
        person: The most likely person where the decision is "known" or "unsure"; None where it is "unknown".
        decision: "known", "unsure" or "unknown".
        probability: Of the most likely person, 0..1.
        top: The most likely people with their probabilities, at most five, best first.
        crop: uint8 (S, S, 3) RGB, what the network saw.
    """

    detection: Detection
    person: str | None
    decision: str
    probability: float
    top: tuple[tuple[str, float], ...]
    crop: npt.NDArray[np.uint8]

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
            "top": [list(each) for each in self.top],
        }


@dataclass(frozen=True)
class PhotoPrediction:
    """What a run says about one photo.

    Attributes:
        file: The photo's name as it was given.
        width, height: Of the full-size upright photo, in pixels; 0 where it cannot be read.
        faces: The surest detection first.
        error: Why the photo cannot be read and what to do, None where it can.
    """

    file: str
    width: int
    height: int
    faces: tuple[FacePrediction, ...]
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, without the pixels."""
        return {"file": self.file, "faces": [face.to_json() for face in self.faces], "error": self.error}


@dataclass(frozen=True)
class Recognizer:
    """A network with everything that decides which pixels it sees; safe to share between threads.

    Attributes:
        network: keras.Model, uint8 (B, S, S, 3) to logits.
        class_names: The people, in the order of the logits.
    """

    run_id: str
    network: Any
    class_names: tuple[str, ...]
    face: FaceSettings
    thresholds: Thresholds
    detector: Detector

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
        good = [photo for _, photo in opened if isinstance(photo, DecodedPhoto)]
        found = self.detector.detect(good) if good else []
        crops = [[cut_face(photo, each, self.face) for each in faces] for photo, faces in zip(good, found, strict=True)]
        rows = iter(self.probabilities([crop.pixels for of_photo in crops for crop in of_photo]))
        named = iter([tuple(self._name(crop, next(rows)) for crop in of_photo) for of_photo in crops])
        return [
            PhotoPrediction(name, 0, 0, (), str(photo))
            if isinstance(photo, PhotoError)
            else PhotoPrediction(name, photo.width, photo.height, next(named))
            for name, photo in opened
        ]

    def probabilities(self, crops: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        """Return float32 (N, C), each row adding up to 1, for crops uint8 (S, S, 3) RGB."""
        steps = [np.stack(crops[start : start + FACES_PER_STEP]) for start in range(0, len(crops), FACES_PER_STEP)]
        if not steps:
            return np.empty((0, len(self.class_names)), np.float32)
        # Called directly: predict() takes a tenth of a second to set up, and is not made for several threads.
        return softmax(np.concatenate([np.asarray(self.network(step, training=False)) for step in steps]))

    def _name(self, crop: FaceCrop, row: npt.NDArray[np.float32]) -> FacePrediction:
        best = np.argsort(-row, kind="stable")[:TOP]
        top = tuple((self.class_names[label], float(row[label])) for label in best)
        decision = decide(top[0][1], self.thresholds)
        person = None if decision == "unknown" else top[0][0]
        return FacePrediction(crop.detection, person, decision, top[0][1], top, crop.pixels)


def load_recognizer(directory: Path) -> Recognizer:
    """Return the recognizer of the finished run in `directory`.

    Raises:
        RunError: there is no run, it is unfinished, damaged, or of a newer Visage.
        ModelError: the network or the detector's weights cannot be used.
    """
    run = read_finished_run(directory)
    thresholds = run.thresholds
    if thresholds is None:
        raise RunError(f"{directory / layout.THRESHOLDS} is missing.", "Put it back from a copy, or train again.")
    network = load_network(directory / layout.MODEL)
    _check_fit(run, network)
    face = run.settings.face
    return Recognizer(run.id, network, run.class_names, face, thresholds, create_detector(face))


def read_finished_run(directory: Path) -> Run:
    """Return the finished run in `directory`; told in a moment, before TensorFlow is needed.

    Raises:
        RunError: there is no run, it is unfinished, damaged, or of a newer Visage.
    """
    run = read_run(directory)
    if run.result is None:
        raise RunError(f"The run {run.name} is not finished.", "Wait until its training ends, or let it go on.")
    return run


def _check_fit(run: Run, network: Any) -> None:
    size, classes = network.input_shape[1], network.output_shape[-1]
    if (size, classes) != (run.settings.face.size, len(run.class_names)):
        raise RunError(
            f"The network in {run.directory} is for {classes} people and faces of {size} px, "
            f"its run for {len(run.class_names)} people and {run.settings.face.size} px.",
            "Put the run's own model.keras back, or train again.",
        )


def _open(read: Callable[[], DecodedPhoto]) -> DecodedPhoto | PhotoError:
    try:
        return read()
    except PhotoError as error:
        return error


def _decode_file(file: Path) -> DecodedPhoto:
    return read_photo(file)[1]


def keep_tensorflow_on_cpu() -> None:
    """Hide every GPU from this process: a GPU belongs to the training processes. Once TensorFlow works it is too late."""
    import tensorflow as tf

    try:
        tf.config.set_visible_devices([], "GPU")
    except RuntimeError:  # it has started already: it keeps what it has
        return
