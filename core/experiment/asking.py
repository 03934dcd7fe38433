"""Asking a finished run about photos of a folder, and keeping what it has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import Catalogue
from core.experiment.lineup import PartFaces, part_faces
from core.explain import Opinions
from core.models.logits import Answers
from core.preparation import PreparedFaces
from core.recognizer import Recognizer
from core.recognizer.naming import Name, name_faces
from core.review.evaluations import Evaluation, Strangers, new_evaluation_id, write_evaluation
from core.runs import PhotoRecord


@dataclass(frozen=True, eq=False)
class Asked:
    """What a run says about photos.

    Attributes:
        photos: All of them; those with one face come in the order of `part`.
        people: Whom the labels of `part` mean.
        part: Their faces.
        answers: Of the network.
        names: What is said about each face.
    """

    photos: tuple[PhotoRecord, ...]
    people: tuple[str, ...]
    part: PartFaces
    answers: Answers
    names: list[Name]

    @property
    def right(self) -> list[bool]:
        """Whether the best name of each face is right."""
        own = [self.people[label] for label in self.part.labels.tolist()]
        return [name.top[0][0] == person for name, person in zip(self.names, own, strict=True)]

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the photo of each face lies."""
        return tuple(photo.path for photo in self.photos if photo.use == "face")

    @property
    def scores(self) -> Any:
        """What the line for unknown is compared with, float32 (N,)."""
        return np.array([name.score for name in self.names], np.float32)


def ask(recognizer: Recognizer, photos: Sequence[PhotoRecord], people: Sequence[str], prepared: PreparedFaces) -> Asked:
    """Ask about the prepared faces of photos that show `people`."""
    part = part_faces(photos, people, prepared)
    # Parts of a memory map: read when they are stacked.
    answers = recognizer.answer([prepared.pixels[row] for row in part.rows.tolist()])
    names = name_faces(answers, recognizer.knowledge) if part.sha256 else []
    return Asked(tuple(photos), tuple(people), part, answers, names)


def keep_evaluation(
    directory: Path,
    catalogue: Catalogue,
    known: Asked,
    strangers: Asked,
    *,
    seen: int,
    values: dict[str, Any],
    opinions: Opinions | None = None,
) -> Path:
    """Keep the answers for a folder in the run's `directory`, in place of earlier ones for the same folder.

    Raises:
        StorageError: the disk refuses.
    """
    labels = {person: label for label, person in enumerate(known.people)}
    faceless = ((each.sha256, each.path, labels[each.person]) for each in known.photos if each.use == "no_face")
    evaluation = Evaluation(
        id=new_evaluation_id(),
        title=f"Photos in {catalogue.name}",
        dataset_id=catalogue.id,
        source=catalogue.source,
        created=datetime.now(UTC).isoformat(),
        sha256=known.part.sha256,
        paths=known.paths,
        labels=known.part.labels,
        logits=known.answers.logits,
        scores=known.scores,
        no_face=tuple(faceless),
        set_aside=known.part.set_aside,
        seen=seen,
        strangers=_strangers(strangers),
        values=values,
        vectors=known.answers.vectors,
        opinions=opinions,
    )
    return write_evaluation(directory, evaluation)


def _strangers(asked: Asked) -> Strangers:
    people = [asked.people[label] for label in asked.part.labels.tolist()]
    return Strangers(
        tuple(zip(asked.part.sha256, asked.paths, people, strict=True)),
        asked.answers.logits,
        asked.scores,
        tuple(name.decision for name in asked.names),
        len(asked.part.no_face_labels),
    )
