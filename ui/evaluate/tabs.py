"""The table of the page's tabs: a new one is a line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from core.review import Judged
from core.runs import Run
from ui.components import tabs
from ui.crossvalidation_views import cross_validation
from ui.evaluate.calibration import calibration
from ui.evaluate.confusion import confusion
from ui.evaluate.curves import curves
from ui.evaluate.duel import duel
from ui.evaluate.errors import errors
from ui.evaluate.export import export
from ui.evaluate.face_map import embedding_map
from ui.evaluate.honesty import honesty
from ui.evaluate.learning_curve import learning_curve
from ui.evaluate.report import report
from ui.evaluate.strangers import strangers

OF_RUN: dict[str, Callable[[Run], None]] = {
    "Curves": curves,
    "Strangers": strangers,
    "Learning curve": learning_curve,
    "Cross-validation": cross_validation,
}
OF_PHOTOS: dict[str, Callable[[Run, Judged], None]] = {
    "Report": report,
    "Confusion": confusion,
    "Errors": errors,
    "Map": embedding_map,
    "Honesty": honesty,
    "Calibration": calibration,
    "Duel": duel,
    "Export": export,
}
ORDER = (
    "Curves",
    "Report",
    "Confusion",
    "Errors",
    "Honesty",
    "Strangers",
    "Calibration",
    "Learning curve",
    "Duel",
    "Map",
    "Cross-validation",
    "Export",
)


def show_tabs(run: Run, judged: Judged | None) -> None:
    """Show the parts of the page as tabs; without judged photos those that need none."""
    parts: dict[str, Callable[[], None]] = {}
    for name in ORDER:
        if name in OF_RUN:
            parts[name] = partial(OF_RUN[name], run)
        elif judged is not None:
            parts[name] = partial(OF_PHOTOS[name], run, judged)
    tabs("evaluate-tab", parts)
