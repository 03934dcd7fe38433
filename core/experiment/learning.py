"""One training inside a run directory: history, progress and checkpoint are kept there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.experiment.following import Follower, choose_watched
from core.experiment.learnt import Learnt
from core.experiment.lineup import Lineup
from core.jobs import Paused, Stopped
from core.models.logits import compute_answers, with_embedding
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never
from core.runs import layout
from core.settings import Settings
from core.training import Loop, TrainedNetwork, finished_epochs, train
from core.training.checkpoint import FILE


def learn(
    directory: Path,
    lineup: Lineup,
    prepared: PreparedFaces,
    settings: Settings,
    *,
    report: Report,
    should_stop: ShouldStop,
    should_pause: ShouldStop = never,
    start: Callable[[], Any] | None = None,
    loop: Loop | None = None,
) -> TrainedNetwork:
    """Train, or go on with an interrupted training, from an untrained network or the one that `start` makes.

    `loop` is the way through the steps, see `core.training.loop`.

    Raises:
        Stopped: somebody asked to stop before the first epoch was through.
        Paused: somebody asked to pause; all is in the checkpoint.
        TrainingError: the memory is too small, the loss is no number, or the checkpoint is damaged.
        StorageError: the disk refuses.
    """
    checkpoint = directory / layout.CHECKPOINT
    earlier = directory / layout.EARLIER if (directory / layout.EARLIER).exists() else None
    state = directory / layout.STATE if settings.training.keep_state and start is None else None
    follower = Follower(directory, choose_watched(lineup, settings.seed), finished_epochs(checkpoint, earlier), report)
    teaching, choosing = (lineup.parts[part].teaching(prepared) for part in ("train", "validation"))
    trained = train(
        teaching, choosing, len(lineup.people), settings,
        checkpoint=checkpoint, state=state, earlier=earlier, start=start, loop=loop, watched=follower.places,
        should_stop=should_stop, should_pause=should_pause, **follower.hearing(),
    )  # fmt: skip
    follower.close(trained.history)
    if trained.stopped and state is not None:
        _keep_last_checkpoint(checkpoint / FILE, state)
    return _finished(trained)


def _finished(trained: TrainedNetwork) -> TrainedNetwork:
    if trained.paused:
        raise Paused
    if trained.best_epoch == 0:
        raise Stopped
    return trained


def _keep_last_checkpoint(checkpoint: Path, state: Path) -> None:
    """Let a longer training go on from the last checkpoint of one that was stopped; without one there is nothing to go on."""
    if checkpoint.exists() and not state.exists():
        checkpoint.replace(state)


def learnt_of(trained: TrainedNetwork, lineup: Lineup, prepared: PreparedFaces, report: Report) -> Learnt:
    """Return what a training has left, with its network's answers for every part; an average over ten views takes its time."""
    asked = with_embedding(trained.network)
    answers, done, total = {}, 0, sum(len(part.rows) for part in lineup.parts.values())

    def tell(more: int) -> None:
        report(Progress("Measuring", done + more, total, "faces"))

    for name, part in lineup.parts.items():
        answers[name] = compute_answers(asked, prepared.pixels, part.rows, on_batch=tell)
        done += len(part.rows)
    train, test = answers["train"].logits, answers["test"].logits
    return Learnt(
        network=trained.network,
        logits={"train": train, "validation": trained.validation_logits, "test": test},
        history=trained.history,
        best_epoch=trained.best_epoch,
        refitted=trained.refitted,
        stopped=trained.stopped,
        trouble=trained.trouble,
        vectors={name: each.vectors for name, each in answers.items() if each.vectors is not None},
    )
