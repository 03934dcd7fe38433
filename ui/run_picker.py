"""Choosing a trained run."""

from __future__ import annotations

import streamlit as st

from core.runs import Run, list_runs
from ui.components import percent
from ui.frame import page_named
from ui.guards import empty_state
from ui.session import keep_in_address, show_wanted

RUN = "run"  # key of the widget, and its name in the address


def finished_runs() -> list[Run]:
    """Return the runs that hold a trained network, newest first."""
    return [run for run in list_runs().runs if run.result is not None]


def choose_run() -> Run | None:
    """Let the person choose among the finished runs; the newest is the default. None, and a way on, without any."""
    runs = {run.id: run for run in finished_runs()}
    if not runs:
        empty_state("There is no trained network yet.", "Train one", page_named("train"))
        return None
    show_wanted(RUN, runs)
    chosen = st.selectbox(
        "Run", list(runs), format_func=lambda id: describe(runs[id]), key=RUN, persist_state="session", width=520
    )
    keep_in_address(RUN, chosen)
    return runs[chosen]


def describe(run: Run) -> str:
    """Return one line that tells runs apart: name, dataset, validation accuracy, time."""
    validation = run.result["validation"]["accuracy"] if run.result and run.result.get("validation") else None
    photos = run.dataset.name if run.dataset else "?"
    return f"{run.name} · {photos} · validation {percent(validation, 0)} · {run.created.astimezone():%d %b %H:%M}"
