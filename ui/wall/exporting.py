"""Taking a cleaned dataset out of Visage: a zip file of photos or faces, made in the background, and the table."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core import curation, jobs
from core.curation import Finished
from core.datasets import Catalogue
from ui.guards import explained
from ui.progress import size, watch
from ui.session import current

_WHAT = {"photos": "Whole photos", "crops": "Cut faces"}
SHOWN_MISSING = 200


def exporting(catalogue: Catalogue) -> None:
    """Offer a zip file with a folder per person, those that were made, and the table of all photos."""
    st.subheader("Take the photos out")
    st.write("As cleaned here: one folder per person, without what was left out. The photos themselves stay where they are.")
    with explained():
        _start_or_follow(catalogue)
        for each in curation.finished_exports(catalogue):
            _show(catalogue, each)
    _table(catalogue)


def _start_or_follow(catalogue: Catalogue) -> None:
    job = curation.export_job(catalogue)
    if job is not None and job.state != "done":
        watch(job.directory)
        if job.alive:
            return
    what = st.segmented_control(
        "What to export",
        list(_WHAT),
        default="photos",
        required=True,
        format_func=_WHAT.__getitem__,
        key=f"export-{catalogue.id}",
        help="Whole photos are the files as they are; cut faces are what a network learns from, as PNG pictures.",
    )
    if st.button("Make a zip file", icon=":material/folder_zip:"):
        jobs.start_export(catalogue.source, str(what), current().settings.face)
        st.rerun()


def _show(catalogue: Catalogue, export: Finished) -> None:
    """Show a zip file that was made: to download where it is small, else where it lies."""
    with st.container(border=True):
        faces = "faces" if export.what == "crops" else "photos"
        made = datetime.fromisoformat(export.made) if export.made else None
        when = f" · {made:%d %b %Y, %H:%M} UTC" if made else ""
        st.markdown(f"**{export.photos:,} {faces} of {export.people:,} people** · {size(export.bytes)}{when}")
        if export.missing:
            count = len(export.missing)
            with st.expander(f"{count:,} photo{' is' if count == 1 else 's are'} not in it"):
                rows = [{"Photo": path, "Why": why} for path, why in export.missing[:SHOWN_MISSING]]
                st.dataframe(rows, hide_index=True, width="stretch")
        _offer(catalogue, export)


def _offer(catalogue: Catalogue, export: Finished) -> None:
    fits = export.bytes <= download_limit()
    if not fits:
        st.caption("Too large for a download. It lies here:")
        st.code(str(export.path), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        if fits:
            st.download_button(
                "Download",
                export.path.read_bytes,
                f"{catalogue.name}-{export.what}.zip",
                "application/zip",
                key=f"download-{export.directory.name}",
                icon=":material/download:",
                on_click="ignore",
            )
        if st.button("Remove", icon=":material/delete:", key=f"remove-{export.directory.name}", help="Deletes this zip file."):
            jobs.forget_job(export.directory)
            st.rerun()


def download_limit() -> int:
    """Return up to how many bytes a file is sent to the browser: it is in memory meanwhile."""
    return int(st.get_option("server.maxMessageSize")) * 1_000_000


def _table(catalogue: Catalogue) -> None:
    """Offer the table of all photos: whose they are by now, what is left out, which face was chosen."""
    with explained():
        st.download_button(
            "Download the table of photos (CSV)",
            lambda: curation.export_table(catalogue).encode("utf-8-sig"),
            f"{catalogue.id}-photos.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
            help="Every photo with its person, as cleaned here; what was left out is marked.",
        )
