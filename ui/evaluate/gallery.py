"""Faces as the network saw them, with the names that they were given."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import RunError
from core.review import Judged
from core.runs import Run
from ui import resources
from ui.components import percent, picture_wall
from ui.guards import show_error
from ui.images import png

FACES_ON_A_PAGE = 36


def gallery(run: Run, judged: Judged, rows: Sequence[int], key: str, words: Sequence[str] | None = None) -> None:
    """Show the judged faces of `rows`, a page at a time; without their pictures the list of photos stays.

    Args:
        run: Whose settings say how faces are cut out.
        judged: The photos.
        rows: Which faces, in which order.
        key: Of the widgets.
        words: What stands below each face; None: the true name and the one it was given.
    """
    if not len(rows):
        st.caption("None.")
        return
    pages = -(-len(rows) // FACES_ON_A_PAGE)
    number = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    shown = range((number - 1) * FACES_ON_A_PAGE, min(number * FACES_ON_A_PAGE, len(rows)))
    captions = {rows[at]: caption(judged, rows[at]) if words is None else words[at] for at in shown}
    try:
        found = resources.judged_faces(run, judged.key)
    except RunError as error:
        show_error(error)
        _list(judged, captions)
        return
    there = {row: text for row, text in captions.items() if found.has(judged.sha256[row])}
    faces = [(png(found.pixels(judged.sha256[row])), text, f"Face from {judged.paths[row]}") for row, text in there.items()]
    picture_wall(faces, width=150)
    lost = {row: text for row, text in captions.items() if row not in there}
    if lost:
        st.caption(f"{len(lost)} photos are not in the dataset any more, so their faces cannot be shown:")
        _list(judged, lost)


def _list(judged: Judged, captions: dict[int, str]) -> None:
    rows = [{"Photo": judged.paths[row], "Answer": text} for row, text in captions.items()]
    st.dataframe(rows, hide_index=True, width="stretch")


def caption(judged: Judged, row: int) -> str:
    """Return the name of a face with its probability; for a mistake both names."""
    label, named = int(judged.labels[row]), int(judged.predicted[row])
    person, sure = judged.people[label], percent(float(judged.probabilities[row, named]), 0)
    if label == named:
        return f"{person} · {sure}"
    own = percent(float(judged.probabilities[row, label]), 0)
    return f"{person} ({own}), taken for {judged.people[named]} ({sure})"
