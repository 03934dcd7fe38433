"""An embedding network of a person's own: an ONNX file, looked at closely before it is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.embeddings.backbone import BATCH, Faces, Vectors, normalised
from core.errors import ModelError, SettingsError
from core.settings import EmbeddingSettings, rng_for

VERSION = 1  # raise it whenever the same file and settings may give other vectors than before
MOST_BYTES = 1 << 30
MOST_NUMBERS = 4096
_REMEDY = "Choose an ONNX file that takes one batch of faces and gives one list of numbers for each."
_ALIKE = 1e-3  # two vectors of length 1 that are nearer than this are the same answer


@dataclass(frozen=True, eq=False)
class OnnxBackbone:
    """An ONNX file, run by onnxruntime on the processor.

    Attributes:
        file, sha256: The file, and the hash of the bytes that run.
        session: An onnxruntime.InferenceSession; may be asked by several threads at once.
        channels_first: Whether it takes (N, 3, S, S) instead of (N, S, S, 3).
        batch: How many faces it takes at once; 0 for any number.
        colour, mean, scale: It gets (pixel - mean) * scale, with the colours in this order.
    """

    name: str
    key: str
    dimension: int
    file: Path
    sha256: str
    session: Any
    channels_first: bool
    batch: int
    colour: str
    mean: float
    scale: float

    def embed(self, faces: Faces) -> Vectors:
        """Return float32 (N, D), rows of length 1, of uint8 (N, S, S, 3) RGB faces."""
        return normalised(self.answer(faces)) if len(faces) else np.empty((0, self.dimension), np.float32)

    def answer(self, faces: Faces) -> Vectors:
        """Return what the network says of uint8 (N, S, S, 3) RGB faces, N at least 1, as it says it."""
        step = self.batch or BATCH
        return np.concatenate([self._ask(faces[start : start + step]) for start in range(0, len(faces), step)])

    def _ask(self, faces: Faces) -> npt.NDArray[Any]:
        count = len(faces)
        if self.batch > count:
            faces = np.concatenate([faces, np.zeros((self.batch - count, *faces.shape[1:]), np.uint8)])
        pixels = (faces[..., ::-1] if self.colour == "bgr" else faces).astype(np.float32)
        pixels = (pixels - np.float32(self.mean)) * np.float32(self.scale)
        pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2) if self.channels_first else pixels)
        answer: npt.NDArray[Any] = self.session.run(None, {self.session.get_inputs()[0].name: pixels})[0]
        return answer[:count]


def open_onnx(settings: EmbeddingSettings, size: int) -> OnnxBackbone:
    """Open the ONNX file that the settings name, and try it on made-up faces.

    Args:
        settings: `onnx_file`, `onnx_colour`, `onnx_mean` and `onnx_scale` are used.
        size: Side of the faces in pixels.

    Raises:
        SettingsError: no file is named, or it takes faces of another size.
        ModelError: the file is no embedding network of faces; says what is wrong with it.
    """
    if not settings.onnx_file:
        raise SettingsError("No ONNX file is named.", "Set embedding.onnx_file to the path of one.")
    file = Path(settings.onnx_file).expanduser()
    raw = _read(file)
    session = _open(file, raw)
    channels_first, batch = _check_input(file, session, size)
    _check_output(file, session)
    sha256 = hashlib.sha256(raw).hexdigest()
    colour, mean, scale = settings.onnx_colour, settings.onnx_mean, settings.onnx_scale
    key = f"onnx-{sha256[:12]}-{colour}-{mean}-{scale}-v{VERSION}"
    backbone = OnnxBackbone("onnx", key, 0, file, sha256, session, channels_first, batch, colour, mean, scale)
    return replace(backbone, dimension=_try(backbone, size))


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _refused(file, f"it is larger than {MOST_BYTES >> 20} MB")
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Check the path of the ONNX file.") from error


def _open(file: Path, raw: bytes) -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the processors are TensorFlow's, too
    # From bytes, so that what runs is what was hashed; a file that keeps weights beside itself does not open then.
    with _runtime_errors(file, "it cannot be opened"):
        return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])


def _check_input(file: Path, session: Any, size: int) -> tuple[bool, int]:
    """Return whether the network takes channels first, and how many faces at once (0: any number)."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        raise _refused(file, f"it has {len(inputs)} inputs ({names}), not one")
    shape, kind = inputs[0].shape, inputs[0].type
    if kind != "tensor(float)":
        raise _refused(file, f"its input is {kind}, not tensor(float)")
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise _refused(file, f"its input has the shape {shape}, not (N, 3, S, S) or (N, S, S, 3)")
    channels_first = shape[1] == 3
    sides = shape[2:] if channels_first else shape[1:3]
    fixed = {side for side in sides if isinstance(side, int)}
    if len(fixed) > 1:
        raise _refused(file, f"its faces are not square: the input has the shape {shape}")
    if fixed - {size}:
        takes = fixed.pop()
        raise SettingsError(f"{file} takes faces of {takes} px; these are {size} px.", f"Set face.size to {takes}.")
    return channels_first, shape[0] if isinstance(shape[0], int) else 0


