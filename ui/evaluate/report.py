"""The classification report: how well each person is named."""

from __future__ import annotations

import streamlit as st

from core.evaluation.tables import as_csv, as_latex, as_markdown
from core.review import Judged
from core.runs import Run
from ui.guards import explained


def report(run: Run, judged: Judged) -> None:
    """Show precision, recall, F1 and the number of photos of each person; a click on a heading sorts."""
    with explained():
        found = judged.report
        rows = [
            {"Person": each.person, "Precision": each.precision, "Recall": each.recall, "F1": each.f1, "Photos": each.support}
            for each in found.per_person
        ]
        share = st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="%.2f")
        columns = dict.fromkeys(("Precision", "Recall", "F1"), share)
        st.dataframe(rows, hide_index=True, width="stretch", column_config=columns, key=f"report-{run.id}-{judged.key}")
        st.caption(
            "Precision: of the photos given this name, the share that is right. "
            "Recall: of this person's photos, the share that was found. F1 weighs the two. Click a heading to sort."
        )
        name = f"{run.id}-{judged.key.replace(':', '-')}-report"
        with st.container(horizontal=True):
            for label, text, ending, kind in (
                ("CSV", as_csv(found), "csv", "text/csv"),
                ("Markdown", as_markdown(found), "md", "text/markdown"),
                ("LaTeX", as_latex(found), "tex", "application/x-tex"),
            ):
                st.download_button(label, text, f"{name}.{ending}", kind, icon=":material/download:", key=f"{name}-{ending}")
