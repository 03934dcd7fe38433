"""Why a face was named so: all likely people, the training photos that are most like it, and a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import streamlit as st

from core.drawing import draw_heat
from core.errors import VisageError
from core.explain import Kind, Neighbour
from core.recognizer import FacePrediction
from core.runs import Run
from ui.components import folded
from ui.guards import as_text, show_error
from ui.images import png
from ui.predict.bars import bars
from ui.predict.faces import Asked, ShownFace
from ui.resources import explain

PEOPLE = 2  # whose nearest training photos are shown: the likeliest and the next one
SIDE = 130  # px
_NO_VECTORS = "This run keeps nothing to compare faces with, so the nearest training photos are not known. Train again."
KINDS: dict[Kind, str] = {
    "grad_cam": "The brighter a part, the more it spoke for this name (Grad-CAM).",
    "slopes": "This network has no convolutions. Bright: the pixels that the name hangs on, lighter or darker (slopes).",
    "occlusion": "Bright: where covering a part of the face speaks most against this name (occlusion).",
}


def why(asked: Asked, each: ShownFace) -> None:
    """Offer the reasons; they are worked out only while they are open."""
    folded(
        "Why?", f"why-{asked.upload.key}-{each.number}-{asked.run.id}", ":material/psychology_alt:", partial(_why, asked, each)
    )


def _why(asked: Asked, each: ShownFace) -> None:
    face = each.first
    assert face is not None
    try:
        bars(face.top)
        _nearest(asked, face)
        _heat(asked, each, face)
    except VisageError as error:
        show_error(error)


def _nearest(asked: Asked, face: FacePrediction) -> None:
    """Show the training photos that the network finds most like the face, of the likeliest people."""
    taught = explain.teachers(asked.run)
    if taught is None or face.vector is None:
        st.caption(_NO_VECTORS)
        return
    if sha256(asked.upload.data).hexdigest() in taught.sha256:
        st.caption(":material/info: The network was trained with this very photo, so its answer proves little.")
    learnt = {name: label for label, name in enumerate(asked.run.class_names)}
    for name in [name for name, _ in face.top if name in learnt][:PEOPLE]:
        _photos(asked.run, name, taught.nearest(face.vector, learnt[name]))


def _photos(run: Run, person: str, found: Sequence[Neighbour]) -> None:
    if not found:
        st.caption(f"There is no training photo of {as_text(person)} to compare with.")
        return
    faces = explain.training_faces(run)
    st.markdown(f"Most like it among the training photos of **{as_text(person)}**")
    with st.container(horizontal=True):
        for each in found:
            words = f"likeness {each.likeness:.2f}"
            if faces is None or each.sha256 not in faces.rows:
                st.caption(f"Not there any more, {words}")
            else:
                picture = png(faces.pixels[faces.rows[each.sha256]])
                st.image(picture, caption=words, width=72, alt=f"Training photo of {person}")


def _heat(asked: Asked, each: ShownFace, face: FacePrediction) -> None:
    """Show, on demand, which parts of the face speak for a name."""
    key = f"heat-{asked.upload.key}-{each.number}-{asked.run.id}"
    if not st.toggle("Heat map", key=key, help="Which parts of the face speak for a name; the network is asked once more."):
        return
    learnt = {name: label for label, name in enumerate(asked.run.class_names)}
    people = [name for name, _ in face.top if name in learnt]
    if not people:
        st.caption("The people it looks like were added later; the network itself has not learnt them.")
        return
    person = st.selectbox("What speaks for", people, key=f"{key}-for", width=260)
    kind = explain.heat_kind(asked.run)
    heat = explain.heat_on(asked.run, face.crop, learnt[person], kind)
    with st.container(horizontal=True):
        st.image(png(face.crop), width=SIDE, alt=f"Face {each.number}")
        st.image(png(draw_heat(face.crop, heat)), width=SIDE, alt=f"Face {each.number} with a heat map for {person}")
    st.caption(KINDS[kind] if heat.any() else "No part of the face speaks for this name.")
