"""Whether the network is right as often as it says it is sure."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core import figures
from core.calibration import Reliability, reliability
from core.review import Judged
from core.review.judged import CROSSVALIDATION
from core.runs import CalibrationRecord, Run
from ui.components import chart, figures_row, percent
from ui.guards import as_text

_ERROR = "Expected calibration error: how far certainty and truth lie apart, on average over all faces. 0 is perfect."
_TEMPERATURE = "What the network's answers are divided by: above 1 it was too sure of itself, below 1 not sure enough."
_SURPRISE = "Punishes certainty in wrong names; 0 is perfect."


def calibration(run: Run, judged: Judged) -> None:
    """Show how sure the network was and how often it was right, before and after its correction where both are known."""
    record = run.calibration
    own = judged.key in ("test", "validation")
    if record is None and own:
        st.info("This run was trained before calibration was measured. Train again to see it.", icon=":material/info:")
        return
    after = reliability(judged.logits, judged.labels)
    if after is None:
        st.info("There is no face here to measure calibration by.", icon=":material/info:")
        return
    before = _before(record, judged)
    st.write("Of the faces that are named with 80% certainty, 80% should be named right. Then the dots lie on the dotted line.")
    _figures(record, before, after)
    chart(
        figures.reliability_diagram(before or after, after),
        f"reliability-{run.id}-{judged.key}",
        "Each dot is a group of faces, all groups alike in size. Dots above the line: it is right more often than it claims.",
    )
    sure = judged.probabilities.max(axis=1)
    chart(
        figures.confidence_histogram(sure[~judged.wrong].tolist(), sure[judged.wrong].tolist()),
        f"confidence-{run.id}-{judged.key}",
        "How certain the network was when it was right and when it was wrong.",
    )


def _before(record: CalibrationRecord | None, judged: Judged) -> Reliability | None:
    """Return the reliability without the correction; None where nobody knows what was corrected."""
    if record is None or judged.key == CROSSVALIDATION:
        return None
    if judged.key in record.parts:
        return record.parts[judged.key][0]
    return reliability(judged.logits * np.float32(record.temperature.value), judged.labels)  # the correction undone


def _figures(record: CalibrationRecord | None, before: Reliability | None, after: Reliability) -> None:
    if record is None or before is None:
        figures_row([("Error", percent(after.error), _ERROR), ("Log loss", f"{after.log_loss:.3f}", _SURPRISE)])
        st.caption("Each network was corrected on photos of its own, so only what came out is shown." if record else "")
        return
    temperature = record.temperature
    figures_row(
        [
            ("Error before", percent(before.error), _ERROR),
            ("Error after", percent(after.error), _ERROR),
            ("Log loss before", f"{before.log_loss:.3f}", _SURPRISE),
            ("Log loss after", f"{after.log_loss:.3f}", "The same after the correction."),
            ("Temperature", f"{temperature.value:.2f}", _TEMPERATURE),
        ]
    )
    st.caption(as_text(temperature.source))
