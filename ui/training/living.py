"""What trains now, renewed every second, and what waits behind it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import jobs
from core.errors import VisageError
from core.runs import Run, read_run
from core.runs.examining import counts_in
from core.runs.live import Live, read_live, read_samples
from core.training import SELECT, EpochReport
from ui.components import percent
from ui.guards import as_text, explained, show_error
from ui.presets_views import roughly, title_of
from ui.progress import ask, show_bar, stop_button
from ui.resources.training import history_of
from ui.training.advice import findings
from ui.training.curves import HEIGHT, TITLES, live_curve
from ui.training.samples import sample_faces
from ui.training.waiting import at_work, queue

# What happens is on the page within a second, the writing of the file and the drawing included.
LIVE_SECONDS = 0.7
Reports = tuple[EpochReport, ...]
IDLE_SECONDS = 3.0  # with nothing at work: something may be started elsewhere


def living() -> None:
    """Show what runs and what waits; the page runs again when a job comes or goes."""
    directories = at_work()
    follow = st.fragment(_follow, run_every=LIVE_SECONDS if directories else IDLE_SECONDS)
    follow(directories)


def _follow(drawn: list[Path]) -> None:
    directories = at_work()
    if directories != drawn:
        st.rerun()
    if not directories:
        return
    st.subheader("At work", anchor="at-work")
    with st.container(border=True):
        try:
            _first(jobs.read_job(directories[0]))
        except VisageError as error:
            show_error(error)
    queue(directories[1:])


def _first(job: jobs.JobState) -> None:
    if job.kind == "training":
        _training(job, read_run(job.directory))
        return
    st.markdown(f"**{as_text(job.title)}**")
    show_bar(job)
    stop_button(job, place="at-work")


def _training(job: jobs.JobState, run: Run) -> None:
    live, history = read_live(run.directory), history_of(run)
    photos = f" · {as_text(run.dataset.name)}" if run.dataset else ""
    st.markdown(f"**{as_text(run.name)}** · {title_of(run.settings.preset)}{photos}")
    show_bar(job, detail=live is None)
    _epoch_bar(live, counts_in(run))
    _buttons(job)
    if history or live:
        _figures(job, history, live, counts_in(run))
        _curves(run, history, live)
    with explained():
        sample_faces(run, read_samples(run.directory))
    findings(run, history)


def _epoch_bar(live: Live | None, unit: str) -> None:
    """Show how far the epoch under way is; of a head nothing is known but its steps."""
    if live is None or not live.steps:
        return
    phase = "" if live.phase == SELECT else " of the refit"
    words = f"{unit} {live.epoch} of {live.epochs}{phase} · step {live.step} of {live.steps}"
    st.progress(min(live.step / live.steps, 1.0), text=words)


def _buttons(job: jobs.JobState) -> None:
    name, asked = job.directory.name, {"disabled": job.state == "stopping"}
    with st.container(horizontal=True):
        stop_button(job, "Stop and keep the best", "Ends the training now; the best epoch so far becomes the result.")
        st.button(
            "Pause",
            key=f"pause-{name}",
            icon=":material/pause_circle:",
            help="Ends after this epoch and keeps where it stands; Resume goes on from there, also after days.",
            on_click=ask,
            args=(jobs.request_pause, job.directory),
            **asked,
        )
        with st.popover("Stop and discard", key=f"discard-{name}", icon=":material/delete:", **asked):
            st.write("Ends the training now and deletes all of it. This cannot be undone.")
            st.button(
                "Discard it",
                key=f"discard-really-{name}",
                type="primary",
                on_click=ask,
                args=(jobs.request_discard, job.directory),
            )


def _figures(job: jobs.JobState, history: Reports, live: Live | None, unit: str) -> None:
    now = live or history[-1]
    best = [each for each in history if each.phase == SELECT and each.best][-1:]
    left, speed, memory = job.seconds_left, now.photos_per_second, now.memory_bytes
    row = [
        ("Training", percent(now.accuracy), "Accuracy on randomly changed faces, so it may lie below validation."),
        ("Validation", _validation(history), "Accuracy on photos the network does not learn from."),
        ("Loss", f"{now.loss:.3f}", "Of the training faces: how wrong the names are, and how sure."),
        (f"Best {unit.lower()}", f"{best[0].epoch}" if best else "–", "The one with the lowest validation loss; it is kept."),
        ("Learning rate", f"{now.learning_rate:.2g}", "Size of the weight changes in this epoch."),
        ("Time left", "–" if left is None else roughly(left), "At the present speed; early stopping may end it before."),
        ("Photos/s", f"{speed:,.0f}" if speed else "–", "How many photos the network learns from in a second."),
        ("Memory", f"{memory / 1e9:.2f} GB" if memory else "–", "What the training process holds."),
    ]
    with st.grid(4, min_column_width=130):
        for label, value, words in row:
            st.metric(label, value, help=words, border=True)


def _validation(history: Reports) -> str:
    known = [each.validation_accuracy for each in history if each.validation_accuracy is not None]
    return percent(known[-1]) if known else "–"


def _curves(run: Run, history: Reports, live: Live | None) -> None:
    unit = counts_in(run)
    measures = [each for each in TITLES if each != "learning_rate" or unit == "Epoch"]
    with st.grid(len(measures), min_column_width=280):
        for measure in measures:
            with st.container(gap=None):
                st.caption(TITLES[measure])
                chart = live_curve(history, live, measure, unit)
                words = f"{TITLES[measure]} over the {unit.lower()}s so far"
                st.echarts_chart(chart, key=f"live-{run.id}-{measure}", height=HEIGHT, alt=words)
