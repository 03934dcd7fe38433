"""Choosing a dataset, adding a folder, and seeing to it that its photos have been read."""

from __future__ import annotations

import streamlit as st

from core import datasets, jobs
from ui.guards import explained
from ui.progress import watch
from ui.session import current, keep_in_address, show_wanted

DATASET = "dataset"  # key of the widget, and its name in the address


def choose_dataset(opener: bool = True) -> datasets.Catalogue | None:
    """Let the person choose among the datasets that were opened before, or open a folder; the built-in one is always there.

    Args:
        opener: Whether a folder can be opened here; not where the page offers more ways to add photos.

    Returns:
        The dataset in view, with its photos read; None while they still are, or where that failed (the page says which).
    """
    known = {each.id: each for each in datasets.list_datasets()}
    builtin = datasets.open_dataset(datasets.BUILTIN)
    options = [builtin.id, *(each for each in known if each != builtin.id)]
    show_wanted(DATASET, options)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Dataset",
            options,
            format_func=lambda id: known[id].name if id in known else builtin.name,
            key=DATASET,
            persist_state="session",
            width=360,
        )
        if opener:
            _add_folder()
    keep_in_address(DATASET, chosen)
    with explained():
        return _with_photos_read(datasets.get_dataset(chosen))
    _forget(chosen)
    return None


def _add_folder() -> None:
    # The key changes with every opened folder: then the popover that was used is gone, and does not cover the photos.
    opener = st.popover("Open a folder", icon=":material/create_new_folder:", key=f"opener-{current().opened}")
    with opener, st.form("open-folder", border=False):
        path = st.text_input(
            "Folder on this computer",
            placeholder="/home/me/photos",
            help="One folder of photos per person inside it; train, val and test folders around them are fine too.",
        )
        if st.form_submit_button("Open", type="primary", icon=":material/folder_open:"):
            with explained():
                open_folder(path)


def open_folder(path: str) -> None:
    """Open `path` as a dataset, start reading it, and put it in view.

    Raises:
        DatasetError: there is no such folder.
        JobError: the reading cannot be started.
    """
    catalogue = datasets.open_dataset(path.strip())
    session = current()
    session.wanted[DATASET], session.opened = catalogue.id, session.opened + 1
    jobs.start_preparation(catalogue.source, session.settings.face)
    st.rerun()


def _with_photos_read(catalogue: datasets.Catalogue) -> datasets.Catalogue | None:
    if catalogue.summary().scanned_at is not None:
        return catalogue
    if catalogue.source == datasets.BUILTIN:
        with st.spinner("Reading the built-in faces …"), explained():  # 400 small photos: under two seconds
            datasets.scan(catalogue)
            return catalogue
        return None
    return catalogue if _offer_reading(catalogue) else None


def _offer_reading(catalogue: datasets.Catalogue) -> bool:
    """Show the running preparation, or offer to start one."""
    job = preparation_of(catalogue)
    if job is not None and (job.alive or job.state in ("failed", "lost")):
        watch(job.directory, enough=lambda: catalogue.summary().scanned_at is not None)
        return False
    st.info("The photos of this folder have not been read yet.", icon=":material/hourglass_empty:")
    if st.button("Read the photos", type="primary", icon=":material/play_arrow:"):
        with explained():
            jobs.start_preparation(catalogue.source, current().settings.face)
            st.rerun()
    return False


def preparation_of(catalogue: datasets.Catalogue) -> jobs.JobState | None:
    """Return the newest preparation of this dataset, None where there was none."""
    preparations = (job for job in jobs.list_jobs() if job.kind == "preparation")
    return next((job for job in preparations if jobs.read_description(job.directory).get("source") == catalogue.source), None)


def _forget(dataset: str) -> None:
    """Offer a way on where a dataset's catalogue cannot be read."""
    if st.button("Delete this dataset from Visage", icon=":material/delete:", help="The photos stay where they are."):
        with explained():
            datasets.delete_dataset(dataset)
            st.rerun()
