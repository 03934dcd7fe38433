"""The faces of a photo as cards: a page of them at a time, in an order that the person chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui.predict.card import card
from ui.predict.faces import Answered, Asked, ShownFace

ON_A_PAGE = 12
_RANK = {"unknown": 0, "unsure": 1, "known": 2}
_ORDERS: dict[str, Callable[[ShownFace], Any]] = {
    "Number": lambda each: each.number,
    "Name": lambda each: (each.face.person is None, (each.face.person or "").casefold(), each.number),
    "Least sure first": lambda each: (each.face.score, each.number),
    "Unknown first": lambda each: (_RANK[each.face.decision], each.number),
    "From left to right": lambda each: (each.detection.box[0], each.number),
}


def cards(asked: Asked, shown: Answered) -> None:
    """Show the cards of all faces; with many of them a page at a time, on which a face that was clicked is found."""
    if len(shown.faces) <= ON_A_PAGE:
        for each in shown.faces:
            card(asked, each)
        return
    faces = _ordered(asked, shown.faces)
    memory, key = asked.memory, asked.upload.key
    pages = -(-len(faces) // ON_A_PAGE)
    _turn_to_marked(asked, faces)
    page = st.pagination(pages, default=min(memory.page, pages), key=f"cards-{key}-{pages}-{memory.turns}")
    memory.page = page
    for each in faces[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]:
        card(asked, each)


def _ordered(asked: Asked, faces: Sequence[ShownFace]) -> list[ShownFace]:
    chosen = st.selectbox("Order of the cards", list(_ORDERS), key=f"order-{asked.upload.key}", width=220)
    return sorted(faces, key=_ORDERS[chosen])


def _turn_to_marked(asked: Asked, faces: Sequence[ShownFace]) -> None:
    """Open the page of a face that was just clicked in the picture."""
    memory = asked.memory
    if not memory.found:
        return
    memory.found = False
    place = next((at for at, each in enumerate(faces) if each.number == memory.marked), None)
    if place is not None and place // ON_A_PAGE + 1 != memory.page:
        memory.page, memory.turns = place // ON_A_PAGE + 1, memory.turns + 1
