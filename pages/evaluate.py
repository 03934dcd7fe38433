"""Evaluate: how well a trained network does on photos it has not learnt from, and where it errs."""

from __future__ import annotations

import streamlit as st

from ui import evaluate_views
from ui.frame import page
from ui.run_picker import choose_run

with page("evaluate", "How well the network names people in photos that it has not learnt from."):
    run = choose_run()
    if run is not None:
        part = evaluate_views.choose_part(run)
        evaluate_views.summary(run, part)
        curves, report, confusion, faces = st.tabs(["Curves", "Report", "Confusion matrix", "Faces"])
        with curves:
            evaluate_views.curves(run)
        with report:
            evaluate_views.classification_report(run, part)
        with confusion:
            evaluate_views.confusion_matrix(run, part)
        with faces:
            evaluate_views.faces(run, part)
        evaluate_views.details(run)
