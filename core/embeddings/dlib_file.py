"""Reads the layers of a network that dlib has written; nothing in the file is run, and dlib is not needed.

dlib writes from the outside in and back out: the loss, the version of every layer from the last to the first, the input,
then what the layers hold from the first to the last. So they can be read one after the other.

    whole number    a byte (lowest 4 bits: how many bytes follow; highest bit: negative), then these, lowest first
    text            its length as a whole number, then its bytes
    real number     mantissa and exponent, two whole numbers: mantissa * 2 ** exponent
    truth           the character 0 or 1
    tensor          the version 2, four sizes, then float32 values, lowest byte first
    part            of a tensor: the version 1 and four sizes

Source: dlib's serialize.h, float_details.h, dnn/core.h, dnn/layers.h, dnn/input.h and cuda/tensor.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# What a layer stores after its name: i whole number, f real number, t tensor, p part of a tensor, b truth.
_FIELDS = {
    "loss_metric_2": "ff",
    "input_rgb_image_sized": "fff ii",
    "con_4": "t iiiiiii p p ffff",
    "affine_": "t p p i",
    "relu_": "",
    "add_prev_": "",
    "max_pool_2": "iiiiii",
    "avg_pool_2": "iiiiii",
    "fc_2": "ii t p p i ffff",
}
_STATE = "bbb ttt"  # after each layer: what dlib keeps for training
_INPUT_VERSION = 3  # ends the list of versions: the layer that holds the input counts otherwise than the rest


@dataclass(frozen=True)
class DlibLayer:
    """One layer.

    Attributes:
        kind: dlib's name for it, such as "con_4".
        fields: What it stores, in dlib's order: whole numbers, real numbers, float32 tensors (flat), sizes of parts.
    """

    kind: str
    fields: tuple[Any, ...]


class _Reader:
    """Reads one value after the other; bytes that break the rules raise ValueError."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._place = 0
        self._readers = {"i": self.whole, "f": self.real, "t": self.tensor, "p": self.part, "b": self.truth}

    @property
    def at_end(self) -> bool:
        return self._place == len(self._raw)

    def take(self, count: int) -> bytes:
        taken = self._raw[self._place : self._place + count]
        if len(taken) != count:
            raise ValueError(f"the file ends at byte {len(self._raw)}, in the middle of a value")
        self._place += count
        return taken

    def whole(self) -> int:
        head = self.take(1)[0]
        value = int.from_bytes(self.take(head & 15), "little")
        return -value if head & 128 else value

    def real(self) -> float:
        mantissa = self.whole()
        return mantissa * 2.0 ** self.whole()

    def truth(self) -> bool:
        return self.take(1) == b"1"

    def text(self) -> str:
        return self.take(self.whole()).decode("ascii")

    def tensor(self) -> npt.NDArray[np.float32]:
        sizes = self._sizes(version=2)
        return np.frombuffer(self.take(4 * int(np.prod(sizes))), "<f4").astype(np.float32)

    def part(self) -> tuple[int, ...]:
        return self._sizes(version=1)

    def layer(self) -> DlibLayer:
        kind = self.text()
        if kind not in _FIELDS:
            raise ValueError(f"the kind of layer {kind!r} is not known")
        return DlibLayer(kind, self.values(_FIELDS[kind]))

    def values(self, kinds: str) -> tuple[Any, ...]:
        return tuple(self._readers[kind]() for kind in kinds.replace(" ", ""))

    def _sizes(self, version: int) -> tuple[int, ...]:
        found, *sizes = (self.whole() for _ in range(5))
        if found != version or min(sizes) < 0:
            raise ValueError(f"byte {self._place}: version {found} with the sizes {sizes}")
        return tuple(sizes)


def read_dlib(raw: bytes) -> list[DlibLayer]:
    """Return the input and the layers of a metric network for faces, in the order in which a face passes them.

    Raises:
        ValueError: the bytes are no such network.
    """
    reader = _Reader(raw)
    reader.whole()
    if (loss := reader.layer().kind) != "loss_metric_2":
        raise ValueError(f"the loss is {loss}, not a metric loss")
    while reader.whole() != _INPUT_VERSION:
        pass
    layers = [reader.layer(), reader.layer()]
    reader.values(_STATE)
    reader.whole()  # how many pictures one face becomes: dlib knows only one here
    while not reader.at_end:
        layers.append(reader.layer())
        reader.values(_STATE)
    return layers
