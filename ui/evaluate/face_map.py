"""The map of judged faces as the run's own network sees them: people as islands, mistakes marked, points open the card."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.figures.explain import MapPoints, judged_map
from core.review import Judged
from core.runs import Run
from ui.evaluate.why import heading, why_card
from ui.guards import explained
from ui.resources import explain

DRAWN_AT_ONCE = 300  # faces; placing more takes seconds


def embedding_map(run: Run, judged: Judged) -> None:
    """Show a point for each face of a set; a click, or the menu, opens its card."""
    with explained():
        if explain.taught(run, judged.key) is None:
            st.info(
                "This run was trained before Visage kept what its network sees. Train again to have a map of its faces.",
                icon=":material/info:",
            )
            return
        known = explain.taught(run, judged.key)
        faces = 0 if known is None else sum(sha256 in known.every.row_of for sha256 in judged.sha256)
        if not faces:
            st.info(
                "These photos were judged before Visage kept what its network sees in them. Evaluate the folder again to have "
                "a map of its faces.",
                icon=":material/info:",
            )
            return
        asked = f"map-asked-{run.id}-{judged.key}"
        if faces > DRAWN_AT_ONCE and not st.toggle(
            f"Draw the map of {faces:,} faces", key=asked, help="Takes some seconds, once."
        ):
            return
        _map(run, judged)


def _map(run: Run, judged: Judged) -> None:
    key = f"judged-map-{run.id}-{judged.key}"
    rows, places = explain.places(run, judged.key)
    movable = st.toggle("Move and zoom", key=f"{key}-movable", help="Drag to move, scroll to zoom.")
    points = MapPoints(
        places, judged.labels[rows], np.asarray(judged.wrong[rows]), [heading(judged, row) for row in rows], rows
    )
    chosen: Any = st.plotly_chart(
        judged_map(points, judged.people, movable),
        width="stretch",
        key=key,
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "displayModeBar": False, "scrollZoom": movable},
    )
    st.caption(
        "Faces that the network finds alike lie side by side, so each person is an island. Rings mark faces that were named "
        "wrong. Click a point to see why; on a phone tap it twice."
    )
    opened = _choose(judged, rows, [_row(each) for each in chosen.selection.points if "customdata" in each], key)
    if opened is not None:
        with st.container(border=True):
            why_card(run, judged, opened)


def _row(point: Any) -> int:
    value = point["customdata"]
    return int(value[0] if isinstance(value, list) else value)


def _choose(judged: Judged, rows: list[int], clicked: list[int], key: str) -> int | None:
    """Return the face that was clicked, or chosen in the menu, which lists the mistakes first."""
    order = sorted(rows, key=lambda row: (not judged.wrong[row], judged.paths[row]))
    first = order.index(clicked[0]) if clicked and clicked[0] in order else None
    return st.selectbox(
        "Look at", order, index=first, format_func=lambda row: f"{heading(judged, row)} · {judged.paths[row]}",
        placeholder="Click a point, or choose a face", key=f"{key}-{first}",
    )  # fmt: skip
