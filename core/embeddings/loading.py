"""From the settings to the backbone that they name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from core.embeddings.backbone import Backbone, KerasBackbone
from core.embeddings.dlib_resnet import build_dlib
from core.embeddings.onnx_file import OnnxBackbone, open_onnx
from core.embeddings.sface import build_sface
from core.embeddings.weights import WEIGHTS
from core.errors import SettingsError
from core.settings import EmbeddingSettings, Settings

VERSION = 1  # raise it whenever a rebuilt network may give other vectors than before
_NEEDS = {"sface": ("arcface", 112), "dlib": ("dlib", 150)}
_BUILD = {"sface": build_sface, "dlib": build_dlib}


def load_backbone(settings: Settings) -> Backbone:
    """Return the network that embeds faces; built once and kept.

    Raises:
        SettingsError: the faces are aligned or sized otherwise than the network needs.
        ModelError: its weights are missing or not what they should be.
    """
    chosen = settings.embedding
    name = chosen.backbone
    if name == "onnx":
        decides = EmbeddingSettings(
            onnx_file=chosen.onnx_file,
            onnx_colour=chosen.onnx_colour,
            onnx_mean=chosen.onnx_mean,
            onnx_scale=chosen.onnx_scale,
        )
        return _own_backbone(decides, settings.face.size, _state(Path(chosen.onnx_file).expanduser()))
    alignment, size = _NEEDS[name]
    if (settings.face.alignment, settings.face.size) != (alignment, size):
        raise SettingsError(
            f"The embedding {name} needs faces aligned as {alignment}, {size} px; these are {settings.face.alignment}, "
            f"{settings.face.size} px.",
            f"Set face.alignment to {alignment} and face.size to {size}, or choose another embedding.",
        )
    return _keras_backbone(name)


@lru_cache(maxsize=2)
def _keras_backbone(name: str) -> KerasBackbone:
    network = _BUILD[name]()
    key = f"{name}-{WEIGHTS[name].sha256[:12]}-v{VERSION}"
    return KerasBackbone(name, key, network.outputs[0].shape[1], network)


@lru_cache(maxsize=1)
def _own_backbone(settings: EmbeddingSettings, size: int, state: tuple[int, int]) -> OnnxBackbone:
    return open_onnx(settings, size)


def _state(file: Path) -> tuple[int, int]:
    """Return what changes when a file is replaced: time of the last change and size; zeros where there is none."""
    if not file.is_file():
        return (0, 0)
    found = file.stat()
    return found.st_mtime_ns, found.st_size
