"""One batch: its progress, its figures, and its faces as table, albums, groups and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import batch as batches
from core import jobs
from core.batch import Batch
from core.errors import RunError
from core.openset import Thresholds
from core.recognizer import read_finished_run
from core.runs import Run
from ui.components import figures_row, tabs
from ui.guards import as_text, explained
from ui.predict.batch_albums import albums
from ui.predict.batch_downloads import describe_source, downloads
from ui.predict.batch_faces import face_strip
from ui.predict.batch_groups import groups
from ui.predict.batch_keeping import keep_the_named
from ui.predict.batch_naming import offer_undo
from ui.predict.batch_photo import photo_dialog
from ui.predict.batch_table import table, without_faces
from ui.predict.batch_words import counted
from ui.progress import REFRESH_SECONDS, ask, show_bar, show_end, stop_button
from ui.resources import batches as kept

LATEST = 8  # faces that are shown while the batch is at work
TABS = "batch-tab"


def batch_view(directory: Path, run: Run | None, lines: Thresholds | None, close: Callable[[], None]) -> None:
    """Show an opened batch.

    Args:
        directory: Of its job.
        run: The run that is chosen on the page; another one's batch is shown as that run has left it.
        lines: The lines that are chosen on the page for it.
        close: Closes the view.
    """
    job = jobs.read_job(directory)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(as_text(job.title), anchor=False)
        st.button("Close", icon=":material/close:", key="close-batch", on_click=close)
        _delete(directory, close)
    with explained():
        run, lines = _its_run(directory, run, lines)
        batch = kept.batch_of(directory, run, lines)
        st.caption(describe_source(batch))
        if job.alive:
            _live(directory, run, lines)
        else:
            _ended(job)
            _figures(batch)
        if job.alive:
            st.button("Show below what is there by now", icon=":material/refresh:", key="refresh-batch")
        if batch.photos or batch.skipped:
            news = st.container()
            _parts(batch, run, lines)
            photo_dialog(batch)
            with news:  # last, as it may take a while
                offer_undo(batch, run)
                keep_the_named(batch, run)


def _its_run(directory: Path, run: Run | None, lines: Thresholds | None) -> tuple[Run | None, Thresholds | None]:
    """Return the batch's run, None where it is gone, and the lines that are chosen for it."""
    made_by = kept.batch_of(directory).run_directory
    if run is not None and run.directory == made_by:
        return run, lines
    try:
        return read_finished_run(made_by), None
    except RunError:  # deleted since
        return None, None


def _delete(directory: Path, close: Callable[[], None]) -> None:
    with st.popover("Delete", icon=":material/delete:", key="delete-batch"):
        st.write(
            "Deletes the answers, the faces, the zip files and the copies of photos. A folder of yours is not touched, and "
            "what you kept for the next training stays in the dataset."
        )
        if st.button("Delete this batch", type="primary", key="deleted-batch"):
            with explained():
                batches.delete_batch(directory)
                kept.forget()
                close()
                st.rerun()


def _ended(job: jobs.JobState) -> None:
    show_end(job)
    if job.state == "stopped":
        st.button("Go on", icon=":material/play_arrow:", key="go-on-batch", on_click=ask, args=(jobs.resume, job.directory))


@st.fragment(run_every=REFRESH_SECONDS)
def _live(directory: Path, run: Run | None, lines: Thresholds | None) -> None:
    """Show how far a batch is and what it has found last."""
    with explained():
        job = jobs.read_job(directory)
        if not job.alive:
            st.rerun()
        show_bar(job)
        stop_button(job)
        batch = kept.batch_of(directory, run, lines)
        _figures(batch)
        if batch.rows:
            face_strip(batch, batch.rows[-LATEST:])


def _figures(batch: Batch) -> None:
    count = Counter(row.decision for row in batch.rows)
    people = len({row.person for row in batch.rows if row.decision in ("known", "by hand")})
    faceless = sum(not photo.faces and not photo.error for photo in batch.photos)
    broken = sum(photo.error is not None for photo in batch.photos)
    named = f"{counted(people, 'person', 'people')}" + (f", {count['by hand']:,} faces by you." if count["by hand"] else ".")
    figures_row([
        ("Photos", f"{len(batch.photos):,}", f"{faceless:,} without a face, {broken:,} that cannot be read."),
        ("Faces", f"{len(batch.rows):,}", ""),
        ("Named", f"{count['known'] + count['by hand']:,}", named),
        ("Unsure", f"{count['unsure']:,}", "A best guess, but no sure name."),
        ("Unknown", f"{count['unknown']:,}", "Too uncertain for any name."),
    ])  # fmt: skip


def _parts(batch: Batch, run: Run | None, lines: Thresholds | None) -> None:
    faceless = sum(not photo.faces for photo in batch.photos) + len(batch.skipped)
    parts: dict[str, Callable[[], None]] = {
        "Table": lambda: table(batch),
        "Albums": lambda: albums(batch, run),
        "Unknown faces": lambda: groups(batch, run),
    }
    if faceless:
        parts["No face"] = lambda: without_faces(batch)
    parts["Download"] = lambda: downloads(batch, lines)
    tabs(TABS, parts)
    if run is None:
        st.caption("The network that made this batch was deleted: names given here stay in this batch.")


def in_short(job: jobs.JobState) -> str:
    """Return in a few words how far a batch is."""
    if job.alive:
        return "at work"
    ended = {"done": counted(job.done, "photo"), "stopped": "stopped", "failed": "failed", "paused": "paused"}
    return ended.get(job.state, "interrupted")
