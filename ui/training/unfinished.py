"""Trainings that were paused or broken off, each with a way to go on or to let it go."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.runs import Run, list_runs
from ui.guards import as_text, explained
from ui.session import current

MOST = 5  # shown at once; the table of runs has all
_ICONS = {"paused": ":material/pause_circle:", "lost": ":material/error:", "failed": ":material/error:"}
_WORDS = {"paused": "paused", "lost": "interrupted", "failed": "failed", "stopped": "stopped"}


def unfinished() -> None:
    """Show what was paused, has vanished or was stopped before it had a result, and what failed of this session's own."""
    waiting = [run for run in list_runs().runs if _can_go_on(run)]
    for run in waiting[:MOST]:
        _card(run)
    if len(waiting) > MOST:
        st.caption(f"And {len(waiting) - MOST} more, in the table below.")


def _can_go_on(run: Run) -> bool:
    if run.state in ("paused", "lost") or (run.state == "stopped" and run.history):
        return True
    return run.state in ("failed", "stopped") and run.id == current().watched


def _card(run: Run) -> None:
    with st.container(border=True), explained():
        job = jobs.read_job(run.directory)
        done = run.history[-1] if run.history else None
        so_far = f" after epoch {done.epoch} of {done.epochs}" if done else ""
        st.markdown(f"{_ICONS.get(run.state, ':material/stop_circle:')} **{as_text(run.name)}**: {_WORDS[run.state]}{so_far}")
        if job.error:
            st.error(f"**{as_text(job.error)}** {as_text(job.remedy)}")
        with st.container(horizontal=True):
            if st.button("Resume", key=f"go-on-{run.id}", icon=":material/play_arrow:"):
                jobs.resume(run.directory)
                current().follow(run.directory)
                st.rerun()
            with st.popover("Discard", key=f"let-go-{run.id}", icon=":material/delete:"):
                st.write("Deletes all of this training. This cannot be undone.")
                if st.button("Discard it", key=f"let-go-really-{run.id}", type="primary"):
                    jobs.request_discard(run.directory)
                    st.rerun()
