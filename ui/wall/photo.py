"""One photo seen large: which faces were found, which one is meant, and a box drawn where none was found."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core import curation
from core.datasets import Catalogue
from core.datasets.face_choice import Box
from core.datasets.wall import WallKeys, WallPhoto, wall_photo
from core.drawing import draw_faces
from core.errors import PhotoError
from core.images import decode
from ui import resources
from ui.guards import as_text, explained, show_error
from ui.images import jpeg
from ui.memories import WallMemory
from ui.session import current
from ui.wall.actions import act_on, ask_for_name
from ui.wall.grid import describe, read_asset
from ui.wall.history import row_of
from ui.wall.links import PHOTO

SIDE = 1280  # px, longer side of the picture
_picker = st.components.v2.component("visage_picker", css=read_asset("picker.css"), js=read_asset("picker.js"))
_STATUS = {
    "face": "The blue box is the face that carries the name.",
    "no_face": "No face was found. Drag over the face to draw a box around it.",
    "several_faces": "Several faces, none clearly the main one. Click the one that is meant.",
    "not_searched": "Nobody has looked for faces here yet. You can draw a box.",
}


@dataclass(frozen=True)
class Choice:
    """A face that was clicked (`drawn` False) or a box that was drawn, in px of the upright photo."""

    box: Box
    drawn: bool


def wanted_photo() -> str:
    """Return the sha256 of the photo that another part of the page or the address asks for, once; "" for none."""
    wanted = current().wanted.pop(PHOTO, None) or st.query_params.get(PHOTO, "")
    if PHOTO in st.query_params:
        del st.query_params[PHOTO]
    return wanted


def photo_dialog(catalogue: Catalogue, memory: WallMemory, keys: WallKeys, neighbours: list[str]) -> None:
    """Show the opened photo over the page until it is closed."""

    @st.dialog("Photo", width="large", on_dismiss=partial(memory.look_at, ""))
    def show() -> None:
        with explained():
            each = wall_photo(catalogue, memory.opened, keys)
            if each is None:
                st.info("This photo is not in the dataset any more.")
                return
            _around(memory, neighbours)
            _look(catalogue, each)

    show()


def _around(memory: WallMemory, neighbours: list[str]) -> None:
    """Offer the photos before and after this one on the page."""
    if memory.opened not in neighbours:
        return
    at = neighbours.index(memory.opened)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, to in (("Previous", ":material/arrow_back:", at - 1), ("Next", ":material/arrow_forward:", at + 1)):
            there = neighbours[to] if 0 <= to < len(neighbours) else ""
            st.button(label, icon=icon, disabled=not there, on_click=memory.look_at, args=(there,))
        st.caption(f"{at + 1} of {len(neighbours)} on this page", width="content")


def _look(catalogue: Catalogue, each: WallPhoto) -> None:
    photo = each.photo
    st.markdown(f"**{as_text(photo.person or 'Nobody')}** · {as_text(photo.path)} · {photo.width} × {photo.height} px")
    if each.likely and each.likely != photo.person:
        st.caption(f"May be {as_text(each.likely)} ({each.likely_probability:.0%}).")
    try:
        picture = resources.picture_of(catalogue.id, photo, SIDE)
    except PhotoError as error:
        show_error(error)
        return
    choice = _choose_simply(each, picture) if current().simple_wall else _choose(each, picture)
    st.caption(_STATUS[each.status])
    _actions(catalogue, each, choice)
    _history(catalogue, photo.sha256)


def _choose(each: WallPhoto, picture: bytes) -> Choice | None:
    photo = each.photo
    token = f"{photo.sha256}-{each.box}"
    data = {
        "token": token,
        "src": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
        "width": photo.width,
        "height": photo.height,
        "boxes": [list(face.box) for face in each.faces],
        "standing": list(each.box) if each.box else None,
        "description": describe(each),
        "label": "Click a face to pick it, or drag to draw a box.",
        "face": "Face",
    }
    result = _picker(key=f"picker-{photo.sha256}", data=data, on_choice_change=_nothing)
    return _read(result.get("choice"), each, token)


def _nothing() -> None:
    """The answer is read where the component is drawn."""


def _read(said: object, each: WallPhoto, token: str) -> Choice | None:
    """Return what the browser says; None where it is about an earlier state, or makes no sense."""
    if not isinstance(said, Mapping) or said.get("token") != token:
        return None
    index, box = said.get("index"), said.get("box")
    if said.get("kind") == "found" and isinstance(index, int) and 0 <= index < len(each.faces):
        return Choice(each.faces[index].box, drawn=False)
    if said.get("kind") == "drawn" and isinstance(box, list) and len(box) == 4 and np.isfinite(box).all():
        return Choice((float(box[0]), float(box[1]), float(box[2]), float(box[3])), drawn=True)
    return None


def _choose_simply(each: WallPhoto, picture: bytes) -> Choice | None:
    """Let the person choose a face by its number, or give a box in numbers."""
    photo = each.photo
    pixels = decode(picture, photo.path).pixels
    drawn = draw_faces(pixels, photo.width / pixels.shape[1], [(face, "known") for face in each.faces])
    st.image(jpeg(drawn), width="stretch", alt=describe(each))
    options = ["As it is", *(f"Face {number}" for number in range(1, len(each.faces) + 1)), "A box in numbers"]
    chosen = st.selectbox("Which face is it?", options, key=f"face-{photo.sha256}")
    at = options.index(chosen)
    if at == 0:
        return None
    if at <= len(each.faces):
        return Choice(each.faces[at - 1].box, drawn=False)
    with st.container(horizontal=True):
        numbers = [
            float(st.number_input(f"{label} (px)", 0, limit, start, key=f"{label}-{photo.sha256}", width=130))
            for label, limit, start in _box_fields(photo.width, photo.height)
        ]
    return Choice((numbers[0], numbers[1], numbers[2], numbers[3]), drawn=True)


def _box_fields(width: int, height: int) -> list[tuple[str, int, int]]:
    """Return label, largest value and first value of each number of a box: the middle of the photo to begin with."""
    return [
        ("Left", width, width // 4),
        ("Top", height, height // 4),
        ("Width", width, width // 2),
        ("Height", height, height // 2),
    ]


def _actions(catalogue: Catalogue, each: WallPhoto, choice: Choice | None) -> None:
    sha256 = each.photo.sha256
    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Use this box" if choice and choice.drawn else "Use this face"
        if st.button(label, type="primary", icon=":material/check:", disabled=choice is None) and choice:
            work = curation.draw_face if choice.drawn else curation.choose_face
            act_on(catalogue, lambda of: work(of, sha256, choice.box))
        if st.button("Not a face", icon=":material/face_retouching_off:", key="photo-not-a-face"):
            act_on(catalogue, lambda of: curation.not_a_face(of, [sha256]))
        if each.chosen and st.button("Find the face by itself", icon=":material/face:", key="photo-automatic"):
            act_on(catalogue, lambda of: curation.automatic_face(of, [sha256]))
        if st.button("Exclude", icon=":material/block:", key="photo-exclude"):
            act_on(catalogue, lambda of: curation.exclude(of, [sha256]))
        with st.popover("Name", icon=":material/edit:", key=f"naming-{sha256}-{each.photo.person}"):
            person = ask_for_name(catalogue, f"name-{sha256}")
            if st.button("Give this name", key="photo-give-name", disabled=not person) and person:
                act_on(catalogue, lambda of: curation.relabel(of, [sha256], person))


def _history(catalogue: Catalogue, sha256: str) -> None:
    done = curation.history_of(catalogue, sha256)
    if done:
        with st.expander(f"What was done with this photo ({len(done)})"):
            st.dataframe([row_of(each) for each in done], hide_index=True, width="stretch")
