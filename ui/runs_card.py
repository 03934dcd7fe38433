"""One run that has ended: its figures, curves, notes, and what the training doctor says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core import figures, jobs
from core.experiment.ranking import RankedRun
from core.runs import Run
from core.runs.examining import counts_in, examine
from ui.components import chart, figures_row, percent
from ui.guards import as_text, explained
from ui.progress import duration, show_end, size
from ui.runs_actions import keep_notes, offer_actions


def state_in_words(run: Run) -> str:
    """Return how a run stands in a word or two."""
    if run.result is not None:
        return "stopped early" if run.stopped else "finished"
    return {"lost": "interrupted", "prepared": "not started"}.get(run.state, run.state)


def run_card(ranked: RankedRun) -> None:
    """Show a run that has ended."""
    run = ranked.run
    with st.container(border=True, key=f"run-{run.id}"):
        _head(ranked)
        show_end(jobs.read_job(run.directory))
        with explained():
            _figures(ranked)
            _findings(run)
            _curves(run)
        offer_actions(run)
        _footer(run)


def _head(ranked: RankedRun) -> None:
    run, notes = ranked.run, ranked.notes
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {as_text(run.name)}", width="stretch")
        star = st.button(
            "Take the star away" if notes.star else "Star",
            key=f"star-{run.id}",
            icon=":material/star:" if not notes.star else ":material/star_half:",
            type="tertiary",
        )
    if star:
        keep_notes(run, replace(notes, star=not notes.star))
    if notes.star or notes.tags:
        tags = " ".join(f":gray-badge[{as_text(tag)}]" for tag in notes.tags)
        st.markdown(f"{':orange-badge[★]' if notes.star else ''} {tags}".strip())
    if notes.text:
        st.text(notes.text)


def _figures(ranked: RankedRun) -> None:
    run = ranked.run
    if run.result is None:
        return
    row = [
        ("Validation", percent(ranked.validation), "Accuracy on the photos that chose the network; runs are ranked by it."),
        ("Test", percent(ranked.test), _of_test(run.result)),
        ("Time", duration(run.result.get("seconds", 0)), "From the first photo to the saved network."),
        (
            f"{counts_in(run)}s",
            f"{run.result.get('epochs', len(run.history)):,}",
            "Before validation or the settings ended it.",
        ),
    ]
    if ranked.crossvalidation is not None:
        words = f"Mean accuracy of {ranked.folds} folds; every photo judges once. Runs are ranked by it."
        row.insert(0, ("Cross-validation", percent(ranked.crossvalidation), words))
    figures_row(row)


def _of_test(result: dict[str, Any]) -> str:
    photos = (result.get("test") or {}).get("photos", 0)
    return f"Accuracy on {photos:,} photos that had no part in the training. It tells how good the run is; do not choose by it."


def _findings(run: Run) -> None:
    """Say what the training doctor has found."""
    for finding in examine(run):
        words = f"{as_text(finding.words)} {as_text(finding.advice)}"
        if finding.level == "warning":
            st.warning(words, icon=":material/stethoscope:")
        else:
            st.info(words, icon=":material/stethoscope:")


def _curves(run: Run) -> None:
    if not run.history:
        return
    unit = counts_in(run)
    accuracy, loss = st.columns(2)
    with accuracy:
        drawn = figures.learning_curves(run.history, "accuracy", unit)
        chart(drawn, f"ended-{run.id}-accuracy", "Accuracy: share of faces named right.")
    with loss:
        drawn = figures.learning_curves(run.history, "loss", unit)
        words = "Loss: lower is better; validation rising again means learning by heart."
        chart(drawn, f"ended-{run.id}-loss", words)


def _footer(run: Run) -> None:
    where = as_text(str(run.directory))
    st.caption(f"{run.created.astimezone():%d %b %Y %H:%M} · {size(run.disk_bytes)} on disk · {where}")
