"""Downloads weights that no package has brought: goes on where it stopped, and keeps only the expected bytes."""

from __future__ import annotations

import bz2
import hashlib
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from core.embeddings.transfer import Unreachable, receive
from core.embeddings.weights import WEIGHTS, WeightFile, check_weights
from core.errors import ModelError, disk_errors
from core.progress import Report, ShouldStop, never, silent
from core.storage import write_whole

_MOST_BYTES = 1 << 26  # of unpacked weights: the largest have 22 MB


def fetch(name: str, report: Report = silent, should_stop: ShouldStop = never) -> Path | None:
    """Download the weights of "sface" or "dlib" into the models folder, unless they are there already.

    Args:
        report: Told how many kilobytes have arrived.
        should_stop: Asked every few kilobytes; what has arrived is kept, and the next call goes on from there.

    Returns:
        The file, checked; None where it was stopped.

    Raises:
        ModelError: no connection, another process is downloading it, or what arrived is not what was expected.
        StorageError: the disk refuses.
    """
    weights = WEIGHTS[name]
    if weights.own_file.is_file():
        return check_weights(weights, weights.own_file)
    folder = weights.own_file.parent
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f".{weights.name}.lock", timeout=0):
            part = folder / f".{weights.name}.part"
            return _unpacked(weights, part) if _download(weights, part, report, should_stop) else None
    except Timeout as error:
        raise ModelError(f"{weights.name} is being downloaded already.", "Wait until that has ended.") from error


def _download(weights: WeightFile, part: Path, report: Report, should_stop: ShouldStop) -> bool:
    """Append to `part` what is missing; return False where it was stopped."""
    try:
        return receive(weights.url, part, "Downloading weights", report, should_stop)
    except Unreachable as error:
        raise _unreachable(weights, str(error)) from error


def _unpacked(weights: WeightFile, part: Path) -> Path:
    """Put what has arrived in its place, once its bytes are known to be the right ones; else remove it."""
    raw = part.read_bytes()
    if weights.url.endswith(".bz2"):
        with suppress(OSError):  # not packed at all: the hash tells
            raw = bz2.BZ2Decompressor().decompress(raw, _MOST_BYTES)
    if (got := hashlib.sha256(raw).hexdigest()) != weights.sha256:
        part.unlink(missing_ok=True)
        what = f"{weights.url} does not hold the weights of {weights.title}: sha256 {got[:12]}, not {weights.sha256[:12]}."
        raise ModelError(what, f"Download them once more, or put the file {weights.name} into {weights.own_file.parent}.")
    write_whole(weights.own_file, raw)
    part.unlink(missing_ok=True)
    return weights.own_file


def _unreachable(weights: WeightFile, reason: str) -> ModelError:
    return ModelError(
        f"{weights.url} cannot be downloaded: {reason}.",
        f"Check the connection and start again: what has arrived is kept. Or put the file {weights.name} into "
        f"{weights.own_file.parent}.",
    )
