"""From a network's answers to names: people the network has learnt, and people who were enrolled since."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.models import softmax
from core.models.logits import Answers
from core.openset import Decision, Gallery, Thresholds, decide
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


def name_faces(answers: Answers, knowledge: Knowledge) -> list[Name]:
    """Name faces by what a network has answered."""
    probabilities, scores = _weigh(answers, knowledge)
    return [_name(row, score, knowledge) for row, score in zip(probabilities, scores.tolist(), strict=True)]


def _weigh(answers: Answers, knowledge: Knowledge) -> tuple[Floats, Floats]:
    """Return the probability of everybody, (N, people + enrolled), and the score of the most probable, (N,)."""
    logits, by_similarity = answers.logits, knowledge.thresholds.score == "similarity"
    if knowledge.gallery is None or answers.vectors is None or not (by_similarity or knowledge.enrolled):
        probabilities = softmax(logits)
        return probabilities, probabilities.max(axis=1)
    alike = knowledge.gallery.similarities(answers.vectors)  # (N, people)
    scores = alike if by_similarity else softmax(logits)
    if knowledge.enrolled is not None:
        theirs = knowledge.enrolled.gallery.similarities(answers.vectors)  # (N, enrolled)
        logits = np.column_stack([logits, _logits_of_enrolled(logits, alike, theirs, knowledge)])
        # A probability that is shared with others says nothing by the lines that were drawn without them.
        sure = theirs if by_similarity else np.full_like(theirs, np.nextafter(np.float32(knowledge.thresholds.known), 2))
        scores = np.column_stack([scores, sure])
    probabilities = softmax(logits)
    return probabilities, scores[np.arange(len(scores)), probabilities.argmax(axis=1)]


def _logits_of_enrolled(logits: Floats, alike: Floats, theirs: Floats, knowledge: Knowledge) -> Floats:
    """Return what the network might have answered for the enrolled people, (N, enrolled).

    Each gets the logit of the best trained person, raised or lowered by how much more or less similar the face is to them
    than to the nearest trained person. So an enrolled person is the most probable only where they are the nearest, and
    the trained ones keep their order and their proportions. Where the lines are of probability, being the nearest is not
    enough: the similarity has to exceed what different people reach, and then the name is sure.
    """
    rival = alike.max(axis=1)
    if knowledge.thresholds.score != "similarity":
        rival = np.maximum(rival, knowledge.stranger_line)
    raised = logits.max(axis=1)[:, None] + np.float32(knowledge.scale) * (theirs - rival[:, None])
    return np.asarray(raised, np.float32)


def _name(row: Floats, score: float, knowledge: Knowledge) -> Name:
    best = np.argsort(-row, kind="stable")[:TOP]
    top = tuple((knowledge.names[label], float(row[label])) for label in best)
    decision = decide(score, knowledge.thresholds)
    route: Route = "trained" if best[0] < len(knowledge.people) else "enrolled"
    return Name(None if decision == "unknown" else top[0][0], decision, top[0][1], score, route, top)
