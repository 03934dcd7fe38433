"""Predict: find the faces in new photos and name them."""

from __future__ import annotations

from ui import predict_views
from ui.frame import page
from ui.run_picker import choose_run

with page("predict", "Faces are found and named on this computer. Nothing of an upload is kept after the session."):
    run = choose_run()
    if run is not None:
        predict_views.caution(run)
        for photo in predict_views.uploads():
            predict_views.answer(run, photo)
