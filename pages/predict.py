"""Predict: find the faces in new photos, name them, and add people whom the run does not know yet."""

from __future__ import annotations

from ui import enrol_views, predict_views
from ui.frame import page
from ui.run_picker import choose_run

with page(
    "predict",
    "Faces are found and named on this computer. Nothing of an upload is kept after the session, save for photos that you add "
    "to a person.",
):
    run = choose_run()
    if run is not None:
        enrol_views.notices()
        lines = predict_views.choose_lines(run)
        photos = predict_views.uploads()
        enrol_views.people(run)
        for photo in photos:
            predict_views.answer(run, photo, lines)
