"""Networks that turn a face into a list of numbers; faces of one person get similar numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Faces = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]

BATCH = 32  # faces that a network looks at together


class Backbone(Protocol):
    """A network that may be asked by several threads at once.

    Attributes:
        name: "sface", "dlib" or "onnx".
        key: What decides the vectors, short and safe in a file name: the same key, the same vectors.
        dimension: Numbers per face.
    """

    @property
    def name(self) -> str:
        """Return what kind it is."""
        ...

    @property
    def key(self) -> str:
        """Return what its vectors are stored under."""
        ...

    @property
    def dimension(self) -> int:
        """Return how many numbers a face becomes."""
        ...

    def embed(self, faces: Faces) -> Vectors:
        """Return the vectors of some faces; each depends on its own face only.

        Args:
            faces: uint8 (N, S, S, 3), RGB, 0..255, aligned as the network was taught.

        Returns:
            float32 (N, D), rows of length 1; a row of zeros stays one.
        """
        ...


@dataclass(frozen=True, eq=False)
class KerasBackbone:
    """A network of ours.

    Attributes:
        network: A keras.Model from "face", uint8 (B, S, S, 3) RGB 0..255, to "embedding", float32 (B, D), not normalised.
    """

    name: str
    key: str
    dimension: int
    network: Any

    def embed(self, faces: Faces) -> Vectors:
        """Return float32 (N, D), rows of length 1, of uint8 (N, S, S, 3) RGB faces."""
        parts = [self._ask(faces[start : start + BATCH]) for start in range(0, len(faces), BATCH)]
        return normalised(np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32))

    def _ask(self, batch: Faces) -> Vectors:
        """Return float32 (N, D) for at most `BATCH` faces; the same numbers for a face in any company.

        TensorFlow multiplies a single row by other steps than several, which moves the last digits: a lone face gets company.
        """
        pair = np.repeat(batch, 2, axis=0) if len(batch) == 1 else batch
        answer: Vectors = self._compiled(pair).numpy()
        return answer[: len(batch)]

    @cached_property
    def _compiled(self) -> Any:
        import tensorflow as tf

        shape = (None, *self.network.inputs[0].shape[1:])  # one graph for batches of any length
        faces = tf.TensorSpec(shape, tf.uint8)
        return tf.function(lambda batch: self.network(batch, training=False), input_signature=[faces])


def normalised(vectors: Vectors) -> Vectors:
    """Return float32 (N, D), the rows of `vectors` stretched to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def last_stages(network: Any, count: int = 1) -> list[Any]:
    """Return the layers of a backbone that fine-tuning trains: those with weights of its last stages.

    Args:
        network: A keras.Model; each of its stages begins where the picture is halved.
        count: How many stages, 1 to 4.
    """
    halving = [place for place, layer in enumerate(network.layers) if "conv" in layer.name and max(_strides(layer)) > 1]
    return [layer for layer in network.layers[halving[-count] :] if layer.weights]


def _strides(layer: Any) -> tuple[int, ...]:
    return tuple(getattr(layer, "strides", None) or (1,))
