"""What can be done with a run that has ended: go on with it, note something, give it another name, throw it away."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from core import jobs
from core.errors import RunError
from core.experiment.events import events_root
from core.jobs.making import job_directories, kind_of
from core.runs import Run, drop_state, list_runs, rename_run, state_bytes, why_not_longer
from core.runs.bin import bin_run
from core.runs.notes import MOST_TAGS, TAG_LENGTH, TEXT_LENGTH, Notes, read_notes, write_notes
from core.settings import PRESETS, DataSettings, Settings, limits_of
from ui.dataset_picker import DATASET
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.progress import size, watch
from ui.run_picker import RUN
from ui.session import current


def offer_actions(run: Run) -> None:
    """Offer what can be done with a run that has ended."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if run.result is not None:
            _go_on(run)
        _longer(run)
        if st.button("Use these settings", key=f"use-{run.id}", icon=":material/tune:"):
            use_settings(run)
        _edit_notes(run)
        _rename(run)
        _tensorboard(run)
        _free_state(run)
        if st.button("Delete", key=f"delete-{run.id}", icon=":material/delete:", help="It can be brought back for a week."):
            throw_away([run])


def _go_on(run: Run) -> None:
    for page, label in (("evaluate", "Evaluate it"), ("predict", "Name faces with it")):
        if st.button(label, key=f"{page}-{run.id}", icon=":material/arrow_forward:"):
            current().wanted[RUN] = run.id
            st.switch_page(page_named(page))


def use_settings(run: Run) -> None:
    """Put a run's settings, and its dataset, in view above."""
    session = current()
    session.bring_settings(_of_preset(run.settings), f"These are the settings of {run.name}.")
    if run.dataset is not None:
        session.wanted[DATASET] = run.dataset.id
    st.rerun()


def _of_preset(settings: Settings) -> Settings:
    """Return settings under a preset that there is: a run may have one of its own, or of another program."""
    architecture = settings.model.architecture
    known = settings.preset if settings.preset in PRESETS else architecture
    return replace(settings, preset=known, data=DataSettings())


def throw_away(runs: list[Run]) -> None:
    """Put runs into the bin, and offer to undo it."""
    session = current()
    with explained():
        session.deleted_runs = []
        for run in runs:
            session.deleted_runs.append(bin_run(run.directory).id)
        session.chosen_runs = []
        st.rerun()


def _edit_notes(run: Run) -> None:
    notes = read_notes(run.directory)
    with st.popover("Notes", icon=":material/edit_note:"), st.form(f"notes-{run.id}", border=False):
        text = st.text_area("Notes", notes.text, max_chars=TEXT_LENGTH, key=f"note-text-{run.id}")
        tags = st.multiselect(
            "Tags",
            sorted({*_known_tags(), *notes.tags}, key=str.casefold),
            notes.tags,
            accept_new_options=True,
            max_selections=MOST_TAGS,
            key=f"note-tags-{run.id}",
            placeholder="Type a word",
            help=f"Short words to find runs by, up to {TAG_LENGTH} letters each.",
        )
        if st.form_submit_button("Save", type="primary"):
            keep_notes(run, replace(notes, text=text, tags=tuple(tags)))


def _known_tags() -> set[str]:
    return {tag for run in list_runs().runs for tag in read_notes(run.directory).tags}


def _rename(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("Name", run.name, key=f"name-{run.id}", max_chars=80)
        if st.button("Save", key=f"save-name-{run.id}") and name.strip():
            with explained():
                rename_run(run.directory, name.strip())
                st.rerun()


def _tensorboard(run: Run) -> None:
    if not _has_history(run):
        return
    with st.popover("TensorBoard", icon=":material/monitoring:"):
        st.write("Writes the curves as files that the program TensorBoard shows, to lay them beside those of other programs.")
        written = _events_job(run)
        if written is not None:
            job = watch(written.directory)
            if job.alive:
                return
            if job.state == "done":
                st.code(f"pip install tensorboard\ntensorboard --logdir {events_root()}", language="bash", wrap_lines=True)
        if st.button("Write them" if written is None else "Write them again", key=f"events-{run.id}"):
            with explained():
                jobs.start_events(run.directory)
                st.rerun()


def _events_job(run: Run) -> jobs.JobState | None:
    """Return the newest job that wrote this run's curves, None where there was none."""
    for directory in reversed(job_directories()):
        if kind_of(directory) == "events" and jobs.read_description(directory).get("run") == str(run.directory):
            return jobs.read_job(directory)
    return None


def _has_history(run: Run) -> bool:
    with suppress(RunError):
        return bool(run.history)
    return False


def _longer(run: Run) -> None:
    """Offer to go on from the end of a finished training, where that can be done."""
    if run.state != "done" or run.settings.model.architecture == "embedding":
        return
    refusal = why_not_longer(run)
    with st.popover("Train longer", icon=":material/more_time:"):
        if refusal:
            st.caption(as_text(refusal))
            return
        st.write("Goes on from the end of this training, with the same photos, as a new run. This one stays as it is.")
        epochs = run.result["epochs"] if run.result else len(run.history)
        most = limits_of(run.settings.training, "epochs").high or epochs
        room = int(most) - epochs
        if room < 1:
            st.caption(f"It has had {epochs} epochs, the most there can be.")
            return
        extra = st.number_input("More epochs", 1, room, min(room, max(1, epochs // 2)), key=f"longer-{run.id}")
        if st.button("Train longer", key=f"start-longer-{run.id}", type="primary", icon=":material/play_arrow:"):
            with explained():
                current().follow(jobs.start_longer(run.directory, int(extra)))
                st.rerun()


def _free_state(run: Run) -> None:
    """Offer to free what is kept to train longer."""
    kept = state_bytes(run)
    if not kept:
        return
    words = f"Frees {size(kept)} that are kept to train this run longer. The network itself stays."
    if st.button("Free space", key=f"free-{run.id}", icon=":material/compress:", help=words):
        with explained():
            drop_state(run)
            st.rerun()


def keep_notes(run: Run, notes: Notes) -> None:
    """Keep what is noted of a run, and show it."""
    with explained():
        write_notes(run.directory, notes)
        st.rerun()
