"""Evaluate: how well a trained network does on photos it has not learnt from, and where it errs."""

from __future__ import annotations

from functools import partial

from ui import evaluate_views
from ui.components import tabs
from ui.crossvalidation_views import cross_validation
from ui.frame import page
from ui.run_picker import choose_run
from ui.strangers_views import strangers

with page("evaluate", "How well the network names people in photos that it has not learnt from."):
    run = choose_run()
    if run is not None:
        evaluate_views.say_what_changed(run)
        part = evaluate_views.choose_part(run)
        evaluate_views.summary(run, part)
        tabs(
            "evaluate-tab",
            {
                "Curves": partial(evaluate_views.curves, run),
                "Report": partial(evaluate_views.classification_report, run, part),
                "Confusion matrix": partial(evaluate_views.confusion_matrix, run, part),
                "Faces": partial(evaluate_views.faces, run, part),
                "Calibration": partial(evaluate_views.calibration, run, part),
                "Strangers": partial(strangers, run),
                "Cross-validation": partial(cross_validation, run),
            },
        )
        evaluate_views.details(run)
