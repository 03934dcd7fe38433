"""What runs and what waits its turn, as the Train page follows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import jobs
from core.errors import JobError
from core.jobs.queue import queued_directories, training_directory
from core.runs import layout
from ui.guards import as_text
from ui.progress import ask


def at_work() -> list[Path]:
    """Return the directory of the job that runs, then those that wait, in their order; a few small files are read."""
    waiting = queued_directories()
    running = training_directory()
    return [running, *waiting] if running else waiting


def queue(directories: list[Path]) -> None:
    """List the jobs that wait, with their place, each with a way to take it out."""
    if not directories:
        return
    st.markdown(f"**Waiting: {len(directories)}**")
    for place, directory in enumerate(directories, start=1):
        try:
            job = jobs.read_job(directory)
        except JobError:  # gone this moment
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{place}. {as_text(job.title)}", width="stretch")
            st.button(
                "Take out",
                key=f"out-{directory.name}",
                icon=":material/close:",
                type="tertiary",
                on_click=ask,
                args=(_way_out(job), directory),
            )


def _way_out(job: jobs.JobState) -> Callable[[Path], None]:
    """Return how a waiting job leaves the queue: a training that has learnt something keeps it, all others vanish or stop."""
    if job.kind != "training":
        return jobs.request_stop
    return jobs.request_pause if (job.directory / layout.HISTORY).exists() else jobs.request_discard
