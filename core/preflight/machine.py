"""The checks of the machine: weights, memory, disk, and whether something else is at work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.embeddings import WEIGHTS, find_weights
from core.errors import ModelError
from core.jobs.queue import queued_directories, training_directory
from core.preflight.check import Check, Cure
from core.preflight.need import disk_needed, memory_needed
from core.preflight.situation import Situation
from core.storage import artifacts_root

NEEDED_FACES = {"sface": ("arcface", 112), "dlib": ("dlib", 150)}  # alignment and side that an embedding was taught with
TIGHT = 0.8  # share of what is free that a training may take without a word
DISK_LEFT = 500e6  # bytes that should stay free


def check_weights(situation: Situation) -> Iterator[Check]:
    """Check that the embedding is there and gets the faces it needs; nothing where none is used."""
    if not situation.uses_embedding:
        return
    chosen, face = situation.settings.embedding, situation.settings.face
    if chosen.backbone == "onnx":
        yield _own_file(chosen.onnx_file)
        return
    alignment, size = NEEDED_FACES[chosen.backbone]
    if (face.alignment, face.size) != (alignment, size):
        words = f"This embedding needs faces aligned as {alignment} with {size} px, not {face.alignment} with {face.size} px."
        yield Check("weights", "bad", words, "faces")
        return
    problem = _problem(chosen.backbone)
    title = WEIGHTS[chosen.backbone].title
    if problem:
        yield Check("weights", "bad", f"The weights of {title} are not there: {problem}", "get_weights")
    else:
        yield Check("weights", "good", f"The weights of {title} are there.")


def _own_file(path: str) -> Check:
    if not path:
        return Check("weights", "bad", "No ONNX file was named; give its path in the settings.", "other_preset")
    if not Path(path).expanduser().is_file():
        return Check("weights", "bad", f"There is no ONNX file {path}.", "other_preset")
    return Check("weights", "good", "The ONNX file is there.")


def _problem(name: str) -> str:
    """Return why the weights cannot be used, empty where they can."""
    if name in _found and _found[name].is_file():
        return ""
    try:
        _found[name] = find_weights(name)
    except ModelError as error:
        return error.what
    return ""


# Their bytes are checked once a process, which takes a while; training checks them again.
_found: dict[str, Path] = {}


def check_memory(situation: Situation) -> Check:
    """Check that the memory that is free now holds the training."""
    needed = memory_needed(situation.settings, len(situation.photos), len(situation.people))
    free = psutil.virtual_memory().available
    words = f"The training takes about {_size(needed)} of memory; {_size(free)} are free."
    if needed > free:
        cure: Cure = "smaller" if not situation.uses_embedding else "other_preset"
        return Check("memory", "bad", f"{words} Close other programs, or make it smaller.", cure)
    if needed > TIGHT * free:
        return Check("memory", "note", f"{words} That is tight.", "" if situation.uses_embedding else "smaller")
    return Check("memory", "good", words)


def check_disk(situation: Situation) -> Check:
    """Check that the disk of the artifacts holds what a training writes."""
    needed = disk_needed(situation.settings, len(situation.photos), situation.missing, len(situation.people))
    free = shutil.disk_usage(_existing(artifacts_root())).free
    words = f"The training writes about {_size(needed)}; {_size(free)} are free."
    if needed > free:
        return Check("disk", "bad", words, "free_disk")
    if free - needed < DISK_LEFT:
        return Check("disk", "note", f"{words} Little would be left.", "free_disk")
    return Check("disk", "good", words)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def check_queue() -> Check:
    """Tell whether another training is at work: then this one waits, which is no error."""
    waiting, running = queued_directories(), training_directory()
    in_front = len(waiting) + (running is not None)
    if not in_front:
        return Check("queue", "good", "Nothing else is being trained.")
    who = "Another training runs" if running is not None else "Another training is about to start"
    more = f", and {len(waiting)} {'waits' if len(waiting) == 1 else 'wait'}" if running is not None and waiting else ""
    return Check("queue", "note", f"{who}{more}. This one will wait for its turn, also with the page closed.")


def _size(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6)):,} MB"
