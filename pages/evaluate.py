"""Evaluate: how well a trained network does on photos it has not learnt from, why it errs, and how far the figures hold."""

from __future__ import annotations

from ui.evaluate.choosing import choose_set
from ui.evaluate.details import details, say_what_changed
from ui.evaluate.summary import summary
from ui.evaluate.tabs import show_tabs
from ui.frame import page
from ui.run_picker import choose_run

with page("evaluate", "How well the network names people in photos that it has not learnt from."):
    run = choose_run()
    if run is not None:
        say_what_changed(run)
        judged = choose_set(run)
        if judged is not None:
            summary(run, judged)
        show_tabs(run, judged if judged is not None and judged.photos else None)
        details(run)
