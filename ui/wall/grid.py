"""The two looks of the wall: our own component, and plain widgets where a browser or a test has no use for it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.datasets.face_choice import Box
from core.datasets.wall import WallPhoto
from core.storage import PROJECT_ROOT
from ui.guards import as_text

_ASSETS = PROJECT_ROOT / "ui" / "assets"
TILE = 108  # px, smallest width of a picture
_STATUS = {"no_face": "no face", "several_faces": "several faces", "not_searched": "", "face": ""}


def read_asset(name: str) -> str:
    """Return the text of a file that travels to the browser."""
    return (_ASSETS / name).read_text(encoding="utf-8")


_grid = st.components.v2.component("visage_wall", css=read_asset("wall.css"), js=read_asset("wall.js"))


@dataclass(frozen=True)
class Answer:
    """What a person did on the wall.

    Attributes:
        picked: sha256 of the photos of this page that are selected; None where that has not changed.
        opened: sha256 of the photo to look at, None for none.
    """

    picked: tuple[str, ...] | None
    opened: str | None


def photo_grid(
    photos: Sequence[WallPhoto], pictures: Sequence[bytes | None], faces: bool, token: str, given: set[str]
) -> Answer:
    """Show a page of photos to select in.

    Args:
        photos: The page.
        pictures: Thumbnail of each, None where it cannot be read.
        faces: Whether the pictures show faces, not whole photos.
        token: Names the page; the browser keeps its own selection while it stays the same.
        given: sha256 of the photos that are selected when the token is new.
    """
    tiles = [_tile(photo, picture, faces) for photo, picture in zip(photos, pictures, strict=True)]
    data = {
        "token": token,
        "tile": TILE,
        "label": "Photos. Arrow keys move, space selects, shift a range, a all, escape none, enter looks closer.",
        "photos": tiles,
        "selected": [each.photo.sha256 for each in photos if each.photo.sha256 in given],
    }
    result = _grid(key="wall-grid", data=data, on_selection_change=_nothing, on_open_change=_nothing)
    return _answer(result, {each.photo.sha256 for each in photos}, token)


def _nothing() -> None:
    """The answer is read where the component is drawn."""


def _answer(result: Mapping[str, Any], shown: set[str], token: str) -> Answer:
    """Read what the browser says; of another page, or of no sense, nothing."""
    selection, opened = result.get("selection"), result.get("open")
    picked = None
    if isinstance(selection, Mapping) and selection.get("token") == token and isinstance(selection.get("ids"), list):
        picked = tuple(each for each in selection["ids"] if each in shown)
    return Answer(picked, opened if isinstance(opened, str) and opened in shown else None)


def _tile(each: WallPhoto, picture: bytes | None, faces: bool) -> dict[str, Any]:
    face_only = faces and each.box is not None
    width, height = (1, 1) if face_only else (each.photo.width, each.photo.height)
    return {
        "id": each.photo.sha256,
        "src": None if picture is None else f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
        "width": width,
        "height": height,
        "boxes": [] if face_only else _boxes(each),
        "name": each.photo.person or "",
        "note": note(each),
        "faint": faces and each.status in ("no_face", "several_faces"),
        "description": describe(each),
        "open": "Look closer",
        "gone": "Gone or changed",
    }


def _boxes(each: WallPhoto) -> list[dict[str, Any]]:
    """Return the boxes as shares of the photo's sides: all that were found, then the one that carries the name."""
    photo = each.photo
    found = [face.box for face in each.faces if face.box != each.box]
    boxes: list[tuple[Box, bool]] = [*((box, False) for box in found), *([(each.box, True)] if each.box else [])]
    return [
        {"box": [x / photo.width, y / photo.height, width / photo.width, height / photo.height], "main": main}
        for (x, y, width, height), main in boxes
    ]


def note(each: WallPhoto) -> str:
    """Return the few words on a picture: no face, or who it may be instead."""
    if each.status != "face":
        return _STATUS[each.status]
    if each.likely and each.likely != each.photo.person and each.likely_probability >= 0.5:
        return f"{each.likely}?"
    return ""


def describe(each: WallPhoto) -> str:
    """Return one line about a photo, for the tooltip and for people who cannot see it."""
    words = note(each)
    return f"{each.photo.person or 'Nobody'}, photo {each.photo.path}" + (f", {words}" if words else "")


def simple_grid(photos: Sequence[WallPhoto], pictures: Sequence[bytes | None], token: str, given: set[str]) -> Answer:
    """Show a page of photos with a check box below each."""
    picked = []
    with st.grid(min_column_width=TILE, gap="xsmall"):
        for number, (each, picture) in enumerate(zip(photos, pictures, strict=True), start=1):
            with st.container(gap="xxsmall"):
                if picture is not None:
                    st.image(picture, width="stretch", alt=describe(each))
                else:
                    st.caption("Gone or changed")
                label = f"{number}. {as_text(each.photo.person or '')}" + (f" ({as_text(note(each))})" if note(each) else "")
                sha256 = each.photo.sha256
                if st.checkbox(label, sha256 in given, key=f"pick-{token}-{sha256}", help=as_text(each.photo.path)):
                    picked.append(sha256)
    return Answer(tuple(picked), None)
