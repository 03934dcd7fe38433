"""Which names are doubtful: by networks that have not learnt from the photo, and by how far a face is from its person's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.datasets.doubts import AlikePeople, Doubt
from core.datasets.health import FAR
from core.experiment.learnt import Floats
from core.experiment.out_of_fold import OutOfFold
from core.health.faces import KnownFaces

Doubles = npt.NDArray[np.float64]

# Cosine between the middles of two people from which on they may be the same person. Measured on Pins and LFW: different
# people reach 0.62 (with 2 photos or fewer 0.50), halves of one person's photos are above it in all cases from 5 photos
# on, in 95 of 100 with 3, in 91 with 2 and in 55 with 1.
ALIKE, ALIKE_OF_FEW = 0.65, 0.55
FEW = 2  # photos of one of them


def judge_names(faces: KnownFaces, answers: OutOfFold | None, places: Floats | None = None) -> list[Doubt]:
    """Return what is known about the name of each face, the most doubtful first.

    A face that could not be judged by others (the person's only photo) counts as sure.

    Args:
        faces: N faces.
        answers: What networks said that have not learnt from the face; None where nothing could be learnt.
        places: float32 (N, 2), where each is on the map.

    Source:
        Northcutt et al., "Confident Learning" (arXiv 1911.00068), by cleanlab: the quality of a name is the probability
        that it has out of fold.
    """
    own, likely, likely_probability = _answers_for(faces, answers)
    distances = distance_to_person(faces)
    scores = own * np.clip((1 - distances) / (1 - FAR), 0, 1)
    order = np.lexsort((distances * -1, scores))
    at = np.full((len(faces.sha256), 2), np.nan) if places is None else places
    return [
        Doubt(
            sha256=faces.sha256[row],
            score=float(scores[row]),
            place=place,
            own=float(own[row]),
            likely=faces.people[likely[row]],
            likely_probability=float(likely_probability[row]),
            distance=float(distances[row]),
            x=None if places is None else float(at[row, 0]),
            y=None if places is None else float(at[row, 1]),
        )
        for place, row in enumerate(order.tolist(), start=1)
    ]


def _answers_for(faces: KnownFaces, answers: OutOfFold | None) -> tuple[Doubles, npt.NDArray[np.int64], Doubles]:
    """Return for each face the quality of its name, the most probable person, and that person's probability."""
    own, likely, probability = np.ones(len(faces.labels)), faces.labels.copy(), np.ones(len(faces.labels))
    if answers is None or not len(answers.labels):
        return own, likely, probability
    from cleanlab.rank import get_label_quality_scores

    row_of = {sha256: row for row, sha256 in enumerate(faces.sha256)}
    rows = np.array([row_of[each] for each in answers.sha256], np.int64)
    place = np.array([faces.people.index(person) for person in answers.people], np.int64)
    probabilities = answers.probabilities.astype(np.float64)
    own[rows] = get_label_quality_scores(answers.labels, probabilities, method="self_confidence")
    likely[rows] = place[probabilities.argmax(axis=1)]
    probability[rows] = probabilities.max(axis=1)
    return own, likely, probability


def distance_to_person(faces: KnownFaces) -> Doubles:
    """Return 1 - cosine between each face and the middle of the person's others, float64 (N,); 0 where it is the only one."""
    others = _sums(faces)[faces.labels] - faces.vectors
    lengths = np.linalg.norm(others, axis=1)
    alone = np.bincount(faces.labels, minlength=len(faces.people))[faces.labels] < 2
    cosines = (others * faces.vectors).sum(axis=1) / np.maximum(lengths, 1e-9)
    return np.where(alone, 0.0, np.clip(1 - cosines, 0, 2))


def find_alike(faces: KnownFaces) -> list[AlikePeople]:
    """Return the pairs of people whose faces are so alike that they may be one person, the most alike first."""
    middles = _sums(faces)
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)
    counts = np.bincount(faces.labels, minlength=len(faces.people))
    likeness = middles @ middles.T
    lines = np.where(np.minimum(counts[:, None], counts[None]) <= FEW, ALIKE_OF_FEW, ALIKE)
    pairs = np.argwhere(np.triu(likeness >= lines, 1))
    found = [AlikePeople(faces.people[one], faces.people[two], float(likeness[one, two])) for one, two in pairs.tolist()]
    return sorted(found, key=lambda pair: -pair.likeness)


def _sums(faces: KnownFaces) -> Doubles:
    """Return the sum of each person's vectors, float64 (C, D)."""
    sums = np.zeros((len(faces.people), faces.vectors.shape[1]))
    np.add.at(sums, faces.labels, faces.vectors.astype(np.float64))
    return sums
