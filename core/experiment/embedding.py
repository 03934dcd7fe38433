"""Learning with a pretrained embedding: every face is embedded once, and only the last layer learns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue
from core.embeddings import Backbone, embed_faces, load_backbone, normalised
from core.experiment.learnt import Floats
from core.experiment.lineup import PartFaces
from core.heads import Head, HeadStep, train_head
from core.jobs import Paused, Stopped
from core.openset import Gallery, gallery_of
from core.preparation import PreparedFaces
from core.progress import Report, ShouldStop, never, silent
from core.settings import Settings
from core.training import SELECT, EpochReport
from core.training.devices import memory_in_use
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
        *,
        should_pause: ShouldStop = never,
    ) -> None:
        self.backbone: Backbone = load_backbone(settings)
        self._catalogue, self._prepared, self._settings = catalogue, prepared, settings
        self._report, self._should_stop, self._should_pause = report, should_stop, should_pause

    def part(self, faces: PartFaces, teaching: bool) -> EmbeddedPart:
        """Embed the faces of one part; only those that teach in all their views.

        Raises:
            Stopped: somebody asked to stop, or `Paused` to pause; what was embedded is stored.
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
            lambda: self._should_stop() or self._should_pause(),
        )
        if found is None:
            raise Stopped if self._should_stop() else Paused
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
    should_pause: ShouldStop = never,
    on_step: Callable[[EpochReport, Head], None] = lambda report, head: None,
) -> HeadCourse:
    """Train a head on all views of the faces of `part`; `validation` is only watched.

    Raises:
        Paused: somebody asked to pause; the head starts anew then, which takes seconds.
    """
    labels = np.repeat(part.labels, part.views.shape[1])
    weights = balancing_weights(labels.astype(np.int32)) if settings.training.class_weights else None
    history: list[EpochReport] = []
    began = time.monotonic()
    stopped = False

    def listen(step: HeadStep) -> bool:
        nonlocal began, stopped
        seconds, began = time.monotonic() - began, time.monotonic()
        history.append(_epoch_of(step, validation, settings, phase, (seconds, len(labels))))
        on_step(history[-1], step.head)
        stopped = should_stop()
        if should_pause() and not stopped:
            raise Paused
        return stopped

    vectors, steps = part.views.reshape(len(labels), -1), settings.training.epochs
    head = train_head(vectors, labels, classes, settings.embedding, steps=steps, weights=weights, on_step=listen)
    return HeadCourse(head, history, stopped)


def _epoch_of(
    step: HeadStep, validation: EmbeddedPart | None, settings: Settings, phase: str, pace: tuple[float, int]
) -> EpochReport:
    loss = accuracy = share = None
    seconds, faces = pace
    if validation is not None and len(validation.labels):
        logits = step.head.logits(validation.vectors).astype(np.float64)
        own = logits[np.arange(len(logits)), validation.labels]
        top = logits.max(axis=1)
        loss = float((top + np.log(np.exp(logits - top[:, None]).sum(axis=1)) - own).mean())
        accuracy = float((logits.argmax(axis=1) == validation.labels).mean())
        share = float(np.bincount(logits.argmax(axis=1)).max() / len(logits))
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
        largest_share=share,
        photos_per_second=faces / max(seconds, 1e-9),
        memory_bytes=memory_in_use(),
    )
