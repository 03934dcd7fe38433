"""A face that no detector has found: drawn by hand, it is named like all others."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.datasets.face_choice import overlap
from core.datasets.said import SAME_FACE
from core.images import decode
from ui.components import folded
from ui.predict.drawing import draw_box
from ui.predict.faces import Answered, Asked


def missed(asked: Asked, shown: Answered) -> None:
    """Offer to draw a box around a face that was not found; a photo without any says so first."""
    label = "Draw a box around a face" if not shown.faces else "A face was missed: draw a box"
    folded(
        label, f"draw-{asked.upload.key}-{len(asked.memory.drawn)}", ":material/ink_selection:", partial(_draw, asked, shown)
    )


def _draw(asked: Asked, shown: Answered) -> None:
    face = draw_box(decode(asked.upload.data, asked.upload.name), f"{asked.upload.key}-{len(asked.memory.drawn)}")
    if face is None:
        return
    there = next((each for each in shown.faces if overlap(each.detection.box, face.box) > SAME_FACE), None)
    if there is not None:
        st.info(f"That is face {there.number}, which was found already.", icon=":material/info:")
        return
    asked.memory.drawn = [*asked.memory.drawn, face]
    st.rerun()
