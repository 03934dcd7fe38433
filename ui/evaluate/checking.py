"""The jobs behind the checks of a run: found again by their files, followed, and offered."""

from __future__ import annotations

import streamlit as st

from core import jobs
from core.runs import Run
from ui.guards import explained
from ui.progress import duration, watch

ENDED_EARLY = ("failed", "lost", "stopped")


def follow(run: Run, kind: str, check: str = "") -> bool:
    """Show the newest job of a kind for this run while it lives or where it ended early; return whether it lives.

    Args:
        run: The run.
        kind: Of the job, "honesty" or "learning_curve".
        check: Which of the honesty checks the job has to do; empty: any.
    """
    job = _newest(run, kind, check)
    if job is not None and (job.alive or job.state in ENDED_EARLY):
        watch(job.directory)
        if job.state == "stopped":
            _go_on(job)
        return job.alive
    return False


def _go_on(job: jobs.JobState) -> None:
    """Offer to go on with a stopped job: its finished trainings are kept."""
    if st.button("Go on", key=f"go-on-{job.directory.name}", icon=":material/play_arrow:"):
        with explained():
            jobs.resume(job.directory)
            st.rerun()


def _newest(run: Run, kind: str, check: str) -> jobs.JobState | None:
    for job in jobs.list_jobs():
        if job.kind == kind:
            about = jobs.read_description(job.directory)
            if about.get("run") == str(run.directory.absolute()) and (not check or check in about.get("checks", [])):
                return job
    return None


def cost(run: Run, trainings: float) -> str:
    """Return what so many trainings like that of the run take, in words."""
    seconds = (run.result or {}).get("training_seconds")
    count = f"{trainings:g} trainings" if trainings != 1 else "1 training"
    if not seconds:
        return f"Takes {count} like that of this run."
    return f"Takes {count} like that of this run, about {duration(trainings * seconds)} on the machine that trained it."


def say(level: str, words: str) -> None:
    """Show a verdict.

    Args:
        level: "good", "note" or "bad".
        words: What it says, escaped.
    """
    if level == "good":
        st.success(words, icon=":material/check_circle:")
    elif level == "note":
        st.info(words, icon=":material/info:")
    else:
        st.warning(words, icon=":material/warning:")
