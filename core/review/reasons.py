"""Why each answer of a set is wrong: the run's vectors, the photos' measures and the doubts about names, brought together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.datasets.doubts import Doubt
from core.explain import Evidence, Likeness, Neighbour, Opinions, Usual, Verdict, judge, likeness_of, nearest, usual_likeness
from core.openset import Gallery
from core.quality import Quality
from core.review.asked import asked_opinions, asked_vectors
from core.review.judged import FOLDER, Judged
from core.runs import Run, layout
from core.runs.opinions import read_opinions
from core.runs.vectors import RunVectors, read_vectors, with_others

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Taught:
    """The faces that a run's network has learnt from, M of them, and how alike other faces usually are to them.

    Attributes:
        sha256: The photo of each.
        vectors: float32 (M, D), rows of length 1.
        labels: int64 (M,).
        people: How many people there are.
        every: The vectors of all faces that the run has met, and of those of the judged folder.
    """

    sha256: tuple[str, ...]
    vectors: Floats
    labels: Labels
    people: int
    every: RunVectors

    @cached_property
    def gallery(self) -> Gallery:
        """The faces to compare others with."""
        return Gallery(self.vectors, self.labels, self.people)

    @cached_property
    def usual(self) -> Usual | None:
        """How alike faces that did not teach are to those that did."""
        rows = self.every.rows_in("validation")
        if set(self.sha256) >= {self.every.sha256[row] for row in rows.tolist()}:  # they taught, too: nobody else is left
            rows = self.every.rows_in("test")
        return usual_likeness(self.gallery, self.every.vectors[rows], self.every.labels[rows])

    def nearest(self, vector: Floats, person: int, but: str = "") -> tuple[Neighbour, ...]:
        """Return the three training photos of a person that are most like a face, see `core.explain.nearest`."""
        return nearest(vector, self.vectors, self.labels, self.sha256, person, but=but)


def taught_faces(run: Run, judged: Judged) -> Taught | None:
    """Return the faces that taught the network which answered; None where the run keeps no vectors of these people.

    The validation faces of a refitted network taught it, too, but not the one that had answered for them before.

    Raises:
        RunError: the file of vectors is damaged.
    """
    every = read_vectors(run.directory / layout.VECTORS)
    if every is None or judged.people != run.class_names:
        return None
    if judged.key.startswith(FOLDER):
        every = with_others(every, asked_vectors(run, judged.key.removeprefix(FOLDER)))
    return _taught(run, every, also_validation=judged.key != "validation")


def teachers(run: Run) -> Taught | None:
    """Return the faces that taught the network of a run as it names new photos; None where the run keeps no vectors.

    Raises:
        RunError: the file of vectors is damaged.
    """
    every = read_vectors(run.directory / layout.VECTORS)
    return None if every is None else _taught(run, every, also_validation=True)


def _taught(run: Run, every: RunVectors, also_validation: bool) -> Taught:
    """Return the training faces, with those of validation where the network was fitted again on both."""
    refitted = bool((run.result or {}).get("refitted")) and also_validation
    rows = every.rows_in("train", "validation") if refitted else every.rows_in("train")
    photos = tuple(every.sha256[row] for row in rows.tolist())
    return Taught(photos, every.vectors[rows], every.labels[rows], len(run.class_names), every)


@dataclass(frozen=True)
class Known:
    """What is known of photos beside the answers.

    Attributes:
        qualities, doubts: By sha256, from their dataset.
        kept: The photos whose label a person has looked at and found right.
        opinions: What an embedding says of those that were named wrong, from the run.
    """

    qualities: Mapping[str, Quality] = field(default_factory=dict)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    kept: Collection[str] = ()
    opinions: Opinions | None = None


def opinions_on(run: Run, judged: Judged) -> Opinions | None:
    """Return what an embedding says of the faces of a set that were named wrong; None where none was asked.

    Raises:
        RunError: the file is damaged.
    """
    if judged.people != run.class_names:
        return None
    if judged.key.startswith(FOLDER):
        return asked_opinions(run, judged.key.removeprefix(FOLDER))
    return read_opinions(run.directory / layout.OPINIONS)


def evidence_of(judged: Judged, row: int, taught_photos: int, likeness: Likeness | None, known: Known) -> Evidence:
    """Return what is known about one answer."""
    sha256, label, named = judged.sha256[row], int(judged.labels[row]), int(judged.predicted[row])
    return Evidence(
        person=judged.people[label],
        named=judged.people[named],
        probability=float(judged.probabilities[row, named]),
        own_probability=float(judged.probabilities[row, label]),
        taught=taught_photos,
        likeness=likeness,
        quality=known.qualities.get(sha256),
        doubt=known.doubts.get(sha256),
        kept=sha256 in known.kept,
        opinion=known.opinions.of(sha256, label, judged.people) if known.opinions is not None else None,
    )


def verdicts(run: Run, judged: Judged, taught: Taught | None, known: Known) -> dict[int, Verdict]:
    """Return the verdict on each wrong answer of a set, by row."""
    rows = np.flatnonzero(judged.wrong)
    photos = _photos_of_everybody(run, judged)
    likeness = _likeness(judged, rows, taught)
    return {
        row: judge(evidence_of(judged, row, photos[int(judged.labels[row])], likeness.get(row), known)) for row in rows.tolist()
    }


def neighbours_of(taught: Taught, judged: Judged, row: int, person: int) -> tuple[Neighbour, ...]:
    """Return the training photos of a person that are most like one judged face; none where its vector is not stored."""
    vector = taught.every.vector(judged.sha256[row])
    return () if vector is None else taught.nearest(vector, person, but=judged.sha256[row])


def _photos_of_everybody(run: Run, judged: Judged) -> Labels:
    """Return int64 (C,), how many training photos with a face each person has."""
    label_of = {person: label for label, person in enumerate(judged.people)}
    records = run.split.part("train") if run.split else []
    labels = [label_of[each.person] for each in records if each.use == "face" and each.person in label_of]
    return np.bincount(np.array(labels, np.int64), minlength=len(judged.people)).astype(np.int64)


def _likeness(judged: Judged, rows: Labels, taught: Taught | None) -> dict[int, Likeness]:
    """Return how like the faces are to training photos, for those whose vectors are stored."""
    usual = taught.usual if taught is not None else None
    if taught is None or usual is None:
        return {}
    teachers = set(taught.sha256)
    found = [row for row in rows.tolist() if judged.sha256[row] in taught.every.row_of and judged.sha256[row] not in teachers]
    if not found:
        return {}
    vectors = taught.every.vectors[[taught.every.row_of[judged.sha256[row]] for row in found]]
    every = taught.gallery.similarities(vectors)
    return {
        row: likeness_of(usual, every[place], int(judged.labels[row]), int(judged.predicted[row]))
        for place, row in enumerate(found)
    }
