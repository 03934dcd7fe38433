"""Taking a cleaned dataset out of Visage."""

from __future__ import annotations

import streamlit as st

from core import curation
from core.datasets import Catalogue
from ui.guards import explained


def exporting(catalogue: Catalogue) -> None:
    """Offer the table of all photos: whose they are by now, what is left out, which face was chosen."""
    with explained():
        st.download_button(
            "Download the table of photos (CSV)",
            lambda: curation.export_table(catalogue).encode("utf-8-sig"),
            f"{catalogue.id}-photos.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
            help="Every photo with its person, as cleaned here; what was left out is marked.",
        )
