"""A network as a .keras file that loads anywhere, without this program and without running code from the file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

from core.errors import ModelError, disk_errors

# What Keras raises on files that are damaged, made by another program, or hold code of their own.
_UNREADABLE = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, RuntimeError, EOFError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def save_network(network: Any, path: Path) -> None:
    """Write `network` to `path` (.keras) in one step.

    Raises:
        StorageError: the disk refuses; an old file is still there.
    """
    temporary = path.with_name(f".{path.stem}.unfinished.keras")
    with disk_errors(path):
        try:
            network.save(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def load_network(path: Path) -> Any:
    """Load a network that `save_network` wrote.

    Only `.keras` is read, and only in safe mode: older formats can carry code that runs while it is loaded.

    Raises:
        ModelError: the file is missing, damaged, or no network of faces.
    """
    import keras

    if path.suffix != ".keras" or not path.is_file():
        raise ModelError(f"{path} is no saved network.", "Choose a model.keras of a finished training run.")
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except _UNREADABLE as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise ModelError(f"{path} cannot be read: {reason}", "Train again, or copy the file once more.") from error
    if not _is_face_network(network):
        raise ModelError(
            f"{path} is a network, but not one from faces to logits.", "Choose a model.keras of a finished training run."
        )
    return network


def _is_face_network(network: Any) -> bool:
    """Tell whether it goes from faces, or from the vectors of an embedding outside Keras, to logits."""
    inputs, outputs = getattr(network, "inputs", []), getattr(network, "output", None)
    logits = outputs.get("logits") if isinstance(outputs, dict) else outputs
    if len(inputs) != 1 or len(getattr(logits, "shape", ())) != 2:
        return False
    shape = inputs[0].shape
    if inputs[0].dtype == "float32":
        return len(shape) == 2 and isinstance(outputs, dict)
    return inputs[0].dtype == "uint8" and len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3
