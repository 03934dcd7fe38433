"""The Export part of the Evaluate page: what is known about a run, for others."""

from __future__ import annotations

import streamlit as st

from core.review import Judged
from core.runs import Run
from ui.guards import explained
from ui.resources.reports import html_report, model_card


def export(run: Run, judged: Judged) -> None:
    """Offer the report as one HTML file, and the model card."""
    name = f"{run.id}-{judged.key.replace(':', '-')}"
    st.markdown("**Report**")
    st.write(
        "One HTML file with figures, charts, settings and what the checks have found. It opens in any browser and loads "
        "nothing from anywhere. It holds the names of the people."
    )
    photos = st.checkbox(
        "With faces that were named wrong", key=f"export-photos-{run.id}",
        help="Without it there is no picture of anybody in the file.",
    )  # fmt: skip
    with explained():
        st.download_button(
            "Download the report", html_report(run, judged.key, photos), f"{name}-report.html", "text/html",
            icon=":material/download:", key=f"report-file-{run.id}", type="primary",
        )  # fmt: skip
    st.markdown("**Model card**")
    st.write(
        "A page of Markdown: what the network is for, its data, its figures with their ranges, its limits. It names nobody."
    )
    with explained():
        card = model_card(run, judged.key)
        st.download_button(
            "Download the model card", card, f"{name}-card.md", "text/markdown",
            icon=":material/download:", key=f"card-file-{run.id}",
        )  # fmt: skip
        with st.expander("Read it here", icon=":material/visibility:"):
            st.markdown(card)
