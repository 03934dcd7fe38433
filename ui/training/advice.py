"""What the training doctor says of a living training."""

from __future__ import annotations

import streamlit as st

from core.doctor import diagnose
from core.runs import Run
from core.runs.examining import counts_in, majority_share
from core.training import EpochReport
from ui.guards import as_text


def findings(run: Run, history: tuple[EpochReport, ...]) -> None:
    """Say what the curves show and what to try; nothing while there is nothing to say."""
    for found in diagnose(history, len(run.class_names), majority_share(run), run.settings, counts_in(run)):
        mark = ":orange[:material/warning:]" if found.level == "warning" else ":blue[:material/info:]"
        st.markdown(f"{mark} **{as_text(found.words)}** {as_text(found.advice)}")
