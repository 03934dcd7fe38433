"""A job on a page: its bar, rate and remaining time while it runs, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import jobs
from ui.guards import as_text, explained

REFRESH_SECONDS = 1.0
_WHOLE_OR_NOT = ("import", "drift", "export", "packing")  # kinds of which nothing remains when they are stopped
_KEPT, _NOTHING_KEPT = "What is done so far is kept.", "Nothing is kept of what is done so far."
_CAN_GO_ON = {"failed", "lost", "paused"}


def watch(directory: Path, enough: Callable[[], bool] = lambda: False) -> jobs.JobState:
    """Show a job; while it is alive the view renews itself, and the page runs again when the job ends.

    Args:
        directory: The job's.
        enough: Asked at each renewal whether the page can go on before the job has ended.
    """
    job = jobs.read_job(directory)
    if job.alive:
        _live(directory, enough)
    else:
        show_end(job)
    return job


@st.fragment(run_every=REFRESH_SECONDS)
def _live(directory: Path, enough: Callable[[], bool]) -> None:
    job = jobs.read_job(directory)
    if not job.alive or enough():
        st.rerun()
    show_bar(job)
    stop_button(job)


def show_bar(job: jobs.JobState, detail: bool = True) -> None:
    """Draw the progress of a living job.

    Args:
        job: The job.
        detail: Whether to say below the bar what exactly is being done.
    """
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    st.progress(share, text=as_text(_line(job)))
    if detail and job.detail and job.state != "queued":
        st.caption(as_text(job.detail))


def _line(job: jobs.JobState) -> str:
    if job.state == "queued":
        return f"Waiting: {job.detail}" if job.detail else "Starting"
    if job.state == "stopping":
        return f"{job.stage or 'Working'}: stopping"
    words = [job.stage or "Starting"]
    if job.total:
        words.append(f"{job.done:,} of {job.total:,} {job.unit}")
    if job.rate and job.unit == "photos":
        words.append(f"{job.rate:,.0f} {job.unit} per second")
    if job.seconds_left is not None:
        words.append(f"{duration(job.seconds_left)} left")
    return " · ".join(words)


def stop_button(job: jobs.JobState, label: str = "Stop", help: str = "", place: str = "stop") -> None:
    """Offer to stop a living job; `place` tells apart the buttons of one job that stands in several places of a page."""
    help = help or (_NOTHING_KEPT if job.kind in _WHOLE_OR_NOT else _KEPT)
    st.button(
        label,
        key=f"{place}-{job.directory.name}",
        icon=":material/stop_circle:",
        help=help,
        disabled=job.state == "stopping",
        on_click=ask,
        args=(jobs.request_stop, job.directory),
    )


def ask(request: Callable[[Path], None], directory: Path) -> None:
    """Pass a person's request on to a job, before the page is drawn again."""
    with explained():
        request(directory)


def show_end(job: jobs.JobState) -> None:
    """Say how a job ended, with what to do next where it did not end well."""
    if job.state == "stopped":
        kept = "Nothing of it is kept." if job.kind in _WHOLE_OR_NOT else "What was done is kept."
        st.info(f"{as_text(job.title)}: stopped. {kept}", icon=":material/stop_circle:")
    elif job.state == "paused":
        st.info(f"{as_text(job.title)} is paused. It goes on from where it was.", icon=":material/pause_circle:")
    elif job.state == "lost":
        st.warning(f"{as_text(job.title)}: its process has vanished. It can go on from where it was.", icon=":material/error:")
    elif job.state == "failed":
        st.error(f"**{as_text(job.error or 'The job failed.')}** {as_text(job.remedy or '')}", icon=":material/error:")
    if job.state in _CAN_GO_ON and st.button("Go on", key=f"resume-{job.directory.name}", icon=":material/play_arrow:"):
        with explained():
            jobs.resume(job.directory)
            st.rerun()


def duration(seconds: float) -> str:
    """Return a time in words that a person reads at a glance: "8 s", "2 min 5 s", "1 h 12 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: int) -> str:
    """Return a number of bytes in words: "3.2 MB"."""
    if count < 1000:
        return f"{count} bytes"
    power = min(4, (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:,.1f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"
