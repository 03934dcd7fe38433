"""Drawing a box around a face that was not found: by mouse, finger or keys, or in numbers."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping

import streamlit as st

from core.datasets.face_choice import Box, FaceChoice, meant_face
from core.detection import Detection
from core.images import DecodedPhoto, fit_within
from ui.images import jpeg
from ui.session import current
from ui.wall.grid import read_asset

SIDE = 1280  # px, longer side of the picture in the browser
LEAST = 8  # px of the photo; less holds no face
_SIDES = ("Left (px)", "Top (px)", "Width (px)", "Height (px)")
_USE = "Use this box"
_STAGE = (
    "Draw a box around the face: drag, or press an arrow key for a box in the middle. Arrow keys move it, with shift they "
    "change its size, enter uses it, escape removes it."
)
_draw = st.components.v2.component(
    "visage_draw", css=read_asset("buttons.css") + read_asset("draw.css"), js=read_asset("draw.js")
)


def draw_box(photo: DecodedPhoto, key: str) -> Detection | None:
    """Let the person draw a box around a face, and return that face in the rerun in which they have finished it.

    Eyes, nose and mouth are searched inside the box; where they are not found, those of a mean face count.

    Args:
        photo: What to draw on.
        key: Tells the drawing from all others on the page.

    Raises:
        ModelError: the weights of the detector that searches inside the box are missing or damaged.
    """
    box = _in_numbers(photo, key) if current().simple_wall else _by_hand(photo, key)
    return None if box is None else meant_face(FaceChoice("drawn", box), [], photo)


def _by_hand(photo: DecodedPhoto, key: str) -> Box | None:
    picture = jpeg(fit_within(photo.pixels, SIDE))
    token = hashlib.sha256(picture).hexdigest()[:16]
    data = {
        "token": token,
        "src": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
        "width": photo.width,
        "height": photo.height,
        "words": {"picture": "The photo", "stage": _STAGE, "use": _USE, "sides": _SIDES},
    }
    st.caption("Drag over the face. Arrow keys move the box, with shift they change its size.")
    result = _draw(key=f"drawing-{key}", data=data, on_box_change=_nothing)
    return read_box(result.get("box"), token, photo)


def _nothing() -> None:
    """The answer is read where the component is drawn."""


def read_box(said: object, token: str, photo: DecodedPhoto) -> Box | None:
    """Return the box that the browser has sent, cut to the photo.

    None where it is about another photo, makes no sense, or holds no face for its size.
    """
    if not isinstance(said, Mapping) or said.get("token") != token:
        return None
    box = said.get("box")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(each, int | float) for each in box):
        return None
    return _inside(float(box[0]), float(box[1]), float(box[2]), float(box[3]), photo)


def _inside(left: float, top: float, width: float, height: float, photo: DecodedPhoto) -> Box | None:
    """Return the part of a box that lies in the photo; None where too little does."""
    if not all(map(math.isfinite, (left, top, width, height))):
        return None
    x, y = max(left, 0.0), max(top, 0.0)
    wide, high = min(left + width, photo.width) - x, min(top + height, photo.height) - y
    return (x, y, wide, high) if wide >= LEAST and high >= LEAST else None


def _in_numbers(photo: DecodedPhoto, key: str) -> Box | None:
    """Ask for the box by plain widgets, where a browser has no use for our component."""
    limits = (photo.width, photo.height, photo.width, photo.height)
    starts = (photo.width // 3, photo.height // 3, photo.width // 3, photo.height // 3)
    st.image(jpeg(fit_within(photo.pixels, SIDE)), width="stretch", alt="The photo")
    with st.form(f"drawing-{key}", border=False):
        with st.container(horizontal=True):
            left, top, width, height = (
                float(st.number_input(label, 0, limit, start, key=f"{label}-{key}", width=130))
                for label, limit, start in zip(_SIDES, limits, starts, strict=True)
            )
        pressed = st.form_submit_button(_USE, type="primary", icon=":material/check:")
    return _inside(left, top, width, height, photo) if pressed else None
