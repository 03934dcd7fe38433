"""The batches on the Predict page: many photos that are answered in the background, and what has come of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from core import batch as all_batches
from core import jobs
from core.errors import JobError
from core.openset import Thresholds
from core.runs import Run
from ui.components import folded
from ui.guards import as_text, explained
from ui.predict.batch_view import batch_view, in_short
from ui.session import current, keep_in_address

BATCH = "batch"  # the opened one, in the address
LISTED = 5  # batches on a page of the list


def batches(run: Run | None, lines: Thresholds | None) -> None:
    """Show the batches of a run, and the one that is open; what happens there draws only this part of the page again.

    Args:
        run: The run that is chosen; None where there is none, then what others have left can still be seen and deleted.
        lines: Where known and unknown lie for it.
    """
    _batches(run, lines)


def open_batch(directory: Path) -> None:
    """Show a batch that was just started."""
    st.query_params[BATCH] = directory.name
    current().predict.batch.open(directory.name)


def close_batch() -> None:
    """Show no batch."""
    if BATCH in st.query_params:
        del st.query_params[BATCH]
    current().predict.batch.open("")


@st.fragment
def _batches(run: Run | None, lines: Thresholds | None) -> None:
    _say()
    with explained():
        every = all_batches.list_batches()
        if not every:
            return
        abouts = {job.directory: _about(job) for job in every}
        own = {directory for directory, about in abouts.items() if run and about.get("run") == str(run.directory)}
        opened = _opened(every)
        st.subheader("Batches", anchor=False)
        st.caption(f"They go on when this page is closed. The latest {all_batches.KEPT_BATCHES} that have ended are kept.")
        _list([job for job in every if job.directory in own], opened, "own")
        others = [job for job in every if job.directory not in own]
        if others:
            label = f"Batches of other runs ({len(others):,})"
            folded(label, "other-batches", ":material/folder_open:", lambda: _list(others, opened, "other"))
        if opened is not None:
            with st.container(border=True):
                batch_view(opened, run, lines, close_batch)


def _say() -> None:
    """Tell once what the last action did."""
    if current().said:
        st.toast(as_text(current().said), icon=":material/check:")
        current().said = ""


def _opened(every: Sequence[jobs.JobState]) -> Path | None:
    """Return the batch that the address or this session asks for, where it is still there."""
    memory = current().predict.batch
    wanted = st.query_params.get(BATCH, "") or memory.opened
    found = next((job.directory for job in every if job.directory.name == wanted), None)
    if found is None:
        if wanted:
            close_batch()
        return None
    if memory.opened != wanted:
        memory.open(wanted)
    keep_in_address(BATCH, wanted)
    return found


def _list(shown: Sequence[jobs.JobState], opened: Path | None, key: str) -> None:
    if [job.directory for job in shown] == [opened]:
        return
    pages = -(-len(shown) // LISTED)
    number = st.pagination(pages, key=f"batches-{key}") if pages > 1 else 1
    for job in shown[(number - 1) * LISTED : number * LISTED]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            mark = ":material/hourglass_top: " if job.alive else ""
            st.markdown(f"{mark}**{as_text(job.title)}** · {_made(job)} · {in_short(job)}", width="stretch")
            if job.directory != opened:
                st.button("Open", key=f"open-{job.directory.name}", on_click=open_batch, args=(job.directory,))


def _about(job: jobs.JobState) -> dict[str, Any]:
    """Return the description of a batch; empty where it is damaged."""
    try:
        return jobs.read_description(job.directory)
    except JobError:
        return {}


def _made(job: jobs.JobState) -> str:
    created = str(_about(job).get("created", ""))
    return f"{datetime.fromisoformat(created).astimezone():%d %b %H:%M}" if created else "?"
