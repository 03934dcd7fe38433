"""One face as a card: what makes it doubtful, who it is, why, and what a person can say about it."""

from __future__ import annotations

import streamlit as st

from core.openset import Thresholds
from core.recognizer import FacePrediction
from core.runs import Run
from ui import resources
from ui.guards import as_text
from ui.images import png
from ui.predict.bars import bars
from ui.predict.corrections import corrections
from ui.predict.faces import Asked, ShownFace
from ui.predict.lines import line_name
from ui.predict.picture import card_key
from ui.predict.reasons import why
from ui.predict.wording import likeness, runner_up, sentence, title, warning

BARS = 3  # of the likely people; the others stand with the reasons
FACE = 84  # px
_MARKED = "<style>.st-key-{key} {{ outline: 3px solid #E69F00; outline-offset: 2px; border-radius: 0.6rem; }}</style>"


def card(asked: Asked, each: ShownFace) -> None:
    """Show one face with the answer of the run, and with that of the second one beside it."""
    key, memory = card_key(asked, each.number), asked.memory
    if memory.marked == each.number:
        st.html(_MARKED.format(key=key))
    with st.container(border=True, key=key, gap="xsmall"):
        if warned := warning(each.face):  # before the answer, so that it is read with care
            st.markdown(warned)
        _head(asked, each)
        if asked.second is None:
            _answer(asked.run, each.face, asked.own_lines)
        else:
            _side_by_side(asked, each)
        corrections(asked, each)
        if each.first is not None:
            why(asked, each)


def _head(asked: Asked, each: ShownFace) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(png(each.face.crop), width=FACE, alt=f"Face {each.number} as the network sees it")
        with st.container(width="stretch", gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    str(each.number),
                    key=f"number-{asked.upload.key}-{each.number}",
                    type="primary" if asked.memory.marked == each.number else "secondary",
                    help=f"Show face {each.number} in the photo",
                    on_click=asked.memory.look_at,
                    args=(each.number, "picture"),
                )
                st.markdown(title(each.face) if asked.second is None else _agreement(each), width="content")
            if each.drawn:
                st.caption("Drawn by you.")


def _agreement(each: ShownFace) -> str:
    """Return whether two runs say the same, as Markdown."""
    if each.disagrees:
        return ":orange[:material/compare_arrows:] **They disagree**"
    return f":green[:material/done_all:] **Both: {'unknown' if each.face.person is None else as_text(each.face.person)}**"


def _side_by_side(asked: Asked, each: ShownFace) -> None:
    second = asked.second
    assert second is not None
    sides = ((asked.run, each.first, asked.own_lines), (second, each.second, second.thresholds))
    for place, (run, face, lines) in zip(st.columns(2), sides, strict=True):
        with place:
            st.markdown(f"**{as_text(run.name)}**")
            if face is None:
                st.caption("Finds no face here.")
                continue
            st.markdown(title(face))
            _answer(run, face, lines)


def _answer(run: Run, face: FacePrediction, lines: Thresholds | None) -> None:
    """Show what a run says about a face, and why."""
    st.markdown(sentence(face, lines, line_name(run, lines)))
    bars(face.top[:BARS])
    said = [runner_up(face), *([_taken(face)] if face.taken else []), *([_route(run, face)] if _is_added(face) else [])]
    st.caption(" ".join(each for each in said if each), help=likeness(face, lines) or None)


def _taken(face: FacePrediction) -> str:
    return f"{as_text(face.taken or '')} is more likely still, but another face of this photo has that name."


def _is_added(face: FacePrediction) -> bool:
    return face.route == "enrolled" and face.decision != "unknown"


def _route(run: Run, face: FacePrediction) -> str:
    enrolled = resources.knowledge_of(run).enrolled
    count = len(enrolled.photos_of(face.top[0][0])) if enrolled else 0
    return f"Added by you from {count} {'photo' if count == 1 else 'photos'}, not trained yet."
