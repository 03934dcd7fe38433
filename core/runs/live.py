"""What a page reads of a living training beside its history: the epoch under way, and what the network says of some faces."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.runs import layout
from core.storage import read_json, write_json, write_whole
from core.training import Running

MOST_SAMPLES = 30  # epochs whose samples are kept


@dataclass(frozen=True)
class Live:
    """The epoch under way.

    Attributes:
        phase: "select" or "refit".
        epoch, epochs: Which epoch of how many this phase may take, from 1.
        step, steps: Steps of this epoch that are done, and all of them.
        loss, accuracy: Mean over those steps, of the training faces as the network saw them.
        learning_rate: Used in this epoch.
        photos_per_second: How fast the network learns.
        memory_bytes: Memory that the process holds.
        updated: When this was written, seconds since 1970.
    """

    phase: str
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float
    photos_per_second: float
    memory_bytes: int
    updated: float


@dataclass(frozen=True)
class SampleAnswer:
    """What the network said of one face.

    Attributes:
        sha256: Of its photo.
        person: Whom it shows.
        named: Who the network said it is.
        probability: Of that name, 0..1, before it is corrected by validation.
    """

    sha256: str
    person: str
    named: str
    probability: float


@dataclass(frozen=True)
class SampleEpoch:
    """What the network said of the watched faces after one epoch (of a head: after one step)."""

    epoch: int
    answers: tuple[SampleAnswer, ...]


def write_live(directory: Path, running: Running) -> None:
    """Replace what is known of the epoch under way."""
    write_json(directory / layout.LIVE_FILE, {**asdict(running), "updated": time.time()}, durable=False)


def read_live(directory: Path) -> Live | None:
    """Return the epoch under way; None where nothing readable was written, as in runs of an earlier program."""
    try:
        values = _read(directory / layout.LIVE_FILE)
        return Live(**{name: values[name] for name in Live.__annotations__}) if values else None
    except (ValueError, KeyError, TypeError, OSError):
        return None


def write_samples(directory: Path, samples: Sequence[SampleEpoch]) -> None:
    """Replace the samples of a training."""
    # Written after each epoch, of which a small network does several a second: `asdict` and indented JSON cost four times this.
    epochs = [{"epoch": each.epoch, "answers": [vars(answer) for answer in each.answers]} for each in samples]
    write_whole(directory / layout.SAMPLES, json.dumps({"epochs": epochs}, ensure_ascii=False) + "\n", durable=False)


def read_samples(directory: Path) -> tuple[SampleEpoch, ...]:
    """Return the samples of a training, first epoch first; none where nothing readable was written."""
    try:
        return tuple(_sample_epoch(each) for each in _read(directory / layout.SAMPLES).get("epochs", []))
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return ()


def thinned(samples: Sequence[SampleEpoch], most: int = MOST_SAMPLES) -> list[SampleEpoch]:
    """Return at most `most` of the samples, evenly over the epochs, the first and the last among them."""
    every = 1
    while samples and (samples[-1].epoch - 1) // every + 2 > most:
        every *= 2
    return [each for each in samples if (each.epoch - 1) % every == 0 or each is samples[-1]]


def _sample_epoch(values: dict[str, Any]) -> SampleEpoch:
    return SampleEpoch(values["epoch"], tuple(SampleAnswer(**each) for each in values["answers"]))


def _read(path: Path) -> dict[str, Any]:
    return dict(read_json(path) or {})
