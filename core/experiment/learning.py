"""One training inside a run directory: history, progress and checkpoint are kept there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.experiment.learnt import Learnt
from core.experiment.lineup import Lineup
from core.jobs import Stopped
from core.models import compute_logits
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop
from core.runs import layout
from core.settings import Settings
from core.storage import append_json_line, write_whole
from core.training import EpochReport, TrainedNetwork, finished_epochs, train


def learn(
    directory: Path,
    lineup: Lineup,
    prepared: PreparedFaces,
    settings: Settings,
    *,
    report: Report,
    should_stop: ShouldStop,
    start: Callable[[], Any] | None = None,
) -> TrainedNetwork:
    """Train, or go on with an interrupted training, from an untrained network or the one that `start` makes.

    Raises:
        Stopped: somebody asked to stop before the first epoch was through.
        TrainingError: the memory is too small, the loss is no number, or the checkpoint is damaged.
    """
    checkpoint = directory / layout.CHECKPOINT
    epochs = finished_epochs(checkpoint)
    _write_history(directory, epochs)  # what the checkpoint does not hold will be repeated
    words = _Words(epochs[-1] if epochs else None)

    def on_epoch(epoch: EpochReport) -> None:
        append_json_line(directory / layout.HISTORY, epoch.to_json())
        words.last = epoch

    trained = train(
        lineup.parts["train"].teaching(prepared),
        lineup.parts["validation"].teaching(prepared),
        len(lineup.people),
        settings,
        on_epoch=on_epoch,
        on_step=lambda done, total: report(Progress("Training", done, total, "steps", words.text())),
        should_stop=should_stop,
        checkpoint=checkpoint,
        start=start,
    )
    if trained.best_epoch == 0:
        raise Stopped
    _write_history(directory, trained.history)
    return trained


def learnt_of(trained: TrainedNetwork, lineup: Lineup, prepared: PreparedFaces) -> Learnt:
    """Return what a training has left, with its network's answers for every part."""
    train, test = (compute_logits(trained.network, prepared.pixels, lineup.parts[part].rows) for part in ("train", "test"))
    return Learnt(
        network=trained.network,
        logits={"train": train, "validation": trained.validation_logits, "test": test},
        history=trained.history,
        best_epoch=trained.best_epoch,
        refitted=trained.refitted,
        stopped=trained.stopped,
    )


class _Words:
    """Says which epoch is under way."""

    def __init__(self, last: EpochReport | None) -> None:
        self.last = last

    def text(self) -> str:
        """Return what the page shows beside the bar."""
        if self.last is None:
            return "First epoch"
        again = "Refit, " if self.last.phase == "refit" else ""
        return f"{again}{self.last.epoch} of {self.last.epochs} epochs, loss {self.last.loss:.3f}"


def _write_history(directory: Path, epochs: list[EpochReport]) -> None:
    write_whole(directory / layout.HISTORY, "".join(json.dumps(epoch.to_json()) + "\n" for epoch in epochs))
