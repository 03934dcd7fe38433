"""Faces without a name, put together by likeness, so that many of one person can be named at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.batch.batch import Batch
from core.batch.kept import read_answers
from core.batch.rows import BatchRow
from core.errors import RunError
from core.recognizer import Knowledge, read_knowledge
from core.runs import layout, read_run
from core.runs.vectors import RunVectors, of_length_one, read_vectors

AT_ONCE = 5_000  # faces; the table of all distances grows with the square, and has 100 MB here
USUAL_LIMIT = 0.65  # distance up to which faces are put together where a run tells nothing of how alike people are
ENOUGH_PHOTOS = 1_000  # to tell how alike different people are
ALIKE_STRANGERS = 0.01  # share of pairs of different people that may be more alike than the limit, where no line tells

Floats = npt.NDArray[np.float32]


def vectors_of(batch: Batch, rows: Sequence[BatchRow]) -> Floats:
    """Return where the network places each face, float32 (N, D), rows of length 1; D is 0 where it does not tell.

    Raises:
        JobError: the batch's files are missing or damaged.
    """
    found = read_answers(batch.directory, rows).vectors
    return np.empty((len(rows), 0), np.float32) if found is None else of_length_one(found)


def group_faces(batch: Batch, rows: Sequence[BatchRow], limit: float | None = None) -> list[tuple[BatchRow, ...]]:
    """Return faces in groups that may be one person each: the largest first, and in each the most typical face first.

    Args:
        batch: The batch.
        rows: Some of its faces.
        limit: How far the faces of a group may be from each other on average, as cosine distance, 0..2; None takes
            `likeness_limit`.

    Raises:
        JobError: the batch's files are missing or damaged.
    """
    vectors = vectors_of(batch, rows)
    if not vectors.shape[1]:
        return [(row,) for row in rows]
    labels = group_vectors(vectors, likeness_limit(batch) if limit is None else limit)
    groups = [np.flatnonzero(labels == label) for label in range(labels.max(initial=-1) + 1)]
    ordered = sorted(groups, key=lambda places: (-len(places), int(places[0])))
    return [tuple(rows[place] for place in _typical_first(vectors, places)) for places in ordered]


def group_vectors(vectors: Floats, limit: float, at_once: int = AT_ONCE) -> npt.NDArray[np.int64]:
    """Return the group of each vector, int64 (N,), numbered from 0.

    Groups are joined, the most alike first, while the mean distance between the faces of two is at most `limit`. One link
    does not make a chain, as the mean counts. More than `at_once` faces are grouped in parts, and the groups of all parts
    are joined by the same rule, as long as they are not more than that themselves.

    Args:
        vectors: float32 (N, D), rows of length 1.
        limit: Cosine distance, 0..2.
        at_once: At least 2.

    Source:
        Average linkage: Sokal and Michener 1958 (UPGMA).
    """
    labels = _in_parts(vectors, limit, at_once)
    if len(vectors) <= at_once:
        return labels
    return _in_parts(_means(vectors, labels), limit, at_once)[labels]


def _in_parts(vectors: Floats, limit: float, at_once: int) -> npt.NDArray[np.int64]:
    """Return the group of each vector; only those of the same part are ever in one."""
    labels = np.empty(len(vectors), np.int64)
    groups = 0
    for start in range(0, len(vectors), at_once):
        own = _linked(vectors[start : start + at_once], limit)
        labels[start : start + at_once] = own + groups
        groups += int(own.max()) + 1
    return labels


def _linked(vectors: Floats, limit: float) -> npt.NDArray[np.int64]:
    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    # The mean cosine between the faces of two groups is the dot product of their mean vectors, of whatever length.
    distances = np.maximum(1 - vectors @ vectors.T, 0)
    links = linkage(squareform(distances, checks=False), "average")
    return np.asarray(fcluster(links, limit, "distance") - 1, np.int64)


def _means(vectors: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    counts = np.bincount(labels)
    sums = np.zeros((len(counts), vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return np.asarray(sums / counts[:, None], np.float32)


def _typical_first(vectors: Floats, places: npt.NDArray[np.intp]) -> list[int]:
    own = vectors[places]
    likeness = own @ own.mean(axis=0)
    return [int(place) for place in places[np.argsort(-likeness, kind="stable")]]


def likeness_limit(batch: Batch) -> float:
    """Return how far apart faces of one person may be on average, as cosine distance, in the eyes of the batch's run.

    A run with lines of similarity has drawn one between people, and that is taken; one without is asked how alike the
    training photos of different people are. A batch whose run is gone gets a usual value.

    Source:
        benchmarks/bench_groups.py: 1,191 faces of 302 people whom the run does not know. At the run's own line 99% are
        in a group that is mostly theirs and pairs have an F1 of 0.999 (SFace), 98% and 0.982 (dlib); 0.1 and 0.02 to
        either side are worse for one of the two.
    """
    try:
        run = read_run(batch.run_directory)
        return limit_of(read_knowledge(run), read_vectors(run.directory / layout.VECTORS))
    except RunError:
        return USUAL_LIMIT


def limit_of(knowledge: Knowledge, placed: RunVectors | None) -> float:
    """Return the limit that follows from what a run knows and where it places its photos."""
    if knowledge.thresholds.score == "similarity":
        return 1 - knowledge.thresholds.known
    if placed is None or len(np.unique(placed.labels)) < 2:
        return USUAL_LIMIT
    some = np.linspace(0, len(placed.labels) - 1, min(len(placed.labels), ENOUGH_PHOTOS)).astype(int)
    labels, vectors = placed.labels[some], placed.vectors[some]
    others = (vectors @ vectors.T)[labels[:, None] != labels[None, :]]
    return 1 - float(np.quantile(others, 1 - ALIKE_STRANGERS))
