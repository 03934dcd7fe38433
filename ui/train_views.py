"""The parts of the Train page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import figures, jobs
from core.datasets import Catalogue
from core.errors import RunError, VisageError
from core.runs import Run, delete_run, list_runs, read_run, rename_run
from ui.components import chart, figures_row, percent
from ui.frame import page_named
from ui.guards import as_text, explained, show_error
from ui.progress import REFRESH_SECONDS, duration, show_bar, show_end, size, stop_button
from ui.run_picker import RUN
from ui.session import current
from ui.settings_tabs import uses_embedding


def start_button(catalogue: Catalogue) -> None:
    """Start a training with the settings in view; it waits its turn if another one runs."""
    session = current()
    about = catalogue.summary()
    strangers = f" {about.strangers:,} more show strangers, who test it." if about.strangers else ""
    st.write(f"{about.photos - about.strangers:,} photos of {about.people:,} people from {as_text(about.name)}.{strangers}")
    busy = any(job.kind == "training" for job in jobs.list_jobs(live_only=True))
    if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=about.people < 2):
        with explained():
            directory = jobs.start_training(session.use_source(catalogue.source))
            session.watched = directory.name
            st.rerun()
    if about.people < 2:
        st.info("A classifier needs photos of at least two people.", icon=":material/group:")
    elif busy:
        st.caption("Another training runs; this one would wait for it, also with this page closed.")


def runs() -> None:
    """Show what runs, what waits, and what has been trained."""
    found = list_runs()
    if not found.runs and not found.broken:
        st.caption("Nothing has been trained yet.")
    for run in found.runs:
        _card(run)
    for directory, error in found.broken:
        with st.expander(as_text(directory.name), icon=":material/broken_image:"):
            show_error(error)


def _card(run: Run) -> None:
    live = run.state in ("queued", "running", "stopping")
    opened = live or current().watched == run.id
    # A living run changes without this line being drawn again, so its state stands inside, where it is kept fresh.
    label = as_text(run.name) if live else f"{as_text(run.name)} · {_state_in_words(run)}"
    icon = _ICONS["running" if live else run.state]
    card = st.expander(label, opened, icon=icon, key=f"run-{run.id}-{live}", on_change="rerun")
    with card:
        if live:
            live_view(str(run.directory))
        elif card.open:  # closed cards draw no curves, so a hundred runs open as fast as one
            _ended(run)


_ICONS = {
    "prepared": ":material/draft:",
    "running": ":material/model_training:",
    "done": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "lost": ":material/error:",
}


def _state_in_words(run: Run) -> str:
    if run.result is None:
        return {"lost": "interrupted", "prepared": "not started"}.get(run.state, run.state)
    accuracy = run.result["test"]["accuracy"] if run.result.get("test") else None
    early = ", stopped early" if run.stopped else ""
    return f"test accuracy {percent(accuracy)}{early}"


@st.fragment(run_every=REFRESH_SECONDS)
def live_view(directory: str) -> None:
    """Show a living training: progress, figures, curves; runs the page again when it ends."""
    try:
        job, run = jobs.read_job(Path(directory)), read_run(Path(directory))
    except VisageError as error:
        show_error(error)
        return
    if not job.alive:
        st.rerun()
    show_bar(job)
    stop_button(job, "Stop and keep the best", "Ends the training now; the best epoch so far becomes the result.")
    if run.history:
        _figures_of(run)
        learning_curves(run, f"live-{run.id}")


def _figures_of(run: Run) -> None:
    last = run.history[-1]
    unit = unit_of(run)
    row = [
        (unit, f"{last.epoch} of {last.epochs}", f"One {unit.lower()} sees every training photo once."),
        ("Training", percent(last.accuracy), "Accuracy on randomly changed faces, so it may lie below validation."),
        ("Validation", percent(last.validation_accuracy), "Accuracy on photos the network does not learn from."),
    ]
    if unit == "Epoch":
        row.append(("Learning rate", f"{last.learning_rate:.2g}", "Size of the weight changes in this epoch."))
    figures_row(row)


def unit_of(run: Run) -> str:
    """Return what a run's history counts: steps of a head on an embedding, else epochs."""
    return "Step" if uses_embedding(run.settings) else "Epoch"


def learning_curves(run: Run, key: str) -> None:
    """Draw accuracy and loss over the epochs, training beside validation."""
    unit = unit_of(run)
    accuracy, loss = st.columns(2)
    with accuracy:
        words = "Accuracy: share of faces named right."
        chart(figures.learning_curves(run.history, "accuracy", unit), f"{key}-accuracy", words)
    with loss:
        chart(
            figures.learning_curves(run.history, "loss", unit),
            f"{key}-loss",
            "Loss: lower is better; validation rising again means learning by heart.",
        )


def _ended(run: Run) -> None:
    show_end(jobs.read_job(run.directory))
    if run.result is not None:
        _result(run)
    if run.history:
        learning_curves(run, f"ended-{run.id}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _rename(run)
        _delete(run)
    st.caption(f"{run.created.astimezone():%d %b %Y %H:%M} · {size(run.disk_bytes)} on disk · {as_text(str(run.directory))}")


def _result(run: Run) -> None:
    assert run.result is not None
    parts = [(name, run.result.get(name) or {}) for name in ("train", "validation", "test")]
    words = {"train": "Training", "validation": "Validation", "test": "Test"}
    row = [
        (words[name], percent(part.get("accuracy")), f"Share of its {part.get('photos', 0)} photos named right.")
        for name, part in parts
    ]
    figures_row([*row, ("Time", duration(run.result["seconds"]), "From the first photo to the saved network.")])
    with st.container(horizontal=True):
        for page, label in (("evaluate", "Evaluate it"), ("predict", "Name faces with it")):
            if st.button(label, key=f"{page}-{run.id}", icon=":material/arrow_forward:"):
                current().wanted[RUN] = run.id
                st.switch_page(page_named(page))


def _rename(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("Name", run.name, key=f"name-{run.id}", max_chars=80)
        if st.button("Save", key=f"save-name-{run.id}") and name.strip():
            with explained():
                rename_run(run.directory, name.strip())
                st.rerun()


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.write("Deletes the run with its network. This cannot be undone.")
        if st.button("Delete the run", key=f"delete-{run.id}", type="primary"):
            try:
                delete_run(run.directory)
                st.rerun()
            except RunError as error:
                show_error(error)
