"""What a run's directory is told while its network learns: history, the epoch under way, some answers, words for the bar."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.experiment.lineup import Lineup, PartFaces
from core.models import softmax
from core.progress import Progress, Report
from core.runs import SampleAnswer, SampleEpoch, layout, read_samples
from core.runs.live import thinned, write_live, write_samples
from core.settings import rng_for
from core.storage import append_json_line, write_whole
from core.training import EpochReport

WATCHED_FACES = 8


@dataclass(frozen=True)
class Watched:
    """The faces whose answers are shown while a network learns.

    Attributes:
        places: int64 (W,), which faces of validation, or of training without validation.
        sha256, people: Photo and person of each.
        names: All people; a label is an index into them.
    """

    places: npt.NDArray[np.int64]
    sha256: tuple[str, ...]
    people: tuple[str, ...]
    names: tuple[str, ...]

    def answers(self, epoch: int, logits: npt.NDArray[np.float32]) -> SampleEpoch:
        """Return what float32 (W, C) logits say of the watched faces."""
        chances, best = softmax(logits), logits.argmax(axis=1).tolist()
        rows = zip(self.sha256, self.people, best, chances.max(axis=1).tolist(), strict=True)
        answers = (SampleAnswer(sha256, person, self.names[named], share) for sha256, person, named, share in rows)
        return SampleEpoch(epoch, tuple(answers))


def choose_watched(lineup: Lineup, seed: int) -> Watched:
    """Return up to eight validation faces of different people, of training where validation has none; decided by the seed."""
    part = lineup.parts["validation"] if len(lineup.parts["validation"].rows) else lineup.parts["train"]
    places = _spread(part, rng_for(seed, "watched"))
    people = tuple(lineup.people[label] for label in part.labels[places].tolist())
    return Watched(places, tuple(part.sha256[place] for place in places), people, lineup.people)


def _spread(part: PartFaces, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return places in a part: one face of each person before a second one of anybody."""
    mixed = rng.permutation(len(part.rows))
    seen = np.zeros(int(part.labels.max(initial=0)) + 1, np.int64)
    rounds = []
    for label in part.labels[mixed].tolist():
        rounds.append(seen[label])
        seen[label] += 1
    return np.asarray(mixed[np.argsort(rounds, kind="stable")[:WATCHED_FACES]], np.int64)


class Follower:
    """Keeps a run's directory up to date while its network learns.

    Args:
        directory: Of the run.
        watched: Whose answers are kept.
        finished: The epochs that will not be repeated.
        report: Told where the training stands.
    """

    def __init__(self, directory: Path, watched: Watched, finished: list[EpochReport], report: Report) -> None:
        self._directory, self._watched, self._report = directory, watched, report
        self._last = finished[-1] if finished else None
        known = {epoch.epoch for epoch in finished if epoch.phase == "select"}
        self._samples = [each for each in read_samples(directory) if each.epoch in known]
        self._warning = ""
        write_history(directory, finished)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Which faces are watched, see `Watched`."""
        return self._watched.places

    def hearing(self) -> dict[str, Any]:
        """Return what `core.training.train` takes of listeners."""
        return {
            "on_epoch": self.on_epoch,
            "on_step": self.on_step,
            "on_running": lambda running: write_live(self._directory, running),
            "on_answers": self.on_answers,
            "on_warning": self._warn,
        }

    def on_epoch(self, epoch: EpochReport) -> None:
        """Add an epoch to the history."""
        append_json_line(self._directory / layout.HISTORY, epoch.to_json(), durable=False)  # checkpoints hold it, too
        self._last = epoch

    def on_step(self, done: int, total: int) -> None:
        """Report a step."""
        self._report(Progress("Training", done, total, "steps", self._words()))

    def on_answers(self, epoch: int, logits: npt.NDArray[np.float32]) -> None:
        """Keep what the network says of the watched faces."""
        self._samples = thinned([*self._samples, self._watched.answers(epoch, logits)])
        self._write_samples()  # before the checkpoint: what it holds is not said again

    def close(self, history: list[EpochReport]) -> None:
        """Write what the training has come to; there is no epoch under way any more."""
        write_history(self._directory, history)
        self._write_samples()
        (self._directory / layout.LIVE_FILE).unlink(missing_ok=True)

    def _write_samples(self) -> None:
        write_samples(self._directory, self._samples)

    def _warn(self, warning: str) -> None:
        self._warning = warning

    def _words(self) -> str:
        if self._last is None:
            words = "First epoch"
        else:
            again = "Refit, " if self._last.phase == "refit" else ""
            words = f"{again}{self._last.epoch} of {self._last.epochs} epochs, loss {self._last.loss:.3f}"
        return f"{words}. {self._warning}" if self._warning else words


def write_history(directory: Path, epochs: list[EpochReport]) -> None:
    """Replace a run's history."""
    write_whole(directory / layout.HISTORY, "".join(json.dumps(epoch.to_json()) + "\n" for epoch in epochs))
