"""Undo, redo, and everything that was done with the photos of a dataset."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import curation
from core.curation import Entry
from core.datasets import Catalogue
from ui.guards import as_text, explained
from ui.session import current

ENTRIES_ON_A_PAGE = 50


def undo_and_redo(catalogue: Catalogue) -> None:
    """Offer to take the last action back, and to make it again."""
    _step("Undo", ":material/undo:", curation.next_undo(catalogue), partial(curation.undo, catalogue))
    _step("Redo", ":material/redo:", curation.next_redo(catalogue), partial(curation.redo, catalogue))


def _step(label: str, icon: str, next_one: Entry | None, work: Callable[[], Entry | None]) -> None:
    words = as_text(next_one.words) if next_one else "Nothing to do."
    if st.button(label, icon=icon, disabled=next_one is None, help=words):
        with explained():
            done = work()
            current().said = done.words if done else ""
            st.rerun()


def history(catalogue: Catalogue) -> None:
    """Show what was done when, the latest first, with undo, redo and the whole as a table file."""
    total = curation.count_entries(catalogue)
    if not total:
        st.info("Nothing was changed yet. What you do on the Photos tab is listed here, and can be taken back.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        undo_and_redo(catalogue)
        _download(catalogue)
    pages = -(-total // ENTRIES_ON_A_PAGE)
    number = st.pagination(pages, key="history-page") if pages > 1 else 1
    shown = curation.entries(catalogue, (number - 1) * ENTRIES_ON_A_PAGE, ENTRIES_ON_A_PAGE)
    st.dataframe([row_of(each) for each in shown], hide_index=True, width="stretch")


def row_of(entry: Entry) -> dict[str, object]:
    """Return an entry as a row of a table."""
    return {
        "When (UTC)": entry.at[:19].replace("T", " "),
        "What was done": entry.words,
        "Photos": entry.photos,
        "Taken back": "yes" if entry.undone else "",
    }


def _download(catalogue: Catalogue) -> None:
    st.download_button(
        "Download as CSV",
        lambda: curation.export_ledger(catalogue).encode("utf-8-sig"),
        f"{catalogue.id}-history.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
