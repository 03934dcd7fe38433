"""The single faces of a run with their true name, the name they were given and how certain that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.datasets import get_dataset
from core.errors import RunError
from core.evaluation import EvaluationReport
from core.models import softmax
from core.preparation import load_prepared
from core.runs import Run


@dataclass(frozen=True)
class Answer:
    """What the network said about one face.

    Attributes:
        path: The photo's, relative to the dataset's root.
        person, predicted: The true name and the most likely one.
        probability, true_probability: Of the predicted and of the true name, 0..1.
        pixels: uint8 (S, S, 3) RGB, the face as the network saw it.
    """

    path: str
    person: str
    predicted: str
    probability: float
    true_probability: float
    pixels: npt.NDArray[np.uint8]

    @property
    def correct(self) -> bool:
        """Whether the most likely name is the true one."""
        return self.person == self.predicted


def read_answers(run: Run, part: str) -> list[Answer]:
    """Return the answers for the faces of "validation" or "test", the most certain first.

    Raises:
        RunError: the dataset or its faces have been deleted since.
        DatasetError: the dataset's catalogue cannot be read.
    """
    if run.dataset is None or run.split is None or part not in run.scores:
        raise RunError(f"The run {run.name} keeps no answers for its {part} photos.", "Train again to have them.")
    prepared = load_prepared(get_dataset(run.dataset.id), run.settings.face)
    if prepared is None:
        raise RunError(f"The faces of {run.dataset.name} are not there any more.", "Find them again on the Explore page.")
    paths = {photo.sha256: photo.path for photo in run.split.photos}
    scores, people = run.scores[part], run.class_names
    found = [
        Answer(
            paths.get(sha256, ""),
            people[label],
            people[int(row.argmax())],
            float(row.max()),
            float(row[label]),
            np.asarray(prepared.pixels[prepared.rows[sha256]]),
        )
        for sha256, row, label in zip(scores.sha256, softmax(scores.logits), scores.labels, strict=True)
        if sha256 in prepared.rows
    ]
    return sorted(found, key=lambda answer: answer.probability, reverse=True)


def confused_pairs(report: EvaluationReport, people: Sequence[str], most: int = 10) -> list[tuple[str, str, int]]:
    """Return who was taken for whom most often: (true person, name given, number of photos), at most `most` pairs."""
    mistakes = report.confusion[:, : len(people)].copy()
    np.fill_diagonal(mistakes, 0)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    pairs = [np.unravel_index(each, mistakes.shape) for each in order]
    return [
        (people[int(true)], people[int(given)], int(mistakes[true, given])) for true, given in pairs if mistakes[true, given]
    ]
