"""What a run was made with, and what has changed since."""

from __future__ import annotations

import streamlit as st

from core.runs import Run
from core.settings import to_json
from ui.evaluate.strangers import line_in_words
from ui.guards import as_text, explained
from ui.progress import duration
from ui.resources.runs import changed_since
from ui.settings_tabs import uses_embedding


def say_what_changed(run: Run) -> None:
    """Say where the dataset is not the one that the run was made from."""
    with explained():
        changed = changed_since(run)
        if changed is not None:
            st.info(f"{as_text(changed)} The figures below are those of the photos at that time.", icon=":material/update:")


def details(run: Run) -> None:
    """Show what the run was made with, for those who want to repeat it."""
    shown = st.expander(
        "Settings and machine of this run", icon=":material/receipt_long:", key=f"details-{run.id}", on_change="rerun"
    )
    with shown:
        if shown.open:
            with explained():
                _details(run)


def _details(run: Run) -> None:
    if run.thresholds is not None:
        st.write(f"Line for a sure name: {line_in_words(run.thresholds)}. {as_text(run.thresholds.source)}")
    if run.result is not None:
        unit = "Steps" if uses_embedding(run.settings) else "Epochs"
        time = duration(run.result["seconds"])
        st.write(f"{unit}: {run.result['epochs']}. Time: {time}. Folder: {as_text(str(run.directory))}")
    for word, people in (
        ("validation", run.split and run.split.without_validation),
        ("test", run.split and run.split.without_test),
    ):
        if people:
            st.write(f"Without {word} photos: {as_text(', '.join(people))}")
    st.json({"settings": to_json(run.settings), "environment": run.environment}, expanded=False)
