"""The parts of the Predict page. Uploads live in this session's memory only and go with it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core import figures
from core.drawing import draw_faces
from core.images import decode, fit_within
from core.openset import StrangerCurve, Thresholds
from core.recognizer import FacePrediction, PhotoPrediction
from core.runs import Run
from ui import resources
from ui.components import chart, percent
from ui.enrol_views import PHOTO_ENDINGS, who_is_this
from ui.evaluate.strangers import line_in_words
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.images import jpeg, png
from ui.session import current

SHOWN_SIDE = 1600  # px: a photo is shown at most this large
STRANGERS = (20, 50, 100, 200, 500, 1000)  # one in so many may get a name
SURE = 0.99  # from here on the bars of the other names would be empty
_SYMBOLS = {
    "known": ":green[:material/check_circle:]",
    "unsure": ":orange[:material/help:]",
    "unknown": ":red[:material/person_off:]",
}
_BY_SIMILARITY = (
    "**Known**: similar enough to the photos of that person for a sure name. **Unsure**: less similar, so the name is a guess. "
    "**Unknown**: not similar enough to anybody. The percentage says how probable the name is if the face belongs to one of "
    "the people this run knows; it does not decide who is unknown."
)
_BY_PROBABILITY = (
    "**Known**: the network is sure enough of the name. **Unsure**: less sure, so the name is a guess. **Unknown**: too "
    "uncertain for any name. The percentage says how probable the name is if the face belongs to one of the people this run "
    "knows."
)


@dataclass(frozen=True)
class Upload:
    """One uploaded photo: its file name and bytes."""

    name: str
    data: bytes


def uploads() -> list[Upload]:
    """Let the person upload photos."""
    session = current()
    files = st.file_uploader(
        "Photos",
        type=PHOTO_ENDINGS,
        accept_multiple_files=True,
        key=f"uploads-{session.predict.uploads}",
        help="Each photo may hold several faces.",
    )
    if not files:
        return []
    if st.button("Clear", icon=":material/delete_sweep:", help="Removes the uploaded photos from this session's memory."):
        session.predict.uploads += 1
        st.rerun()
    return [Upload(file.name, file.getvalue()) for file in files]


def choose_lines(run: Run) -> Thresholds | None:
    """Let the person choose how many strangers may get a name, and return the lines that follow.

    A run that no stranger was shown to has nothing to choose from: its own lines hold.
    """
    lines = run.thresholds
    if lines is None or lines.curve is None:
        if lines is not None:
            _not_chosen(lines)
        return lines
    if lines.automatic is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"A name is given from {line_in_words(lines)}. {as_text(lines.source)}", width="content")
            st.page_link(page_named("evaluate"), label="Change the line", icon=":material/analytics:")
        return lines
    own = round(1 / run.settings.openset.stranger_rate)
    chosen = st.select_slider(
        "How many strangers may get a name?",
        sorted({*STRANGERS, own}),
        value=own,
        format_func=lambda number: f"1 in {number:,}",
        key=f"strangers-{run.id}",
        persist_state="session",
        help=_bands(lines),
        width=520,
    )
    st.caption(_outcome(lines.curve, chosen), help=as_text(lines.source))
    return lines.at(1 / chosen)


def _outcome(curve: StrangerCurve, chosen: int) -> str:
    said = f"About 1 in {chosen:,} strangers gets a name"
    named = curve.named_at(1 / chosen)
    if named is not None:
        said += f", and {percent(named)} of the known faces keep theirs"
    if chosen > curve.strangers:
        return f"{said}. Tested on {curve.strangers:,} faces of strangers only: this far out it is an estimate."
    return f"{said}."


def _not_chosen(lines: Thresholds) -> None:
    st.caption(as_text(lines.source), help=_bands(lines))
    if not lines.tested_on_strangers:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":orange[:material/warning:] Not tested on strangers: it may give a name to somebody it does not know.",
                width="content",
            )
            st.page_link(page_named("evaluate"), label="Test it on strangers", icon=":material/analytics:")


def _bands(lines: Thresholds) -> str:
    return _BY_SIMILARITY if lines.score == "similarity" else _BY_PROBABILITY


def answer(run: Run, upload: Upload, lines: Thresholds | None) -> None:
    """Find and name the faces of one photo, and show them beside it."""
    with st.container(border=True), explained():
        st.markdown(f"**{as_text(upload.name)}**")
        with st.spinner("Looking for faces …"):
            found = resources.prediction(run, upload.name, upload.data, lines)
        if found.error:
            st.error(as_text(found.error), icon=":material/broken_image:")
            return
        picture, cards = st.columns([3, 2])
        with picture:
            st.image(_drawn(upload, found), width="stretch", alt=f"{upload.name} with {len(found.faces)} numbered faces")
        with cards:
            if not found.faces:
                st.info("No face was found in this photo.", icon=":material/face_retouching_off:")
            for number, face in enumerate(found.faces, start=1):
                _card(run, upload, number, face)


def _drawn(upload: Upload, found: PhotoPrediction) -> bytes:
    photo = decode(upload.data, upload.name)
    pixels = fit_within(photo.pixels, SHOWN_SIDE)
    return jpeg(draw_faces(pixels, photo.width / pixels.shape[1], [(face.detection, face.decision) for face in found.faces]))


def _card(run: Run, upload: Upload, number: int, face: FacePrediction) -> None:
    key = f"{run.id}-{upload.name}-{number}-{hash(upload.data)}"
    by_similarity = run.thresholds is not None and run.thresholds.score == "similarity"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(png(face.crop), width=84, alt=f"Face {number} as the network sees it")
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{number}** · {_SYMBOLS[face.decision]} **{_name(face)}**")
            st.caption(_explanation(face, by_similarity))
            if face.route == "enrolled" and face.decision != "unknown":
                st.caption(_route(run, face))
            if face.decision != "known":
                who_is_this(run, (upload.data, upload.name), face, key)
    if face.probability < SURE and not (by_similarity and face.decision == "unknown"):
        chart(figures.probability_bars(face.top), key)


def _name(face: FacePrediction) -> str:
    if face.decision == "unknown":
        return "Unknown"
    return as_text(face.person or "") + (", unsure" if face.decision == "unsure" else "")


def _explanation(face: FacePrediction, by_similarity: bool) -> str:
    sure, nearest = percent(face.probability), as_text(face.top[0][0])
    if face.decision == "known":
        return f"{sure} sure"
    if face.decision == "unsure":
        return "The best guess, but not similar enough for a sure name" if by_similarity else f"The best guess, {sure} sure"
    if by_similarity:
        return f"Not similar enough to anybody it knows; most like {nearest}"
    return f"Looks most like {nearest} ({sure}), but that is too uncertain for a name"


def _route(run: Run, face: FacePrediction) -> str:
    enrolled = resources.recognizer_of(run).knowledge.enrolled
    count = len(enrolled.photos_of(face.top[0][0])) if enrolled else 0
    return f"Added by you from {count} {'photo' if count == 1 else 'photos'}, not trained yet"
