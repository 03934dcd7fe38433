"""A wall of faces of a batch: to look at, to select among with mouse or keys, to open their photos."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.batch import Batch, BatchRow
from ui.components import percent, picture_wall
from ui.guards import as_text
from ui.predict.batch_words import name_of, note_of
from ui.resources import batches as kept
from ui.session import current
from ui.wall.grid import TILE, read_asset

FACES_ON_A_PAGE = 48
_LABEL = "Faces. Arrow keys move, space selects, shift a range, a all, escape none, enter shows the photo."
_wall = st.components.v2.component("visage_batch_faces", css=read_asset("wall.css"), js=read_asset("wall.js"))


def face_wall(batch: Batch, rows: Sequence[BatchRow], key: str) -> list[BatchRow]:
    """Show faces, a page at a time, and return those of the page that are selected.

    Args:
        batch: Whose faces.
        rows: The faces in the order in which they are shown.
        key: Tells the wall from others on the page.
    """
    key = f"{key}-{batch.directory.name}-{current().predict.batch.turn}"
    pages = -(-len(rows) // FACES_ON_A_PAGE)
    number = st.pagination(pages, key=f"{key}-page", max_visible_pages=5) if pages > 1 else 1
    shown = rows[(number - 1) * FACES_ON_A_PAGE : number * FACES_ON_A_PAGE]
    if not shown:
        return []
    draw = _simple if current().simple_wall else _rich
    picked = draw(shown, kept.face_pictures(batch, shown), key)
    return [row for row in shown if row.number in picked]


def _rich(rows: Sequence[BatchRow], pictures: Sequence[bytes], key: str) -> set[int]:
    tiles = [_tile(row, picture) for row, picture in zip(rows, pictures, strict=True)]
    content = hashlib.sha256(repr([row.number for row in rows]).encode()).hexdigest()[:12]
    token = f"{key}-{content}"
    data = {"token": token, "tile": TILE, "label": _LABEL, "photos": tiles, "selected": []}
    result = _wall(key=key, data=data, on_selection_change=_nothing, on_open_change=_nothing)
    shown = {str(row.number) for row in rows}
    opened = result.get("open")
    if opened in shown:
        current().predict.batch.look_at(int(opened))
    return _picked(result.get("selection"), token, shown)


def _nothing() -> None:
    """The answer is read where the component is drawn."""


def _picked(said: object, token: str, shown: set[str]) -> set[int]:
    """Return what the browser says is selected; of another page, or of no sense, nothing."""
    if not isinstance(said, Mapping) or said.get("token") != token or not isinstance(said.get("ids"), list):
        return set()
    return {int(each) for each in said["ids"] if each in shown}


def _tile(row: BatchRow, picture: bytes) -> dict[str, Any]:
    return {
        "id": str(row.number),
        "src": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
        "width": 1,
        "height": 1,
        "boxes": [],
        "name": name_of(row),
        "note": note_of(row),
        "faint": False,
        "description": describe(row),
        "open": "Show the photo",
        "gone": "Gone",
    }


def describe(row: BatchRow) -> str:
    """Return one line about a face, for the tooltip and for people who cannot see it."""
    return f"{name_of(row)}, {percent(row.probability, 0)}, face {row.face} of {row.file}"


def _simple(rows: Sequence[BatchRow], pictures: Sequence[bytes], key: str) -> set[int]:
    """Show a check box and a button below each face, where a browser or a test has no use for the component."""
    memory, picked = current().predict.batch, set()
    with st.grid(min_column_width=TILE, gap="xsmall"):
        for row, picture in zip(rows, pictures, strict=True):
            with st.container(gap="xxsmall"):
                st.image(picture, width="stretch", alt=describe(row))
                if st.checkbox(as_text(name_of(row)), key=f"{key}-{row.number}", help=as_text(row.file)):
                    picked.add(row.number)
                st.button("Photo", key=f"{key}-look-{row.number}", on_click=memory.look_at, args=(row.number,))
    return picked


def face_strip(batch: Batch, rows: Sequence[BatchRow], width: int = 64) -> None:
    """Show a few faces side by side, without names."""
    pictures = kept.face_pictures(batch, rows)
    picture_wall([(picture, "", describe(row)) for row, picture in zip(rows, pictures, strict=True)], width)
