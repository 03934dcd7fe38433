"""Where a run draws the lines between known, unsure and unknown: by strangers wherever there are some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.calibration import Temperature
from core.experiment.embedding import EmbeddedPart
from core.experiment.learnt import Floats
from core.heads import Head
from core.models import softmax
from core.openset import (
    FEWEST_PEOPLE,
    FEWEST_STRANGERS,
    Gallery,
    OpenSetScores,
    Thresholds,
    choose_thresholds,
    compare,
    default_lines,
    left_out_scores,
)
from core.settings import Settings

SIMILARITY, PROBABILITY = "similarity", "probability"


def lines_by_similarity(
    train: EmbeddedPart, validation: EmbeddedPart, strangers: EmbeddedPart | None, head: Head, settings: Settings
) -> tuple[Thresholds, OpenSetScores]:
    """Draw the lines of a run with an embedding, by the first that there is of: left-out people, strangers, a default.

    Args:
        train, validation: The faces that taught `head`, and those that did not.
        strangers: The faces of the dataset's folder of strangers.
        head: The head that has not learnt from the validation faces.
        settings: `openset`, `embedding.backbone`, `model.mirror_average` and `seed` are used.
    """
    gallery = train.gallery(len(head.bias), settings)
    known, right = _known(gallery, head, validation)
    people = len(np.unique(train.labels))
    if people >= FEWEST_PEOPLE:
        vectors, labels = np.concatenate([train.vectors, validation.vectors]), np.concatenate([train.labels, validation.labels])
        left_out = left_out_scores(gallery, vectors, labels, head.logits(vectors), settings.seed)
        who = f"{people} people, each left out in turn"
        lines = compare(known, right, left_out, settings.openset, score=SIMILARITY, who=who)
        return lines, OpenSetScores(SIMILARITY, known, right, left_out[0], who)
    if strangers is not None and len(strangers.labels) >= FEWEST_STRANGERS:
        scores = gallery.similarity(strangers.vectors, head.logits(strangers.vectors).argmax(axis=1))
        who = "the folder of strangers"
        lines = compare(known, right, (scores, None), settings.openset, score=SIMILARITY, who=who)
        return lines, OpenSetScores(SIMILARITY, known, right, scores, who)
    shipped = default_lines(settings.embedding.backbone, settings.openset)
    if shipped is not None:
        return shipped, OpenSetScores(SIMILARITY, known, right)
    sure = softmax(head.logits(validation.vectors)).max(axis=1, initial=0)
    return choose_thresholds(sure, right, settings.openset), OpenSetScores(PROBABILITY, sure, right)


def _known(gallery: Gallery, head: Head, validation: EmbeddedPart) -> tuple[Floats, np.ndarray]:
    named = head.logits(validation.vectors).argmax(axis=1)
    return gallery.similarity(validation.vectors, named), named == validation.labels


def lines_by_probability(
    logits: Floats, labels: np.ndarray, strangers: Floats | None, temperature: Temperature, settings: Settings
) -> tuple[Thresholds, OpenSetScores]:
    """Draw the lines of a network from scratch, by strangers if the dataset has some, else by its validation faces.

    Args:
        logits: float32 (V, C), of the validation faces, by a network that has not learnt from them.
        labels: int (V,), who they show.
        strangers: float32 (M, C), logits of the faces of the folder of strangers.
        temperature: What all logits are divided by.
        settings: `openset` is used.
    """
    scores = softmax(logits / np.float32(temperature.value)).max(axis=1, initial=0)
    right = logits.argmax(axis=1) == labels if len(labels) else np.zeros(0, bool)
    if strangers is not None and len(strangers) >= FEWEST_STRANGERS:
        theirs = softmax(strangers / np.float32(temperature.value)).max(axis=1)
        who = "the folder of strangers"
        lines = compare(scores, right, (theirs, None), settings.openset, score=PROBABILITY, who=who)
        return lines, OpenSetScores(PROBABILITY, scores, right, theirs, who)
    return choose_thresholds(scores, right, settings.openset), OpenSetScores(PROBABILITY, scores, right)


def with_test(
    found: OpenSetScores, logits: Floats, labels: np.ndarray, temperature: Temperature, seen: tuple[Gallery, Floats] | None
) -> OpenSetScores:
    """Add how the saved network scores the test faces; no line is drawn by them.

    Args:
        found: What the lines were drawn by.
        logits: float32 (T, C), of the test faces, not yet divided by the temperature.
        labels: int (T,), who they show.
        temperature: What all logits are divided by.
        seen: The saved gallery and the test faces' embeddings, float32 (T, D); None without an embedding.
    """
    if not len(labels):
        return found
    named = logits.argmax(axis=1)
    if found.score == SIMILARITY and seen is not None:
        scores = seen[0].similarity(seen[1], named)
    else:
        scores = softmax(logits / np.float32(temperature.value)).max(axis=1)
    return replace(found, test=scores, test_right=named == labels)
