"""Who was taken for whom; a click on a cell shows those photos."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core import figures
from core.review import Judged, confused_pairs
from core.runs import Run
from ui import resources
from ui.evaluate.gallery import gallery
from ui.guards import as_text, explained

LIST_FIRST = 30  # people; with more of them the list says more than the matrix
MOST_PAIRS = 50
NO_FACE = "no face found"


def confusion(run: Run, judged: Judged) -> None:
    """Show the confusion matrix, the pairs that are confused most, and the photos of a chosen cell."""
    key = f"confusion-{run.id}-{judged.key}"
    with explained():
        listed = len(judged.people) > LIST_FIRST
        from_list = _pairs(judged, key) if listed else None
        from_chart = _matrix(run, judged, key)
        if not listed:
            from_list = _pairs(judged, key)
        _cell(run, judged, key, from_chart, from_list)


def _matrix(run: Run, judged: Judged, key: str) -> tuple[int, int] | None:
    with st.container(horizontal=True, vertical_alignment="center"):
        normalised = st.toggle("As shares of each person's photos", key=f"{key}-shares")
        ordered = st.segmented_control(
            "Order",
            ["Similarity", "Name"],
            default="Similarity",
            required=True,
            key=f"{key}-order",
            label_visibility="collapsed",
        )
    order = resources.similar_order(run, judged.key) if ordered == "Similarity" else None
    chosen: Any = st.plotly_chart(
        figures.confusion_matrix(judged.report.confusion, judged.people, normalised, order),
        width="stretch",
        key=f"{key}-{ordered}-{normalised}",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "displayModeBar": False},
    )
    st.caption(
        "Rows are the true people, columns the names given; the last column counts photos without a found face. "
        "Click a cell to see its photos."
        + (" People who are taken for one another stand side by side." if ordered == "Similarity" else "")
    )
    return _clicked([each["customdata"] for each in chosen.selection.points if "customdata" in each])


def _clicked(points: list[Any]) -> tuple[int, int] | None:
    """Return the labels of the clicked cell: text such as "3 7", which the browser may give alone or in a list."""
    if not points:
        return None
    true, named = str(points[0][0] if isinstance(points[0], list) else points[0]).split()
    return int(true), int(named)


def _pairs(judged: Judged, key: str) -> tuple[int, int] | None:
    pairs = confused_pairs(judged.report, judged.people, MOST_PAIRS)
    if not pairs:
        st.success("Nobody was taken for anybody else.", icon=":material/check:")
        return None
    st.markdown("**Taken for one another most often**")
    support = {each.person: each.support for each in judged.report.per_person}
    rows = [
        {"Person": true, "Taken for": named, "Mistaken": count, "Of photos": support[true], "Share": count / support[true]}
        for true, named, count in pairs
    ]
    share = {"Share": st.column_config.NumberColumn(format="percent")}
    chosen: Any = st.dataframe(
        rows, hide_index=True, width="stretch", column_config=share, key=f"{key}-pairs", on_select="rerun",
        selection_mode="single-row", height=min(38 + 35 * len(rows), 290),
    )  # fmt: skip
    picked = chosen.selection.rows
    return _labels(judged, *pairs[picked[0]][:2]) if picked else None


def _labels(judged: Judged, true: str, named: str) -> tuple[int, int]:
    return judged.people.index(true), judged.people.index(named)


def _cell(run: Run, judged: Judged, key: str, from_chart: tuple[int, int] | None, from_list: tuple[int, int] | None) -> None:
    """Show the photos of the cell that was chosen: by a click, in the list, or by the two menus."""
    wanted = from_chart or from_list
    names = [*judged.people, NO_FACE]
    # Another click is another default, so the menus follow it; they can still be changed by hand.
    suffix = "" if wanted is None else f"-{wanted[0]}-{wanted[1]}"
    everybody = range(len(judged.people))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        true = st.selectbox(
            "Photos of", everybody, index=None if wanted is None else wanted[0], format_func=names.__getitem__,
            key=f"{key}-true{suffix}", placeholder="Choose a person", width=260,
        )  # fmt: skip
        named = st.selectbox(
            "named as", range(len(names)), index=None if wanted is None else wanted[1], format_func=names.__getitem__,
            key=f"{key}-named{suffix}", placeholder="Anybody else", width=260,
        )  # fmt: skip
    if true is None:
        return
    if named == len(judged.people):
        _faceless(judged, true)
        return
    mine = judged.labels == true
    rows = np.flatnonzero(mine & (judged.predicted == named if named is not None else judged.wrong))
    sure = judged.probabilities[rows].max(axis=1) if len(rows) else np.zeros(0)
    order = rows[np.argsort(-sure, kind="stable")].tolist()
    whom = as_text(names[named]) if named is not None else "anybody else"
    st.markdown(f"**{len(order)} photos of {as_text(names[true])} named as {whom}**")
    gallery(run, judged, order, f"{key}-{true}-{named}")


def _faceless(judged: Judged, true: int) -> None:
    found = [each.path for each in judged.no_face if each.label == true]
    st.markdown(f"**{len(found)} photos of {as_text(judged.people[true])} without a found face**")
    if found:
        st.dataframe([{"Photo": path} for path in found], hide_index=True, width="stretch")
