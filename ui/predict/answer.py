"""One photo and what a run says about the faces in it."""

from __future__ import annotations

import streamlit as st

from core.openset import Thresholds
from core.runs import Run
from ui.guards import as_text, explained, show_error
from ui.predict.cards import cards
from ui.predict.corrections import take_back
from ui.predict.faces import Answered, Asked, ShownFace, answered, in_short
from ui.predict.missed import missed
from ui.predict.picture import picture
from ui.predict.redaction import redaction
from ui.predict.upload import Upload
from ui.session import current
from ui.wall.grid import read_asset


def ask_once() -> bool:
    """Let the person say that nobody can be in a photo twice."""
    return st.toggle(
        "Each person at most once in a photo",
        key="once-in-a-photo",
        persist_state="session",
        help="Where several faces look like one person, the most alike gets the name; the others get their next one, or none.",
    )


def answer(run: Run, upload: Upload, lines: Thresholds | None, second: Run | None = None, once: bool = False) -> None:
    """Find and name the faces of one photo: the picture with its boxes, and a card for each face.

    Args:
        run: Finished; it names the faces, and its dataset gets what is corrected.
        upload: The photo.
        lines: Where known and unknown lie; None takes the run's own.
        second: Another run whose answers stand beside; None for none.
        once: Whether a person can be in the photo once only.
    """
    asked = Asked(run, upload, lines, second, once)
    if current().predict.everything:  # what was said about one photo changes others, too
        current().predict.everything = False
        st.rerun()
    with st.container(border=True, key=f"answer-{upload.key}"):
        st.html(f"<style>{read_asset('answers.css')}</style>")
        st.markdown(f"**{as_text(upload.name)}**")
        with explained():
            with st.spinner("Looking for faces …"):
                shown = answered(asked)
            if shown.error is not None:
                st.error(as_text(shown.error), icon=":material/broken_image:")
                return
            _show(asked, shown)


def _show(asked: Asked, shown: Answered) -> None:
    left, right = st.columns([3, 2])
    with left, st.container(key=f"face-picture-{asked.upload.key}"):
        picture(asked, shown)
        _summary(asked, shown)
        redaction(asked, shown)
        missed(asked, shown)
    with right:
        _trouble(asked)
        if not shown.faces:
            st.info("No face was found in this photo.", icon=":material/face_retouching_off:")
        cards(asked, shown)
        _refused(asked, shown)


def _summary(asked: Asked, shown: Answered) -> None:
    """Say in a line who is in the photo and, with two runs, on how many faces they agree."""
    if not shown.faces:
        return
    count = "1 face" if len(shown.faces) == 1 else f"{len(shown.faces)} faces"
    said = f"{count}: {as_text(in_short(shown))}."
    if asked.second is not None:
        same = sum(not each.disagrees for each in shown.faces)
        said += f" The two runs agree on {same} of {len(shown.faces)}."
    st.caption(said)


def _trouble(asked: Asked) -> None:
    """Show what went wrong with the last thing that was said here, or what it has come to, once."""
    memory = asked.memory
    if memory.trouble is not None:
        show_error(memory.trouble)
    if memory.words:
        st.toast(as_text(memory.words), icon=":material/check_circle:", duration="long")
    memory.trouble, memory.words = None, ""


def _refused(asked: Asked, shown: Answered) -> None:
    """Tell of boxes that are not shown because somebody said that they hold no face."""
    if not shown.refused:
        return
    count = "1 box is" if len(shown.refused) == 1 else f"{len(shown.refused)} boxes are"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count} not shown: you said that it is no face.", width="content")
        st.button(
            "Show again",
            key=f"show-again-{asked.upload.key}-{asked.memory.said}",
            icon=":material/undo:",
            type="tertiary",
            on_click=_show_again,
            args=(asked, shown.refused),
        )


def _show_again(asked: Asked, refused: tuple[ShownFace, ...]) -> None:
    for each in refused:
        take_back(asked, each)
