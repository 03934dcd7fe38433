"""The lines between known, unsure and unknown that hold on the Predict page."""

from __future__ import annotations

import streamlit as st

from core.openset import StrangerCurve, Thresholds
from core.runs import Run
from ui.components import percent
from ui.evaluate.strangers import line_in_words
from ui.frame import page_named
from ui.guards import as_text
from ui.session import current

STRANGERS = (20, 50, 100, 200, 500, 1000)  # one in so many may get a name
_BY_SIMILARITY = (
    "**Known**: similar enough to the photos of that person for a sure name. **Unsure**: less similar, so the name is a guess. "
    "**Unknown**: not similar enough to anybody. The percentage says how probable the name is if the face belongs to one of "
    "the people this run knows; it does not decide who is unknown."
)
_BY_PROBABILITY = (
    "**Known**: the network is sure enough of the name. **Unsure**: less sure, so the name is a guess. **Unknown**: too "
    "uncertain for any name. The percentage says how probable the name is if the face belongs to one of the people this run "
    "knows."
)


def choose_lines(run: Run) -> Thresholds | None:
    """Let the person choose how many strangers may get a name, and return the lines that follow.

    A run that no stranger was shown to has nothing to choose from: its own lines hold.
    """
    lines = run.thresholds
    if lines is None or lines.curve is None:
        if lines is not None:
            _not_chosen(lines)
        return lines
    if lines.automatic is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"A name is given from {line_in_words(lines)}. {as_text(lines.source)}", width="content")
            st.page_link(page_named("evaluate"), label="Change the line", icon=":material/analytics:")
        return lines
    own = round(1 / run.settings.openset.stranger_rate)
    chosen = st.select_slider(
        "How many strangers may get a name?",
        sorted({*STRANGERS, own}),
        value=own,
        format_func=lambda number: f"1 in {number:,}",
        key=f"strangers-{run.id}",
        persist_state="session",
        help=_bands(lines),
        width=520,
    )
    st.caption(_outcome(lines.curve, chosen), help=as_text(lines.source))
    current().predict.strangers[run.id] = chosen
    return lines.at(1 / chosen)


def line_name(run: Run, lines: Thresholds | None) -> str:
    """Return the line of a run as it stands in a sentence: whom it lets through."""
    if lines is None:
        return "the line of this run"
    if lines.curve is None:
        return "the line of this run" + (f", {percent(lines.known, 0)}" if lines.score == "probability" else "")
    if lines.automatic is not None:
        return "the line that was set by hand"
    number = current().predict.strangers.get(run.id) or round(1 / run.settings.openset.stranger_rate)
    return f"a line that lets 1 in {number:,} strangers through"


def _outcome(curve: StrangerCurve, chosen: int) -> str:
    said = f"About 1 in {chosen:,} strangers gets a name"
    named = curve.named_at(1 / chosen)
    if named is not None:
        said += f", and {percent(named)} of the known faces keep theirs"
    if chosen > curve.strangers:
        return f"{said}. Tested on {curve.strangers:,} faces of strangers only: this far out it is an estimate."
    return f"{said}."


def _not_chosen(lines: Thresholds) -> None:
    st.caption(as_text(lines.source), help=_bands(lines))
    if not lines.tested_on_strangers:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":orange[:material/warning:] Not tested on strangers: it may give a name to somebody it does not know.",
                width="content",
            )
            st.page_link(page_named("evaluate"), label="Test it on strangers", icon=":material/analytics:")


def _bands(lines: Thresholds) -> str:
    return _BY_SIMILARITY if lines.score == "similarity" else _BY_PROBABILITY
