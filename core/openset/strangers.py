"""Drawing the lines for unknown with strangers, who need not be anybody else: each person is one to all the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.openset.curve import StrangerCurve, stranger_curve
from core.openset.gallery import Gallery
from core.openset.thresholds import Thresholds
from core.settings import OpenSetSettings, rng_for

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]

FEWEST_PEOPLE = 6  # with fewer, the strangers would be too few kinds of face
FEWEST_STRANGERS = 20
MOST_STRANGERS = 4000  # faces; more only take time


def left_out_scores(gallery: Gallery, vectors: Floats, labels: Labels, logits: Floats, seed: int) -> tuple[Floats, Labels]:
    """Score faces as if their own person were not known: the similarity to the best other person.

    Who that is, the head decides among the others. Its weights have met the face, the similarity it is judged by has not.

    Args:
        gallery: The faces that teach.
        vectors: float32 (N, D), some of them, one vector each.
        labels: int (N,), who they show.
        logits: float32 (N, C), what the head answers.
        seed: Decides which are taken where there are very many.

    Returns:
        The scores, float32 (at most 4000,), and whom each face shows.
    """
    chosen = np.arange(len(labels))
    if len(chosen) > MOST_STRANGERS:
        chosen = rng_for(seed, "strangers").choice(len(labels), MOST_STRANGERS, replace=False)
    others = logits[chosen].copy()
    others[np.arange(len(chosen)), labels[chosen]] = -np.inf
    return gallery.similarity(vectors[chosen], others.argmax(axis=1)), labels[chosen]


def lines_from_curve(curve: StrangerCurve, settings: OpenSetSettings, score: str, source: str) -> Thresholds:
    """Return the thresholds at which the wanted shares of strangers get a name, or are unsure."""
    known = curve.line_for(settings.stranger_rate)
    unsure = min(known, curve.line_for(max(settings.unsure_rate, settings.stranger_rate)))
    return Thresholds(known, unsure, source, tested_on_strangers=True, score=score, curve=curve)


def compare(
    known: Floats,
    right: npt.NDArray[np.bool_],
    strangers: tuple[Floats, Labels | None],
    settings: OpenSetSettings,
    *,
    score: str,
    who: str,
) -> Thresholds:
    """Draw the lines between known faces and strangers.

    Args:
        known: float32 (N,), scores of validation faces; may be empty.
        right: bool (N,), whether the best name of each is right.
        strangers: Scores of strangers, float32 (M,), at least one, and which stranger each shows, int (M,), if known.
        settings: The shares of strangers that may be named or unsure.
        score: "similarity" or "probability".
        who: Who the strangers are, for the page.
    """
    curve = stranger_curve(known, right, *strangers)
    rate = f"about 1 in {round(1 / settings.stranger_rate):,} strangers gets a name"
    return lines_from_curve(curve, settings, score, f"Tested on {curve.strangers:,} faces of {who}: {rate}.")
