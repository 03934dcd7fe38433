"""One photo of a batch with its numbered boxes, and what is said of its faces."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.batch import Batch, BatchRow
from core.errors import VisageError
from ui.components import percent
from ui.guards import as_text, show_error
from ui.predict.batch_words import DECISIONS, name_of
from ui.resources import batches as kept
from ui.session import current

SIDE = 1280  # px, longer side of the picture


def photo_card(batch: Batch, chosen: BatchRow) -> None:
    """Show the photo of a face with the boxes of all its faces, and a line on each."""
    rows = batch.rows_of(chosen.photo)
    st.markdown(f"**{as_text(chosen.file)}**")
    picture, said = st.columns([3, 2])
    with picture:
        try:
            drawn = kept.photo_with_boxes(batch, chosen.photo, SIDE)
        except VisageError as error:  # the folder may have changed since
            show_error(error)
        else:
            st.image(drawn, width="stretch", alt=f"{chosen.file} with {len(rows)} numbered faces")
    with said:
        for row in rows:
            _line(row, row.number == chosen.number and len(rows) > 1)


def _line(row: BatchRow, chosen: bool) -> None:
    sign, *_ = DECISIONS[row.decision]
    how = {"unsure": ", unsure", "by hand": ", by hand"}.get(row.decision, "")
    mark = " :blue-badge[chosen]" if chosen else ""
    with st.container(gap="xxsmall"):
        st.markdown(f"**{row.face}** · {sign} **{as_text(name_of(row))}**{how}{mark}")
        st.caption(_explained(row))


def _explained(row: BatchRow) -> str:
    said = "Named by you" if row.decision == "by hand" else f"{as_text(row.likeliest)} {percent(row.probability)}"
    if row.runner_up:
        said += f", then {as_text(row.runner_up)} {percent(row.runner_up_probability)}"
    if row.taken:
        said += f"; {as_text(row.taken)} is another face of this photo"
    return f"{said}. Mind that it is {as_text(row.quality)}." if row.flaws else f"{said}."


def photo_dialog(batch: Batch) -> None:
    """Show the photo that was asked for over the page until it is closed."""
    memory = current().predict.batch
    chosen = next((row for row in batch.rows if row.number == memory.looked_at), None)
    if chosen is None:
        return

    @st.dialog("Photo", width="large", on_dismiss=partial(memory.look_at, None))
    def show() -> None:
        photo_card(batch, chosen)

    show()