def _check_output(file: Path, session: Any) -> None:
    outputs = session.get_outputs()
    if len(outputs) != 1:
        names = ", ".join(each.name for each in outputs)
        raise _refused(file, f"it has {len(outputs)} outputs ({names}), not one")
    shape, kind = outputs[0].shape, outputs[0].type
    if kind != "tensor(float)" or len(shape) != 2:
        raise _refused(file, f"its output is {kind} of the shape {shape}, not tensor(float) (N, D)")


def _try(backbone: OnnxBackbone, size: int) -> int:
    """Return how many numbers a face becomes, once the answers to made-up faces look like embeddings."""
    file, rng = backbone.file, rng_for(0, "onnx trial")
    coarse = rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    reach = np.arange(size) * 4 // size
    faces = coarse[:, reach][:, :, reach]  # (3, size, size, 3), flat patches
    with _runtime_errors(file, f"it fails on faces of {size} px"):
        together, alone = backbone.answer(faces), backbone.answer(faces[:1])
    if len(together) != len(faces):
        raise _refused(file, f"its answer to {len(faces)} faces has {len(together)} rows")
    dimension = together.shape[1]
    if not 2 <= dimension <= MOST_NUMBERS:
        raise _refused(file, f"it gives {dimension} numbers for a face, not 2 to {MOST_NUMBERS}")
    if not (np.isfinite(together).all() and np.isfinite(alone).all()):
        raise _refused(file, "its answer holds numbers that are not finite")
    if (together >= 0).all() and np.allclose(together.sum(axis=1), 1, atol=_ALIKE):
        raise _refused(file, "it gives probabilities of classes of its own, not an embedding")
    vectors = normalised(together)
    if min(np.linalg.norm(vectors[0] - vectors[1]), np.linalg.norm(vectors[0] - vectors[2])) < _ALIKE:
        raise _refused(file, "it gives the same answer to different pictures")
    if np.linalg.norm(vectors[0] - normalised(alone)[0]) > _ALIKE:
        raise _refused(file, "its answer to a face depends on the other faces in the batch")
    return int(dimension)


@contextmanager
def _runtime_errors(file: Path, what: str) -> Iterator[None]:
    """Turn what onnxruntime raises into a refusal of the file."""
    from onnxruntime.capi import onnxruntime_pybind11_state as raised

    known = (
        raised.Fail, raised.InvalidArgument, raised.InvalidGraph, raised.InvalidProtobuf, raised.NotImplemented,
        raised.RuntimeException, raised.NoSuchFile, raised.EPFail, raised.NoModel, raised.ModelLoaded, RuntimeError,
    )  # fmt: skip
    try:
        yield
    except known as error:
        reason = " ".join(str(error).split())[:200]
        raise _refused(file, f"{what} ({reason})") from error


def _refused(file: Path, why: str) -> ModelError:
    return ModelError(f"{file} is no embedding network: {why}.", _REMEDY)
