"""The photo with a numbered box around each face; a box leads to its card, and a card to its box."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.drawing import COLOURS, draw_faces
from core.images import decode
from ui import resources
from ui.images import jpeg
from ui.predict.faces import Answered, Asked, ShownFace, in_short
from ui.predict.wording import MARKS, label
from ui.session import current, value_of
from ui.wall.grid import read_asset

LINES = {"unsure": "dashed", "unknown": "dotted"}  # so that no colour stands alone
_boxes = st.components.v2.component("visage_faces", css=read_asset("faces.css"), js=read_asset("faces.js"))


def picture(asked: Asked, shown: Answered) -> None:
    """Show the photo with its faces, and follow a click on one of them."""
    if current().simple_wall:
        _simply(asked, shown)
        return
    memory = asked.memory
    photo = base64.b64encode(resources.shown_photo(asked.upload.name, asked.upload.data)).decode()
    data = {
        "src": f"data:image/jpeg;base64,{photo}",
        "width": shown.width,
        "height": shown.height,
        "description": _description(asked, shown),
        "label": "Faces in the photo. Arrow keys move, enter shows the card.",
        "faces": [_box(each, shown) for each in shown.faces],
        "marked": memory.marked,
        "turn": memory.turn,
        "towards": memory.towards,
        "card": card_key(asked, ""),
    }
    widget = f"faces-{asked.upload.key}"
    _boxes(key=widget, data=data, on_picked_change=lambda: _follow(asked, shown, widget))


def card_key(asked: Asked, number: int | str) -> str:
    """Return the key of the container of a card, by which the browser finds it."""
    return f"face-card-{asked.upload.key}-{number}"


def _follow(asked: Asked, shown: Answered, widget: str) -> None:
    """Mark the face that was clicked, before anything is drawn."""
    said = value_of(widget)
    number = picked_number(said.get("picked") if isinstance(said, Mapping) else None)
    if number in {each.number for each in shown.faces}:
        asked.memory.look_at(number, "card")


def picked_number(said: object) -> int:
    """Return which face the browser says was clicked; 0 for none, and for what makes no sense."""
    number = said.get("number") if isinstance(said, Mapping) else None
    return number if isinstance(number, int) else 0


def _box(each: ShownFace, shown: Answered) -> dict[str, Any]:
    left, top, width, height = each.detection.box
    name, decision = said_label(each), _decision(each)
    red, green, blue = COLOURS[decision]
    return {
        "number": each.number,
        "box": [left / shown.width, top / shown.height, width / shown.width, height / shown.height],
        "line": LINES.get(decision, "solid"),
        "colour": f"rgb({red} {green} {blue})",
        "mark": MARKS[decision],
        "name": name,
        "label": f"Face {name}",
    }


def _decision(each: ShownFace) -> str:
    """Return what decided the name: the run's line, or a person."""
    return "by hand" if each.said is not None else each.face.decision


def said_label(each: ShownFace) -> str:
    """Return number and name of a face, by a person's word where there is one."""
    if each.said is not None and each.said.person is not None:
        return f"{each.number} {each.said.person}"
    return label(each.face, each.number)


def _description(asked: Asked, shown: Answered) -> str:
    if not shown.faces:
        return f"{asked.upload.name}, no face found"
    count = "1 face" if len(shown.faces) == 1 else f"{len(shown.faces)} numbered faces"
    return f"{asked.upload.name} with {count}: {in_short(shown)}"


def _simply(asked: Asked, shown: Answered) -> None:
    """Draw the boxes into the picture, where a browser has no use for our component."""
    pixels = decode(resources.shown_photo(asked.upload.name, asked.upload.data), asked.upload.name).pixels
    faces = [(each.detection, _decision(each)) for each in shown.faces]
    drawn = draw_faces(pixels, shown.width / pixels.shape[1], faces, numbers=[each.number for each in shown.faces])
    st.image(jpeg(drawn), width="stretch", alt=_description(asked, shown))
