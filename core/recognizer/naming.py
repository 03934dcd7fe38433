"""From a network's answers to names: people the network has learnt, and people who were enrolled since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.models import softmax
from core.models.logits import Answers
from core.openset import Decision, Gallery, Thresholds, decide
from core.recognizer.assignment import NOBODY, give_once
from core.recognizer.enrolled import Enrolled

TOP = 5  # how many names each face is told
STRANGERS_ABOVE = 0.01  # share of faces of other people that may be above the line of similarity

Route = Literal["trained", "enrolled"]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All that turns answers into names.

    Attributes:
        people: Whom the network has learnt, in the order of the logits.
        thresholds: Where the lines for known and unknown lie.
        gallery: Embeddings of the faces that taught; None without an embedding.
        enrolled: None where nobody was enrolled.
        scale: How sharply the similarity to an enrolled person is weighed against that to a trained one.
    """

    people: tuple[str, ...]
    thresholds: Thresholds
    gallery: Gallery | None = None
    enrolled: Enrolled | None = None
    scale: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """All people: first those of the network, then the enrolled ones."""
        return self.people + (self.enrolled.people if self.enrolled else ())

    @cached_property
    def stranger_line(self) -> float:
        """How similar, -1..1, a face has to be to somebody so that it may be that person at all.

        The run's own line for unknown where it is one of similarity. Else what faces of different people reach: the trained
        people are strangers to one another, and 1 in 100 of their faces is more similar to another person than this.
        """
        if self.thresholds.score == "similarity":
            return self.thresholds.unknown
        if self.gallery is None:
            return -1.0
        others = self.gallery.similarities(self.gallery.vectors)  # (M, P)
        others[np.arange(len(others)), self.gallery.labels] = -1
        return float(np.quantile(others.max(axis=1), 1 - STRANGERS_ABOVE)) if len(others) else -1.0


@dataclass(frozen=True)
class Name:
    """Who a face may be; fields as in `FacePrediction`."""

    person: str | None
    decision: Decision
    probability: float
    score: float
    route: Route
    top: tuple[tuple[str, float], ...]
    taken: str | None = None


def name_faces(answers: Answers, knowledge: Knowledge, once: bool = False) -> list[Name]:
    """Name faces by what a network has answered.

    Args:
        answers: Of the network, a row for each face.
        knowledge: Whom it can be.
        once: The faces are those of one photo, in which nobody is twice.
    """
    probabilities, scores = _weigh(answers, knowledge)
    if once:
        return _name_once(probabilities, scores, knowledge)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP]
    return [_name(*rows, knowledge) for rows in zip(probabilities, scores, best, strict=True)]


def _name_once(probabilities: Floats, scores: Floats, knowledge: Knowledge) -> list[Name]:
    """Name the faces of one photo so that nobody is in it twice."""
    lines = knowledge.thresholds
    given = give_once(probabilities, scores, lines.unknown, knowledge.scale if lines.score == "similarity" else None)
    likely = np.argsort(-probabilities, axis=1, kind="stable")
    names = []
    for face, own in enumerate(given.tolist()):
        first, row = int(likely[face, 0]), (probabilities[face], scores[face])
        if own == first or scores[face, first] < lines.unknown:
            names.append(_name(*row, likely[face, :TOP], knowledge))
            continue
        left = likely[face][~np.isin(likely[face], given)]
        if own == NOBODY:
            name = _name(*row, left[:TOP] if len(left) else likely[face, :TOP], knowledge)
            below = min(name.score, float(np.nextafter(lines.unknown, -2)))  # nobody may be left who is below by himself
            name = replace(name, person=None, decision="unknown", score=below)
        else:
            name = _name(*row, np.concatenate([[own], left])[:TOP], knowledge)
        names.append(replace(name, taken=knowledge.names[first]))
    return names


def _weigh(answers: Answers, knowledge: Knowledge) -> tuple[Floats, Floats]:
    """Return the probability of everybody, (N, people + enrolled), and their scores, alike."""
    logits, by_similarity = answers.logits, knowledge.thresholds.score == "similarity"
    if knowledge.gallery is None or answers.vectors is None or not (by_similarity or knowledge.enrolled):
        probabilities = softmax(logits)
        return probabilities, probabilities
    alike = knowledge.gallery.similarities(answers.vectors)  # (N, people)
    scores = alike if by_similarity else softmax(logits)
    if knowledge.enrolled is not None:
        theirs = knowledge.enrolled.gallery.similarities(answers.vectors)  # (N, enrolled)
        logits = np.column_stack([logits, _logits_of_enrolled(logits, alike, theirs, knowledge)])
        # A probability that is shared with others says nothing by the lines that were drawn without them.
        sure = theirs if by_similarity else np.full_like(theirs, np.nextafter(np.float32(knowledge.thresholds.known), 2))
        scores = np.column_stack([scores, sure])
    return softmax(logits), scores


def _logits_of_enrolled(logits: Floats, alike: Floats, theirs: Floats, knowledge: Knowledge) -> Floats:
    """Return what the network might have answered for the enrolled people, (N, enrolled).

    The best trained person's logit is raised or lowered by how much more or less similar the face is to them than to the
    nearest trained person; but whoever is less similar than some trained people gets no more than these have. So an enrolled
    person is the most probable only where they are the nearest, the runner-up only where they come next, and the trained
    ones keep their order and their proportions. Where the lines are of probability, being the nearest is not enough: the
    similarity has to exceed what different people reach, and then the name is sure.
    """
    rival = alike.max(axis=1)
    if knowledge.thresholds.score != "similarity":
        rival = np.maximum(rival, knowledge.stranger_line)
    raised = logits.max(axis=1)[:, None] + np.float32(knowledge.scale) * (theirs - rival[:, None])
    return np.asarray(np.minimum(raised, _logits_at(theirs, alike, logits, rival)), np.float32)


def _logits_at(theirs: Floats, alike: Floats, logits: Floats, rival: Floats) -> npt.NDArray[np.float64]:
    """Return what trained people get who are so similar, (N, enrolled): between them in proportion, above `rival` anything."""
    order = np.argsort(alike, axis=1, kind="stable")
    lines = np.take_along_axis(alike, order, 1), np.maximum.accumulate(np.take_along_axis(logits, order, 1), axis=1)
    rows = zip(theirs, *lines, rival, strict=True)
    return np.array([
        np.interp(new, np.append(known[:-1], top), reached, right=np.inf) for new, known, reached, top in rows
    ]).reshape(theirs.shape)  # fmt: skip


def _name(row: Floats, scores: Floats, best: npt.NDArray[np.int64], knowledge: Knowledge) -> Name:
    top = tuple((knowledge.names[label], float(row[label])) for label in best)
    score = float(scores[best[0]])
    decision = decide(score, knowledge.thresholds)
    route: Route = "trained" if best[0] < len(knowledge.people) else "enrolled"
    return Name(None if decision == "unknown" else top[0][0], decision, top[0][1], score, route, top)
