"""Pictures that a person has copied elsewhere: pasted by a button, or by the keys for it anywhere on the page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import PurePath

import streamlit as st

from core.images import PHOTO_SUFFIXES
from ui.memories import MOST_PHOTOS
from ui.predict.upload import Upload
from ui.session import current, value_of
from ui.wall.grid import read_asset

KEY = "predict-paste"
MOST_MEGABYTES = 60  # of one pasted picture; a screenshot of a large screen has some 20
_WORDS = {
    "button": "Paste a picture",
    "hint": "or press Ctrl+V (⌘V on a Mac) anywhere on this page",
    "reading": "Reading the picture …",
    "empty": "There is no picture in the clipboard. Copy one first: with the right mouse button, or as a screenshot.",
    "refused": "The browser does not let this button read the clipboard. Press Ctrl+V (⌘V on a Mac) instead.",
    "large": f"This picture has more than {MOST_MEGABYTES} MB. Save it as a file and add it above.",
}
_paste = st.components.v2.component(
    "visage_paste", css=read_asset("buttons.css") + read_asset("paste.css"), js=read_asset("paste.js")
)


def paste() -> None:
    """Offer to paste pictures; they join the photos of the page before it is drawn."""

    def pasted() -> None:
        said = value_of(KEY)
        photos = read_pictures(said.get("pictures") if isinstance(said, Mapping) else None)
        current().predict.take(photos)

    _paste(key=KEY, data={"words": _WORDS, "most": MOST_MEGABYTES * 2**20}, on_pictures_change=pasted)


def read_pictures(said: object) -> list[Upload]:
    """Return the pictures that the browser has sent; what makes no sense is left out.

    A picture without a name of its own gets a number.
    """
    photos = []
    for each in said[:MOST_PHOTOS] if isinstance(said, list) else []:
        data = read_base64(each.get("data")) if isinstance(each, Mapping) else None
        if data:
            photos.append(Upload(_named(each.get("name")), data))
    return photos


def read_base64(text: object) -> bytes | None:
    """Return the bytes that base64 text stands for; None where it is none."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):  # also of letters beyond ASCII
        return None


def _named(name: object) -> str:
    """Return the name of a file that was copied; a browser calls a picture that is none image.png."""
    if isinstance(name, str) and PurePath(name).suffix.lower() in PHOTO_SUFFIXES and PurePath(name).stem != "image":
        return name
    memory = current().predict
    memory.pasted += 1
    return f"Pasted picture {memory.pasted}"
