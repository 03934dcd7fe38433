"""The parts of the Predict page. Uploads live in this session's memory only and go with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from core import figures
from core.drawing import draw_faces
from core.images import PHOTO_SUFFIXES, decode, fit_within
from core.recognizer import FacePrediction, PhotoPrediction
from core.runs import Run
from ui import resources
from ui.components import chart, percent
from ui.guards import as_text, explained
from ui.images import jpeg, png
from ui.session import current

SHOWN_SIDE = 1600  # px: a photo is shown at most this large
_SYMBOLS = {
    "known": ":green[:material/check_circle:]",
    "unsure": ":orange[:material/help:]",
    "unknown": ":red[:material/person_off:]",
}


@dataclass(frozen=True)
class Upload:
    """One uploaded photo: its file name and bytes."""

    name: str
    data: bytes


def uploads() -> Iterator[Upload]:
    """Let the person upload photos, and yield them one by one."""
    session = current()
    files = st.file_uploader(
        "Photos",
        type=sorted(suffix.removeprefix(".") for suffix in PHOTO_SUFFIXES),
        accept_multiple_files=True,
        key=f"uploads-{session.upload_version}",
        help="Each photo may hold several faces.",
    )
    if not files:
        return
    if st.button("Clear", icon=":material/delete_sweep:", help="Removes the uploaded photos from this session's memory."):
        session.upload_version += 1
        st.rerun()
    for file in files:
        yield Upload(file.name, file.getvalue())


def caution(run: Run) -> None:
    """Say how the line between a name and "unknown" was drawn, and what that is worth."""
    if run.thresholds is None:
        return
    st.caption(f"A name is given from {percent(run.thresholds.known, 0)} on. {as_text(run.thresholds.source)}")
    if not run.thresholds.tested_on_strangers:
        st.caption("Not tested on strangers: this network may give a name to somebody it does not know.")


def answer(run: Run, upload: Upload) -> None:
    """Find and name the faces of one photo, and show them beside it."""
    with st.container(border=True), explained():
        st.markdown(f"**{as_text(upload.name)}**")
        with st.spinner("Looking for faces …"):
            found = resources.prediction(run, upload.name, upload.data)
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
                _card(number, face, f"{run.id}-{upload.name}-{number}-{hash(upload.data)}")


def _drawn(upload: Upload, found: PhotoPrediction) -> bytes:
    photo = decode(upload.data, upload.name)
    pixels = fit_within(photo.pixels, SHOWN_SIDE)
    return jpeg(draw_faces(pixels, photo.width / pixels.shape[1], [(face.detection, face.decision) for face in found.faces]))


def _card(number: int, face: FacePrediction, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(png(face.crop), width=84, alt=f"Face {number} as the network sees it")
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{number}** · {_SYMBOLS[face.decision]} **{_name(face)}**")
            st.caption(_explanation(face))
    chart(figures.probability_bars(face.top), key)


def _name(face: FacePrediction) -> str:
    if face.decision == "unknown":
        return "Unknown"
    return as_text(face.person or "") + (", unsure" if face.decision == "unsure" else "")


def _explanation(face: FacePrediction) -> str:
    sure = percent(face.probability)
    if face.decision == "known":
        return f"{sure} sure"
    if face.decision == "unsure":
        return f"{sure} sure, which is below the line for a sure name"
    return f"Looks most like {as_text(face.top[0][0])} ({sure}), but that is too uncertain for a name."
