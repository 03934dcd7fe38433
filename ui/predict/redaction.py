"""Hiding faces in a photo: who, how, what it looks like, and the photo at full size without them."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

import streamlit as st

from core.images import decode
from core.redaction import redact, redacted_photo
from ui import resources
from ui.components import folded
from ui.images import jpeg
from ui.predict.faces import Answered, Asked, ShownFace
from ui.predict.picture import said_label

UNKNOWN, UNSURE, ALL, CHOSEN = "Unknown", "Unknown and unsure", "All", "Chosen ones"
HOW = {"Blur": "blur", "Pixels": "pixelate", "Cover": "cover"}
_HELP = "Blur and pixels leave a few mean colours of a face; only Cover leaves nothing."
_SAFE = (
    "The download has the photo's full size and none of its hidden data, such as where it was taken. Faces that were not found "
    "are not hidden: look at the preview."
)


def redaction(asked: Asked, shown: Answered) -> None:
    """Offer to hide faces of the photo."""
    if shown.faces:
        folded("Hide faces", f"redact-{asked.upload.key}", ":material/blur_on:", partial(_hide, asked, shown))


def _hide(asked: Asked, shown: Answered) -> None:
    key = asked.upload.key
    with st.container(horizontal=True):
        who = st.segmented_control("Whose", [UNKNOWN, UNSURE, ALL, CHOSEN], default=ALL, required=True, key=f"whose-{key}")
        how = st.segmented_control("How", list(HOW), default="Blur", required=True, key=f"how-{key}", help=_HELP)
    faces = _chosen(asked, shown, str(who))
    if not faces:
        st.caption("No face is chosen, so nothing is hidden.")
        return
    found = [each.detection for each in faces]
    pixels = decode(resources.shown_photo(asked.upload.name, asked.upload.data), asked.upload.name).pixels
    hidden = redact(pixels, found, HOW[str(how)], shown.width / pixels.shape[1])
    count = "1 hidden face" if len(faces) == 1 else f"{len(faces)} hidden faces"
    st.image(jpeg(hidden), width="stretch", alt=f"{asked.upload.name} with {count}")
    name = PurePath(asked.upload.name)
    suffix = ".png" if name.suffix.lower() == ".png" else ".jpg"
    st.download_button(
        "Download the photo",
        lambda: redacted_photo(asked.upload.data, asked.upload.name, found, HOW[str(how)])[0],
        f"{name.stem}-hidden{suffix}",
        icon=":material/download:",
        key=f"redacted-{key}",
        on_click="ignore",
    )
    st.caption(_SAFE)


def _chosen(asked: Asked, shown: Answered, who: str) -> list[ShownFace]:
    """Return the faces to hide; one that a person has named is not unknown any more."""
    if who == CHOSEN:
        by_number = {each.number: each for each in shown.faces}
        numbers = st.multiselect(
            "Faces", list(by_number), format_func=lambda number: said_label(by_number[number]), key=f"hide-{asked.upload.key}"
        )
        return [by_number[number] for number in numbers]
    hidden = {UNKNOWN: ("unknown",), UNSURE: ("unknown", "unsure")}.get(who)
    return [each for each in shown.faces if hidden is None or (each.said is None and each.face.decision in hidden)]
