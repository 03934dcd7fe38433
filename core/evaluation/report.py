"""The figures of one set of photos: who was named right, and how sure the network was."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.models import compute_logits, softmax

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scores:
    """A network's answers for N faces: `logits` and `probabilities`, both float32 (N, C)."""

    logits: Floats
    probabilities: Floats


@dataclass(frozen=True)
class PersonScores:
    """How well one person is named.

    Attributes:
        person: Display name.
        precision: Share of the photos named as this person that show them; 0 if no photo was.
        recall: Share of this person's photos that were named so; 0 if there is no such photo.
        f1: Harmonic mean of the two.
        support: Number of this person's photos.
    """

    person: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class EvaluationReport:
    """The figures of one set of photos.

    A photo in which no face was found counts as a wrong prediction that names nobody, in all figures but `log_loss`.
    People without a photo in the set have no share in `balanced_accuracy` and `macro_f1`; to name one of them is still
    a mistake about the person who is shown.

    Attributes:
        photos: How many photos were judged, those without a face included.
        no_face: How many of them have no face.
        set_aside: Further photos that were not judged because they show several faces.
        accuracy: Share of photos whose most probable person is right.
        balanced_accuracy: Mean over people of their recall.
        macro_f1: Mean over people of their F1.
        log_loss: Mean of -ln of the right person's probability over photos with a face; None without any.
        top3: Share of photos whose person is among the three most probable.
        confusion: int64 (C, C + 1), rows the true person, columns the named one; the last column: no face.
        per_person: One entry per class, in the order of the classes.
        chance: Accuracy of naming people at random.
        majority: Accuracy of always naming the person with the most photos.
    """

    photos: int
    no_face: int
    set_aside: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    log_loss: float | None
    top3: float
    confusion: Counts
    per_person: list[PersonScores]
    chance: float
    majority: float

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        people = [dataclasses.asdict(each) for each in self.per_person]
        rows, columns = np.nonzero(self.confusion)  # of thousands of people nearly every cell is empty
        cells = np.column_stack([rows, columns, self.confusion[rows, columns]]).tolist()
        return {**values, "confusion": {"shape": list(self.confusion.shape), "cells": cells}, "per_person": people}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> EvaluationReport:
        """Rebuild a report from `to_json`."""
        confusion = _confusion_from_json(values["confusion"])
        return cls(**{**values, "confusion": confusion, "per_person": [PersonScores(**each) for each in values["per_person"]]})


def _confusion_from_json(values: Any) -> Counts:
    if isinstance(values, list):  # an earlier program wrote every cell
        return np.array(values, np.int64)
    confusion = np.zeros(values["shape"], np.int64)
    for row, column, count in values["cells"]:
        confusion[row, column] = count
    return confusion


def score_faces(network: Any, pixels: Any, rows: npt.NDArray[np.int64] | None = None, batch: int = 64) -> Scores:
    """Ask `network` about faces.

    Args:
        network: keras.Model, uint8 (B, S, S, 3) to logits (B, C).
        pixels: uint8 (N, S, S, 3), RGB, 0..255; may be memory-mapped.
        rows: int64 (R,), which faces; None: all.
        batch: Faces per step.
    """
    logits = compute_logits(network, pixels, np.arange(len(pixels)) if rows is None else rows, batch)
    return Scores(logits, softmax(logits))


def evaluate(
    probabilities: Floats, labels: Labels, no_face_labels: Labels, class_names: Sequence[str], set_aside: int = 0
) -> EvaluationReport:
    """Judge a network's answers.

    Args:
        probabilities: float32 (N, C), of the photos with a face.
        labels: int (N,), who they show.
        no_face_labels: int (M,), who the photos show in which no face was found.
        class_names: C names.
        set_aside: How many photos were left out because they show several faces.

    Raises:
        ValueError: no photo at all, or the shapes do not fit.
    """
    classes = len(class_names)
    if probabilities.shape != (len(labels), classes):
        raise ValueError(f"probabilities {probabilities.shape} do not fit {len(labels)} labels and {classes} people")
    photos = len(labels) + len(no_face_labels)
    if not photos:
        raise ValueError("there are no photos to judge")
    confusion = confusion_matrix(probabilities, labels, no_face_labels)
    people = person_scores(confusion, class_names)
    shown = [each for each in people if each.support]
    return EvaluationReport(
        photos=photos,
        no_face=len(no_face_labels),
        set_aside=set_aside,
        accuracy=float(np.trace(confusion) / photos),
        balanced_accuracy=float(np.mean([each.recall for each in shown])),
        macro_f1=float(np.mean([each.f1 for each in shown])),
        log_loss=log_loss(probabilities, labels),
        top3=float((ranks(probabilities, labels) < 3).sum() / photos),
        confusion=confusion,
        per_person=people,
        chance=1 / classes,
        majority=float(confusion.sum(axis=1).max() / photos),
    )


def confusion_matrix(probabilities: Floats, labels: Labels, no_face_labels: Labels) -> Counts:
    """Count true people against named ones: int64 (C, C + 1), the last column for photos without a face."""
    classes = probabilities.shape[1]
    counts = np.zeros((classes, classes + 1), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    np.add.at(counts, (no_face_labels, classes), 1)
    return counts


def person_scores(confusion: Counts, class_names: Sequence[str]) -> list[PersonScores]:
    """Return precision, recall, F1 and support of each person from a confusion matrix, int64 (C, C + 1)."""
    right = np.diagonal(confusion).astype(float)
    support, named = confusion.sum(axis=1), confusion.sum(axis=0)[:-1]
    precision, recall = right / np.maximum(named, 1), right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + named, 1)
    rows = zip(class_names, precision.tolist(), recall.tolist(), f1.tolist(), support.tolist(), strict=True)
    return [PersonScores(*row) for row in rows]


def ranks(probabilities: Floats, labels: Labels) -> Counts:
    """Return how many people are named before the right one, int64 (N,); 0: the most probable. Ties go by class order."""
    own = probabilities[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(probabilities.shape[1])[None, :] < np.asarray(labels)[:, None]
    return np.asarray(((probabilities > own) | ((probabilities == own) & earlier)).sum(axis=1), np.int64)


def log_loss(probabilities: Floats, labels: Labels) -> float | None:
    """Return the mean of -ln(probability of the right person), None without photos; probabilities of 0 count as 2e-16."""
    if not len(labels):
        return None
    own = probabilities[np.arange(len(labels)), labels].astype(float)
    return float(-np.log(np.clip(own, np.finfo(float).eps, 1)).mean())
