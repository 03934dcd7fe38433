"""The faces of a batch as a table: filters, and the photo of the row that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.batch import Batch, BatchRow
from core.batch.filtering import FLAWLESS, Wanted, find_rows, flaws_in, people_in
from ui.predict.batch_photo import photo_card
from ui.predict.batch_words import DECISIONS, counted

_WIDTH = 146  # px: two filters beside each other on a phone
_HEADER, _ROW, _MOST = 38, 35, 420  # px; a longer table scrolls inside


def table(batch: Batch) -> None:
    """Show the faces to filter and to sort; the photo of a chosen row stands below."""
    wanted = _choose(batch)
    rows = find_rows(batch.rows, wanted)
    st.caption(f"{len(rows):,} of {counted(len(batch.rows), 'face')}. Tick a row to see its photo.")
    if not rows:
        st.info("No face fits these filters.", icon=":material/filter_alt_off:")
        return
    chosen = _draw(rows, f"batch-table-{batch.directory.name}-{hash(wanted)}")
    if chosen is not None:
        photo_card(batch, chosen)


def _choose(batch: Batch) -> Wanted:
    """Let the person choose which faces to see."""
    name = batch.directory.name
    there = {row.decision for row in batch.rows}
    decisions = st.pills(
        "Decision", [each for each in DECISIONS if each in there], selection_mode="multi",
        format_func=DECISIONS.__getitem__, key=f"batch-decision-{name}",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        person = _menu("Person", people_in(batch.rows), "Anybody", f"batch-person-{name}")
        quality = _menu("Quality", [FLAWLESS, *flaws_in(batch.rows)], "Any", f"batch-quality-{name}", str.capitalize)
        text = st.text_input("Name of the photo", key=f"batch-text-{name}", width=_WIDTH, placeholder="Part of it")
        least, most = st.slider("Probability", 0, 100, (0, 100), format="%d%%", key=f"batch-sure-{name}", width=240)
    return Wanted(tuple(decisions), person, quality, text, least / 100, most / 100)


def _menu(label: str, options: Sequence[str], nothing: str, key: str, shown: Callable[[str], str] = str) -> str:
    chosen: str = st.selectbox(
        label, ["", *options], format_func=lambda each: shown(each) if each else nothing, key=key, width=_WIDTH
    )  # fmt: skip
    return chosen


def _draw(rows: Sequence[BatchRow], key: str) -> BatchRow | None:
    share = st.column_config.NumberColumn(format="percent")
    chosen: Any = st.dataframe(
        _columns(rows), hide_index=True, width="stretch", height=min(_HEADER + _ROW * len(rows), _MOST), key=key,
        on_select="rerun", selection_mode="single-row", alt="The faces of the batch, one in each row",
        column_config={
            "Photo": st.column_config.Column(width="medium"),
            **dict.fromkeys(("Probability", "Its probability", "Detection"), share),
        },
    )  # fmt: skip
    picked = [each for each in chosen.selection.rows if each < len(rows)]
    return rows[picked[0]] if picked else None


def _columns(rows: Sequence[BatchRow]) -> dict[str, list[Any]]:
    return {
        "Photo": [row.file for row in rows],
        "Face": [row.face for row in rows],
        "Person": [row.person or "" for row in rows],
        "Decision": [DECISIONS[row.decision] for row in rows],
        "Probability": [row.probability for row in rows],
        "Runner-up": [row.runner_up or "" for row in rows],
        "Its probability": [row.runner_up_probability for row in rows],
        "Quality": [row.quality for row in rows],
        "Size (px)": [round(max(row.width, row.height)) for row in rows],
        "Detection": [row.detection_score for row in rows],
    }


def without_faces(batch: Batch) -> None:
    """Show the photos without a face and what could not be read, with the reason."""
    rows = [(photo.file, photo.error or "No face was found.") for photo in batch.photos if photo.error or not photo.faces]
    rows += batch.skipped
    st.caption(f"{counted(len(rows), 'file')} in which no face was found or that could not be read.")
    st.dataframe(
        {"Photo": [file for file, _ in rows], "Why": [why for _, why in rows]},
        hide_index=True, width="stretch", alt="Photos without a face, with the reason",
    )  # fmt: skip
