"""What an experiment comes to, whichever preset: a calibrated network, its lines for unknown and what else is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.calibration import Temperature
from core.embeddings import Backbone, OnnxBackbone
from core.experiment.embedding import EmbeddedPart, Embedder
from core.experiment.fine_tuning import tune, tuned_learnt, tuned_strangers
from core.experiment.head_learning import learn_head
from core.experiment.learning import learn, learnt_of
from core.experiment.learnt import Learnt
from core.experiment.lines import lines_by_probability, lines_by_similarity, with_test
from core.experiment.lineup import Lineup
from core.experiment.measuring import calibrate
from core.experiment.photos import Dataset
from core.models import compute_logits
from core.models.joined import sharpen
from core.openset import Gallery, OpenSetScores, Thresholds
from core.preparation import PreparedFaces
from core.progress import Progress, Report, ShouldStop, never
from core.settings import Settings
from core.training import Loop


@dataclass(frozen=True, eq=False)
class Task:
    """What an experiment works with; `loop` is the way through the training's steps, see `core.training.loop`."""

    directory: Path
    dataset: Dataset
    prepared: PreparedFaces
    lineup: Lineup
    settings: Settings
    report: Report
    should_stop: ShouldStop
    should_pause: ShouldStop = never
    loop: Loop | None = None

    def listening(self) -> dict[str, Any]:
        """Return who is told where the work stands, and who is asked whether to stop or to pause."""
        return {"report": self.report, "should_stop": self.should_stop, "should_pause": self.should_pause}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What it comes to.

    Attributes:
        learnt: The network, calibrated already, and its answers, not yet divided by the temperature.
        gallery: The embeddings of the faces that taught; None without an embedding.
        backbone: Which embedding, as it is kept in the run; None without one.
        openset: The scores that the lines were drawn by.
    """

    learnt: Learnt
    temperature: Temperature
    thresholds: Thresholds
    gallery: Gallery | None = None
    backbone: dict[str, Any] | None = None
    openset: OpenSetScores | None = None


def work_out(task: Task) -> Outcome:
    """Train, calibrate, and draw the lines for unknown.

    Raises:
        VisageError: weights, memory or disk do not suffice; says what to do.
        Stopped: somebody asked to stop before anything was learnt.
    """
    way: Callable[[Task], Outcome] = _from_pixels
    if task.settings.model.architecture == "embedding":
        way = _from_embeddings
    return way(task)


def _from_pixels(task: Task) -> Outcome:
    lineup, prepared, settings = task.lineup, task.prepared, task.settings
    task.report(Progress("Training", 0, 0, "steps", "Loading"))
    trained = learn(task.directory, lineup, prepared, settings, **task.listening(), loop=task.loop)
    learnt = learnt_of(trained, lineup, prepared, task.report)
    temperature = calibrate(learnt, lineup)
    strangers = compute_logits(learnt.network, prepared.pixels, lineup.strangers.rows) if lineup.strangers else None
    labels = lineup.parts["validation"].labels
    thresholds, scores = lines_by_probability(learnt.logits["validation"], labels, strangers, temperature, settings)
    scores = with_test(scores, learnt.logits["test"], lineup.parts["test"].labels, temperature, None)
    sharpen(learnt.network, temperature.value)
    return Outcome(learnt, temperature, thresholds, openset=scores)


def _from_embeddings(task: Task) -> Outcome:
    lineup, settings = task.lineup, task.settings
    task.report(Progress("Embedding faces", 0, 0, "", "Loading"))
    embedder = Embedder(
        task.dataset.catalogue, task.prepared, settings, task.report, task.should_stop, should_pause=task.should_pause
    )
    parts = {part: embedder.part(faces, teaching=part != "test") for part, faces in lineup.parts.items()}
    strangers = embedder.part(lineup.strangers, teaching=False) if lineup.strangers else None
    task.report(Progress("Training", 0, 0, ""))
    learnt, first = learn_head(task.directory, lineup, parts, embedder.backbone, settings, **task.listening())
    if settings.embedding.fine_tune:
        trained = tune(
            task.directory, lineup, task.prepared, settings, (embedder.backbone, first),
            **task.listening(), loop=task.loop,
        )  # fmt: skip
        learnt, parts, first = tuned_learnt(trained, lineup, task.prepared, settings)
        strangers = tuned_strangers(learnt.network, lineup.strangers, task.prepared, settings)
    task.report(Progress("Measuring", 0, 0, ""))
    temperature = calibrate(learnt, lineup)
    thresholds, scores = lines_by_similarity(parts["train"], parts["validation"], strangers, first, settings)
    sharpen(learnt.network, temperature.value)
    taught = _taught(parts["train"], parts["validation"], learnt.refitted)
    gallery = taught.gallery(len(lineup.people), settings)
    test = parts["test"]
    scores = with_test(scores, learnt.logits["test"], test.labels, temperature, (gallery, test.vectors))
    return Outcome(learnt, temperature, thresholds, gallery, describe_backbone(embedder.backbone), scores)


def _taught(train: EmbeddedPart, validation: EmbeddedPart, refitted: bool) -> EmbeddedPart:
    return train.joined_with(validation) if refitted else train


def describe_backbone(backbone: Backbone) -> dict[str, Any]:
    """Return what a run keeps of its embedding: what decides the vectors, and where an own file lay."""
    about: dict[str, Any] = {"name": backbone.name, "key": backbone.key, "dimension": backbone.dimension}
    if isinstance(backbone, OnnxBackbone):
        about |= {"file": str(backbone.file), "sha256": backbone.sha256}
    return about
