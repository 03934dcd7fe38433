"""Two networks on the same photo: choosing the other one, and which of their faces are the same."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets.face_choice import overlap
from core.datasets.said import SAME_FACE
from core.recognizer import FacePrediction
from core.runs import Run
from ui.run_picker import describe, finished_runs

SECOND = "second"  # key of the widget


def choose_second(run: Run) -> Run | None:
    """Let the person choose another finished run whose answers stand beside; None where nobody is wanted."""
    others = {each.id: each for each in finished_runs() if each.id != run.id}
    if not others:
        return None
    chosen = st.selectbox(
        "Compare with",
        list(others),
        index=None,
        format_func=lambda id: describe(others[id]),
        placeholder="No second run",
        key=f"{SECOND}-{run.id}",
        persist_state="session",
        width=520,
        help="Both runs name each face, and where they disagree is marked. Two networks are kept in memory.",
    )
    return others.get(chosen) if chosen else None


def matched(
    first: Sequence[FacePrediction], second: Sequence[FacePrediction]
) -> list[tuple[FacePrediction | None, FacePrediction | None]]:
    """Return the faces that two runs have found, side by side: first all of the first run, then what only the other found.

    Two boxes are one face where they share enough; the pairs that share most come together first.
    """
    shared = [
        (overlap(one.detection.box, other.detection.box), at, to)
        for at, one in enumerate(first)
        for to, other in enumerate(second)
    ]
    pairs: dict[int, int] = {}
    for share, at, to in sorted(shared, key=lambda each: -each[0]):
        if share > SAME_FACE and at not in pairs and to not in pairs.values():
            pairs[at] = to
    both = [(face, second[pairs[at]] if at in pairs else None) for at, face in enumerate(first)]
    left = [(None, face) for at, face in enumerate(second) if at not in pairs.values()]
    return [*both, *left]


def disagree(one: FacePrediction | None, other: FacePrediction | None) -> bool:
    """Whether two answers about one face name different people, or only one of them names anybody or finds the face."""
    return (one.person if one else "") != (other.person if other else "")
