"""Predict: find the faces in new photos, name them, correct the names, and add people whom the run does not know yet."""

from __future__ import annotations

import streamlit as st

from ui.frame import page
from ui.predict.answer import ask_once
from ui.predict.batches import batches
from ui.predict.compare import choose_second
from ui.predict.enrol import notices, people
from ui.predict.flow import show
from ui.predict.inputs import photos
from ui.predict.lines import choose_lines
from ui.run_picker import choose_run

with page(
    "predict",
    "Faces are found and named on this computer. Nothing of an upload is kept after the session, save for what you keep for "
    "the next training, and batches until you delete them.",
):
    run = choose_run()
    if run is None:
        batches(None, None)
    else:
        second = choose_second(run)
        notices()
        lines, once = choose_lines(run), ask_once()
        uploads = photos(run, lines, once)
        answers = st.container()
        batches(run, lines)
        people(run)
        with answers:  # last, so that the rest of the page need not wait for them
            show(run, uploads, lines, second, once)
