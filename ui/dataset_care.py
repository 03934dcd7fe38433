"""The Explore page's care for a dataset: what cannot be used and why, finding faces, moving, reading again, deleting."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from core import curation, datasets, importing, jobs
from core.datasets import Catalogue
from ui import resources
from ui.components import figures_row, picture_wall
from ui.dataset_picker import preparation_of
from ui.guards import as_text, explained
from ui.progress import show_end, size, watch
from ui.session import current


def being_read(catalogue: Catalogue) -> None:
    """Follow the reading of photos that came in, while it runs; then the page shows them."""
    job = preparation_of(catalogue)
    if job is not None and job.alive:
        with st.container(border=True):
            st.markdown("**The photos are being read.** New ones appear here as soon as that is done.")
            watch(job.directory)


def problems(catalogue: Catalogue) -> None:
    """List every file that is not used, with its reason, and photos filed under two people."""
    _faces_found(catalogue)
    skipped = catalogue.skipped()
    conflicts = catalogue.conflicts()
    if not skipped and not conflicts:
        st.success("Every file can be read, and no photo stands under two people.", icon=":material/check_circle:")
        return
    if skipped:
        st.subheader(f"Skipped files: {len(skipped):,}")
        reasons = Counter(each.reason for each in skipped)
        if len(reasons) > 1:
            st.caption(" · ".join(f"{reason}: {count:,}" for reason, count in reasons.most_common(6)))
        rows = [{"File": each.path, "Reason": each.reason, "What to do": each.remedy} for each in skipped]
        st.dataframe(rows, hide_index=True, width="stretch")
    if conflicts:
        st.subheader(f"Photos under two people: {len(conflicts):,}")
        st.caption("Identical files under two people are not used at all, because one of the names has to be wrong.")
        st.dataframe([_conflict_row(each) for each in conflicts], hide_index=True, width="stretch")


def _conflict_row(conflict: datasets.Conflict) -> dict[str, str]:
    return {
        "Person": conflict.person_a,
        "File": conflict.path_a,
        "Other person": conflict.person_b,
        "Other file": conflict.path_b,
        "Likeness": "same content" if conflict.distance == 0 else "almost the same picture",
    }


def _faces_found(catalogue: Catalogue) -> None:
    """Say in how many photos the chosen detector found the face, and show those that are set aside."""
    st.subheader("Faces")
    job = preparation_of(catalogue)
    if job is not None and job.alive:
        st.write("The faces are being searched; the bar above tells how far that is.")
        return
    if job is not None and job.state in ("failed", "lost"):
        show_end(job)
    face = current().settings.face
    counts = resources.face_counts(catalogue, face)
    figures_row(
        [
            ("Main face found", f"{counts.face:,}", "These photos can be used."),
            ("No face", f"{counts.no_face:,}", "Nothing can be learnt from these; in the test they count as wrong."),
            ("Several faces", f"{counts.several:,}", "No face is clearly the main one, so nobody can say whose name is meant."),
            ("Not searched", f"{counts.missing:,}", "Faces are searched before training, or with the button below."),
        ]
    )
    if counts.missing and st.button("Find the faces", type="primary", icon=":material/face:"):
        with explained():
            jobs.start_preparation(catalogue.source, face)
            st.rerun()
    _aside(catalogue, "No face was found in these photos", counts.no_face, counts.no_face_photos)
    _aside(catalogue, "Several faces, none of them clearly the main one", counts.several, counts.several_photos)


def _aside(catalogue: Catalogue, heading: str, count: int, shown: tuple[datasets.Photo, ...]) -> None:
    if not count:
        return
    with st.expander(f"{heading} ({count:,})"):
        with explained():
            picture_wall(
                [(resources.thumbnail_of(catalogue.id, each), each.person or "", f"Photo {each.path}") for each in shown]
            )
        if count > len(shown):
            st.caption(f"The first {len(shown)} of {count:,}.")


def manage(catalogue: Catalogue) -> None:
    """Read the folder again, say where it has moved, see the disk it takes, forget it."""
    about = catalogue.summary()
    st.subheader("Where it is")
    st.write(f"Photos: {as_text(str(catalogue.root))}")
    st.write(f"Catalogue, faces and thumbnails take {size(about.disk_bytes)} in the artifacts folder.")
    if st.button("Read the folder again", icon=":material/refresh:", help="Only new and changed photos are read."):
        with explained():
            jobs.start_preparation(catalogue.source, current().settings.face)
            st.rerun()
    if catalogue.source != datasets.BUILTIN:
        _moved(catalogue)
    _delete(catalogue)


def _moved(catalogue: Catalogue) -> None:
    with st.form(f"moved-{catalogue.id}"):
        new_root = st.text_input("The folder has moved to", placeholder=str(catalogue.root))
        if st.form_submit_button("Use the new place", icon=":material/drive_file_move:"):
            with explained():
                moved = datasets.relocate_dataset(catalogue.id, new_root.strip())
                jobs.start_preparation(moved.source, current().settings.face)
                st.rerun()


def _delete(catalogue: Catalogue) -> None:
    with st.popover("Delete from Visage", icon=":material/delete:"):
        st.write(_what_is_deleted(catalogue))
        if st.button("Delete", type="primary", key=f"delete-{catalogue.id}"):
            with explained():
                curation.erase_exports(catalogue)
                datasets.delete_dataset(catalogue.id)
                importing.delete_own_photos(catalogue.source)
                st.rerun()


def _what_is_deleted(catalogue: Catalogue) -> str:
    added = sum(datasets.kept_photos(catalogue.directory).values())
    also = f" Its {added:,} photos that were added in the app are deleted, too." if added else ""
    if importing.is_own(catalogue.source):
        return f"Deletes the imported photos, which are copies that Visage has made, catalogue, cut faces and zip files.{also}"
    kept = "The folder and its photos stay as they are."
    return f"Deletes the catalogue, the cut faces, the thumbnails and the zip files made here. {kept}{also}"
