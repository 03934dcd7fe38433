"""Adding photos on the Explore page: every way in ends in the same preview, and nothing is kept before that is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core import importing, jobs
from core.datasets import Catalogue
from core.errors import DatasetError
from core.images import PHOTO_SUFFIXES
from core.importing import PUBLIC_SETS, Spool, Staging
from core.settings import IMPORT_LIMITS
from ui.components import tabs
from ui.guards import as_text, explained
from ui.import_preview import collecting, review, show_unfinished, unfinished, waiting
from ui.uploads import given_back

PHOTO_ENDINGS = sorted(suffix.removeprefix(".") for suffix in PHOTO_SUFFIXES)
TABS = "import-tab"
_MEGABYTE = 2**20


def add_photos(catalogue: Catalogue | None, expanded: bool = False) -> None:
    """Offer to add photos, folded away; unfolded while an import waits to be looked at.

    Args:
        catalogue: The dataset in view, which the photos may go to; None where there is none.
        expanded: Whether it is unfolded at first, as where there are no photos yet.
    """
    pending, job = waiting(), unfinished()
    busy = pending is not None or job is not None
    area = st.expander(
        "Add photos", expanded=expanded or busy, icon=":material/add_photo_alternate:", key=f"import-{busy}", on_change="rerun"
    )
    if area.open:
        with area:
            import_tabs(catalogue, pending, job)


def nothing_yet() -> None:
    """Say that there are no photos but the built-in ones, and offer the ways to add some."""
    st.write("There are no photos of your own yet.")
    add_photos(None, expanded=True)


def import_tabs(catalogue: Catalogue | None, pending: Staging | None, job: jobs.JobState | None) -> None:
    """Show the import that waits, or else the ways to bring photos in.

    Args:
        catalogue: The dataset in view.
        pending: The import that waits.
        job: A download, or what has gone wrong.
    """
    if pending is not None and not collecting(pending):
        review(pending, catalogue)
        return
    if job is not None:
        show_unfinished(job)
        if job.alive:
            return
    tabs(
        TABS,
        {
            "Folder": _folder,
            "Upload a folder": _upload_folder,
            "Zip file": _zip,
            "One person": _one_person,
            "Camera": partial(_camera, pending),
            "Public sets": _public_sets,
        },
    )


def _folder() -> None:
    with st.form("import-folder", border=False):
        path = st.text_input(
            "Folder on this computer",
            placeholder="/home/me/photos",
            help="One folder of photos per person inside it is opened where it is. A table (path,label) or names like "
            "Ann_01.jpg are understood too; then the photos are copied.",
        )
        if st.form_submit_button("Look into it", type="primary", icon=":material/folder_open:"):
            with explained(), st.spinner("Looking into the folder …"):
                look_into(path)


def look_into(path: str) -> None:
    """Put a folder of this computer up for review.

    Raises:
        DatasetError: there is no such folder, or no photo in it.
        JobError: looking at the photos cannot be started.
    """
    root = importing.absolute(path)
    if root.is_dir() and importing.look_at_folder(root) is not None:
        importing.new_staging("place", root.name or str(root), root=str(root))
    else:
        staging = importing.stage_folder(path)
        with importing.removed_on_failure(staging):
            if not staging.files():
                raise DatasetError(f"There is no photo in {root}.", "Choose the folder around the photos.")
            jobs.start_import(staging.directory, staging.title)
    st.rerun()


def _upload_folder() -> None:
    st.caption(
        "One folder of photos per person inside it. Only photos and tables are sent. Browsers send files one by one: for more "
        "than some 500 photos a zip file is much quicker. "
        f"Above {_limit()} use the tab Folder, which needs no upload."
    )
    with st.form("import-upload", border=False, clear_on_submit=True):
        files = st.file_uploader("Folder of photos", type=[*PHOTO_ENDINGS, "csv"], accept_multiple_files="directory")
        sent = st.form_submit_button("Look at them", type="primary", icon=":material/upload:")
    if sent:
        with explained():
            spool("upload", _folder_name(files), files)


def _zip() -> None:
    st.caption("Photos in folders named after people, with a table, or named like Ann_01.jpg. Nothing is unpacked blindly.")
    with st.form("import-zip", border=False, clear_on_submit=True):
        file = st.file_uploader("Zip file", type=["zip", "tar", "tgz", "gz"], max_upload_size=IMPORT_LIMITS.upload_megabytes)
        sent = st.form_submit_button("Look into it", type="primary", icon=":material/folder_zip:")
    if sent:
        with explained():
            spool("zip", file.name if file else "", [file] if file else [])


def _one_person() -> None:
    with st.form("import-person", border=False, clear_on_submit=True):
        person = st.text_input("Name", max_chars=importing.LONGEST_NAME, placeholder="Ann Lee")
        files = st.file_uploader("Photos of this person", type=PHOTO_ENDINGS, accept_multiple_files=True)
        sent = st.form_submit_button("Look at them", type="primary", icon=":material/upload:")
    if sent:
        with explained(), given_back([] if importing.clean_person(person) else files):
            spool("person", _named(person), files, person)


def spool(kind: str, title: str, files: Sequence[Any], person: str = "") -> None:
    """Write uploads to the disk, and let a job look at them; the page then shows that job, and no upload any more.

    Raises:
        DatasetError: nothing was chosen, or it is too much for an upload.
        StorageError: the disk refuses.
        JobError: looking at the photos cannot be started.
    """
    if not files:
        raise DatasetError("Nothing was chosen.", "Choose what to add first.")
    with given_back(files):
        staging = _spooled(kind, title, files, person)
    with importing.removed_on_failure(staging):
        jobs.start_import(staging.directory, title)
    st.rerun()


def _spooled(kind: str, title: str, files: Sequence[Any], person: str) -> Staging:
    size = sum(file.size for file in files)
    if size > IMPORT_LIMITS.upload_megabytes * _MEGABYTE or len(files) > IMPORT_LIMITS.entries:
        raise DatasetError(
            f"These are {size / _MEGABYTE:,.0f} MB in {len(files):,} files; an upload may have {_limit()} "
            f"in {IMPORT_LIMITS.entries:,} files.",
            "Put them into a folder on this computer and use the tab Folder.",
        )
    importing.forget_abandoned()
    staging = importing.new_staging(kind, title, person)
    with importing.removed_on_failure(staging), st.spinner("Writing to the disk …"):
        importing.check_space(size, staging.directory)
        if kind == "zip":
            importing.keep_archive(staging, files[0])
        else:
            _spool_photos(staging, files)
    return staging


def _spool_photos(staging: Staging, files: Sequence[Any]) -> None:
    with Spool(staging) as taken:
        for file in files:
            taken.add(file.name.replace("\\", "/"), file)


def _camera(pending: Staging | None) -> None:
    """Take photos of a person one by one; they wait on the disk until all are taken."""
    count = len(pending.files()) if pending else 0
    person = pending.person if pending else st.text_input("Name", max_chars=importing.LONGEST_NAME, key="import-camera-name")
    if not person.strip():
        st.info("Give the name of the person first.", icon=":material/badge:")
        return
    shot = st.camera_input(f"Photo {count + 1} of {as_text(person)}", key=f"import-camera-{count}", width=480)
    with st.container(horizontal=True):
        if st.button("Keep this photo", type="primary", icon=":material/add_a_photo:", disabled=shot is None) and shot:
            with explained():
                staging = pending or importing.new_staging("camera", _named(person), person)
                with given_back([shot]), Spool(staging) as taken:
                    taken.add(f"camera {count + 1:03d}.jpg", shot)
                st.rerun()
        if pending is not None and st.button(f"Look at the {count} kept", icon=":material/done_all:", disabled=not count):
            with explained():
                jobs.start_import(pending.directory, pending.title)
                st.rerun()
        if pending is not None and st.button("Discard", icon=":material/delete:"):
            importing.discard(pending)
            st.rerun()


def _public_sets() -> None:
    st.caption("Downloaded from the internet when you ask for it, and only then. Whole sets; they stay on this computer.")
    for each in PUBLIC_SETS.values():
        with st.container(border=True):
            size = f" · {each.megabytes:,} MB" if each.megabytes else ""
            st.markdown(f"**{as_text(each.title)}**{size}")
            st.write(as_text(each.about))
            st.caption(f"{as_text(each.terms)} [Its page]({each.page})")
            st.caption(f"Cite: {as_text(each.citation)}")
            if st.button(f"Download {each.title}", icon=":material/download:", key=f"download-{each.name}"):
                with explained():
                    jobs.start_download(each.name, each.title)
                    st.rerun()


def _named(person: str) -> str:
    name = importing.clean_person(person)
    if not name:
        raise DatasetError("The photos need a name.", "Write whose photos they are.")
    return name


def _folder_name(files: Sequence[Any]) -> str:
    return files[0].name.replace("\\", "/").split("/")[0] if files else ""


def _limit() -> str:
    return f"{IMPORT_LIMITS.upload_megabytes / 1000:g} GB"
