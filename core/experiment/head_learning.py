"""The head of a run: trained, followed by the run's directory, and joined with its embedding."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.embeddings import Backbone, KerasBackbone
from core.experiment.embedding import EmbeddedPart, fit_head
from core.experiment.following import Follower, choose_watched
from core.experiment.learnt import Learnt
from core.experiment.lineup import Lineup
from core.heads import Head
from core.models.joined import head_alone, join
from core.progress import Report, ShouldStop, never, silent
from core.settings import Settings
from core.training import REFIT, EpochReport


def learn_head(
    directory: Path,
    lineup: Lineup,
    parts: Mapping[str, EmbeddedPart],
    backbone: Backbone,
    settings: Settings,
    *,
    report: Report = silent,
    should_stop: ShouldStop = never,
    should_pause: ShouldStop = never,
) -> tuple[Learnt, Head]:
    """Train the head of a run, and return what it leaves and the head that has not learnt from the validation faces.

    The problem has one best end, so validation chooses no epoch here: it sets the temperature and draws the lines for
    unknown. With `settings.training.refit` a second head then learns from training and validation faces together.
    """
    classes, train, validation = len(lineup.people), parts["train"], parts["validation"]
    follower = Follower(directory, choose_watched(lineup, settings.seed), [], report)
    shown = validation if len(validation.labels) else train

    def follow(epoch: EpochReport, head: Head) -> None:
        follower.on_epoch(epoch)
        follower.on_answers(epoch.epoch, head.logits(shown.vectors[follower.places]))
        follower.on_step(epoch.epoch, epoch.epochs)

    first = fit_head(train, validation, classes, settings, should_stop=should_stop, should_pause=should_pause, on_step=follow)
    last, refitted = first, False
    if settings.training.refit and len(validation.labels) and not first.stopped:
        last = fit_head(train.joined_with(validation), None, classes, settings, phase=REFIT)
        refitted = True
    logits = {part: (first if part == "validation" else last).head.logits(each.vectors) for part, each in parts.items()}
    history = first.history + (last.history if refitted else [])
    follower.close(history)
    network, vectors = network_of(backbone, last.head, settings), {part: each.vectors for part, each in parts.items()}
    return Learnt(network, logits, history, len(first.history), refitted, first.stopped, vectors), first.head


def network_of(backbone: Backbone, head: Head, settings: Settings) -> Any:
    """Return the network to save: backbone and head in one graph, or the head alone for an embedding outside Keras."""
    if isinstance(backbone, KerasBackbone):
        return join(backbone.network, head.kernel, head.bias, settings.model.mirror_average)
    return head_alone(head.kernel, head.bias)
