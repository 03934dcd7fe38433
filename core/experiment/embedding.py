"""Learning with a pretrained embedding: every face is embedded once, and only the last layer learns."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue
from core.embeddings import Backbone, KerasBackbone, embed_faces, load_backbone, normalised
from core.experiment.learnt import Floats, Learnt
from core.experiment.lineup import Lineup, PartFaces
from core.heads import Head, HeadStep, train_head
from core.jobs import Stopped
from core.models.joined import head_alone, join
from core.openset import Gallery, gallery_of
from core.preparation import PreparedFaces
from core.progress import Report, ShouldStop, never, silent
from core.runs import layout
from core.settings import Settings
from core.storage import write_whole
from core.training import REFIT, SELECT, EpochReport
from core.training.feeding import balancing_weights

Labels = npt.NDArray[np.int64]
FACE, MIRROR = 0, 1  # views, see `core.embeddings`


@dataclass(frozen=True, eq=False)
class EmbeddedPart:
    """The faces of one part as vectors.

    Attributes:
        views: float32 (N, V, D), what teaches: the views of each face.
        vectors: float32 (N, D), what is asked about: each face as recognition embeds it.
        labels: int64 (N,).
    """

    views: Floats
    vectors: Floats
    labels: Labels

    def gallery(self, people: int, settings: Settings) -> Gallery:
        """Return the faces to compare others with: in all views, or averaged as the others are."""
        views = self.vectors[:, None] if settings.model.mirror_average else self.views
        return gallery_of(views, self.labels, people)

    def joined_with(self, other: EmbeddedPart) -> EmbeddedPart:
        """Return these faces and those of `other`."""
        return EmbeddedPart(
            np.concatenate([self.views, other.views]),
            np.concatenate([self.vectors, other.vectors]),
            np.concatenate([self.labels, other.labels]),
        )

    def take(self, rows: npt.NDArray[np.integer[Any]] | npt.NDArray[np.bool_]) -> EmbeddedPart:
        """Return some of the faces."""
        return EmbeddedPart(self.views[rows], self.vectors[rows], self.labels[rows])

    def relabelled(self, labels: Labels) -> EmbeddedPart:
        """Return the same faces under other labels."""
        return replace(self, labels=labels)


class Embedder:
    """Embeds faces of one dataset with the backbone of some settings; what is stored is only read."""

    def __init__(
        self,
        catalogue: Catalogue,
        prepared: PreparedFaces,
        settings: Settings,
        report: Report = silent,
        should_stop: ShouldStop = never,
    ) -> None:
        self.backbone: Backbone = load_backbone(settings)
        self._catalogue, self._prepared, self._settings = catalogue, prepared, settings
        self._report, self._should_stop = report, should_stop

    def part(self, faces: PartFaces, teaching: bool) -> EmbeddedPart:
        """Embed the faces of one part; only those that teach in all their views.

        Raises:
            Stopped: somebody asked to stop; what was embedded is stored.
            StorageError: the disk refuses.
        """
        averaged = self._settings.model.mirror_average
        views = list(range(self._settings.embedding.views)) if teaching else [FACE]
        asked = views if not averaged or MIRROR in views else [*views, MIRROR]
        found = embed_faces(
            self._catalogue.directory,
            self._prepared.key,
            self.backbone,
            self._prepared.pixels,
            self._prepared.rows,
            faces.sha256,
            asked,
            self._settings.augmentation,
            self._settings.seed,
            self._report,
            self._should_stop,
        )
        if found is None:
            raise Stopped
        vectors = normalised(found[:, FACE] + found[:, asked.index(MIRROR)]) if averaged else found[:, FACE]
        return EmbeddedPart(found[:, : len(views)], vectors, faces.labels)


@dataclass(frozen=True, eq=False)
class HeadCourse:
    """How the training of a head went."""

    head: Head
    history: list[EpochReport]
    stopped: bool


def fit_head(
    part: EmbeddedPart,
    validation: EmbeddedPart | None,
    classes: int,
    settings: Settings,
    *,
    phase: str = SELECT,
    should_stop: ShouldStop = never,
) -> HeadCourse:
    """Train a head on all views of the faces of `part`; `validation` is only watched."""
    count, views, dimension = part.views.shape
    labels = np.repeat(part.labels, views)
    weights = balancing_weights(labels.astype(np.int32)) if settings.training.class_weights else None
    history: list[EpochReport] = []
    began = time.monotonic()
    stopped = False

    def listen(step: HeadStep) -> bool:
        nonlocal began, stopped
        seconds, began = time.monotonic() - began, time.monotonic()
        history.append(_epoch_of(step, validation, settings, phase, seconds))
        stopped = should_stop()
        return stopped

    head = train_head(
        part.views.reshape(count * views, dimension),
        labels,
        classes,
        settings.embedding,
        steps=settings.training.epochs,
        weights=weights,
        on_step=listen,
    )
    return HeadCourse(head, history, stopped)


def _epoch_of(step: HeadStep, validation: EmbeddedPart | None, settings: Settings, phase: str, seconds: float) -> EpochReport:
    loss = accuracy = None
    if validation is not None and len(validation.labels):
        logits = step.head.logits(validation.vectors).astype(np.float64)
        own = logits[np.arange(len(logits)), validation.labels]
        top = logits.max(axis=1)
        loss = float((top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - own).mean())
        accuracy = float((logits.argmax(axis=1) == validation.labels).mean())
    return EpochReport(
        epoch=step.step,
        epochs=step.steps,
        loss=step.loss,
        accuracy=step.accuracy,
        validation_loss=loss,
        validation_accuracy=accuracy,
        learning_rate=settings.training.learning_rate,
        seconds=seconds,
        best=True,
        phase=phase,
    )


def learn_head(
    directory: Path,
    lineup: Lineup,
    parts: Mapping[str, EmbeddedPart],
    backbone: Backbone,
    settings: Settings,
    *,
    should_stop: ShouldStop = never,
) -> tuple[Learnt, Head]:
    """Train the head of a run, and return what it leaves and the head that has not learnt from the validation faces.

    The problem has one best end, so validation chooses no epoch here: it sets the temperature and draws the lines for
    unknown. With `settings.training.refit` a second head then learns from training and validation faces together.
    """
    classes, train, validation = len(lineup.people), parts["train"], parts["validation"]
    first = fit_head(train, validation, classes, settings, should_stop=should_stop)
    last, refitted = first, False
    if settings.training.refit and len(validation.labels) and not first.stopped:
        last = fit_head(train.joined_with(validation), None, classes, settings, phase=REFIT)
        refitted = True
    logits = {part: (first if part == "validation" else last).head.logits(each.vectors) for part, each in parts.items()}
    history = first.history + (last.history if refitted else [])
    write_whole(directory / layout.HISTORY, "".join(json.dumps(epoch.to_json()) + "\n" for epoch in history))
    learnt = Learnt(
        network=network_of(backbone, last.head, settings),
        logits=logits,
        history=history,
        best_epoch=len(first.history),
        refitted=refitted,
        stopped=first.stopped,
        vectors={part: each.vectors for part, each in parts.items()},
    )
    return learnt, first.head


def network_of(backbone: Backbone, head: Head, settings: Settings) -> Any:
    """Return the network to save: backbone and head in one graph, or the head alone for an embedding outside Keras."""
    if isinstance(backbone, KerasBackbone):
        return join(backbone.network, head.kernel, head.bias, settings.model.mirror_average)
    return head_alone(head.kernel, head.bias)
