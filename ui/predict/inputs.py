"""The ways in which photos reach the Predict page: files, a folder, an archive, a camera, a copied picture, samples.

A few photos are answered on the page itself and stay in the session's memory. More than that, an archive or a folder becomes
a batch: a job that works in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import batch
from core.errors import DatasetError
from core.images import PHOTO_SUFFIXES
from core.importing import absolute
from core.openset import Thresholds
from core.runs import Run
from core.settings import IMPORT_LIMITS
from ui.components import tabs
from ui.guards import explained
from ui.memories import MOST_PHOTOS, PHOTO_BYTES
from ui.predict.batches import open_batch
from ui.predict.camera import camera
from ui.predict.paste import paste
from ui.predict.samples import samples
from ui.predict.upload import Upload
from ui.session import current, value_of
from ui.uploads import given_back

PHOTO_ENDINGS = sorted(suffix.removeprefix(".") for suffix in PHOTO_SUFFIXES)
ARCHIVE_ENDINGS = ("zip", "tar", "tgz", "gz")
TABS = "predict-ways"
_MEGABYTE = 2**20


def photos(run: Run, lines: Thresholds | None, once: bool) -> list[Upload]:
    """Let the person bring photos in, start batches of what is too much for the page, and return what it answers itself.

    Args:
        run: Finished; it names the faces.
        lines: Where known and unknown lie.
        once: Whether a person can be in a photo once only.
    """
    tabs(
        TABS,
        {
            "Photos": partial(_files, run),
            "Camera": partial(camera, run, lines, once),
            "Folder": partial(_folder, run, lines, once),
        },
    )
    _start_batches(run, lines, once)
    _kept()
    return list(current().predict.photos)


def _files(run: Run) -> None:
    number = current().predict.uploads
    key = f"predict-files-{number}"
    st.file_uploader(
        "Photos",
        type=[*PHOTO_ENDINGS, *ARCHIVE_ENDINGS],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key, number),
        help="Each photo may hold several faces. A zip file is a batch.",
    )
    st.caption(
        f"More than {MOST_PHOTOS} photos at once, or a zip file, are named in the background as a batch. A batch keeps copies "
        "of its photos on this computer until you delete it."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        paste()
        if st.button("Try sample photos", icon=":material/groups:", help="Group pictures made from the built-in faces."):
            with explained():
                current().predict.take(samples(run))


def _folder(run: Run, lines: Thresholds | None, once: bool) -> None:
    with st.form("predict-folder", border=False):
        path = st.text_input(
            "Folder or zip file on this computer",
            placeholder="/home/me/photos",
            help="The photos of a folder are named where they are: nothing is copied. Those of a zip file are unpacked first.",
        )
        pressed = st.form_submit_button("Name all faces in it", type="primary", icon=":material/folder_open:")
    if pressed:
        with explained(), st.spinner("Looking into the folder …"):
            root = absolute(path)
            _started(batch.start_prediction(run.directory, root, once=once, lines=lines, title=root.name or str(root)))
    number = current().predict.uploads
    key = f"predict-folder-{number}"
    st.file_uploader(
        "Or upload a folder",
        type=PHOTO_ENDINGS,
        accept_multiple_files="directory",
        key=key,
        on_change=_take,
        args=(key, number),
        help="Its photos are sent one by one: for more than some 500 a zip file is much quicker.",
    )


def _take(key: str, number: int) -> None:
    """Take over what was uploaded before the page is drawn; its widget starts afresh and holds nothing any more.

    Args:
        key: Of the widget.
        number: How many were there before it: a page that is interrupted tells of the same upload once more.
    """
    memory = current().predict
    if number != memory.uploads:
        return
    files: list[UploadedFile] = value_of(key) or []
    memory.uploads += 1
    archives = [file for file in files if _is_archive(file.name)]
    single = [file for file in files if not _is_archive(file.name)]
    if len(single) > MOST_PHOTOS or sum(file.size for file in single) > PHOTO_BYTES:
        memory.handed += files
        return
    memory.handed += archives
    with given_back(single):
        memory.take([Upload(file.name, file.getvalue()) for file in single])


def _is_archive(name: str) -> bool:
    return name.lower().endswith(tuple(f".{ending}" for ending in ARCHIVE_ENDINGS))


def _start_batches(run: Run, lines: Thresholds | None, once: bool) -> None:
    """Write what waits to the disk, for jobs that name it: all photos in one, each archive in one of its own."""
    memory = current().predict
    files, memory.handed = memory.handed, []
    if not files:
        return
    single = [file for file in files if not _is_archive(file.name)]
    together = [single] if single else []
    with given_back(files), explained(), st.spinner("Writing to the disk …"):
        _check_size(files)
        for part in [*together, *([file] for file in files if _is_archive(file.name))]:
            _started(
                batch.start_prediction(
                    run.directory, ((file.name, file) for file in part), once=once, lines=lines, title=_title(part)
                )
            )


def _check_size(files: Sequence[UploadedFile]) -> None:
    """Refuse what would fill the memory of the next upload, too.

    Raises:
        DatasetError: there is too much of it.
    """
    megabytes = sum(file.size for file in files) / _MEGABYTE
    if megabytes > IMPORT_LIMITS.upload_megabytes:
        raise DatasetError(
            f"These are {megabytes:,.0f} MB in {len(files):,} files; an upload may have {IMPORT_LIMITS.upload_megabytes:,} MB.",
            "Put them into a folder on this computer and name that under Folder.",
        )


def _title(files: Sequence[UploadedFile]) -> str:
    first = files[0].name.replace("\\", "/").rsplit("/", 1)[-1]
    return first if len(files) == 1 else f"{len(files):,} photos"


def _started(directory: Path) -> None:
    """Tell that a batch is at work, and show it among the batches below."""
    open_batch(directory)
    st.toast("The photos are named in the background. The batch is below.", icon=":material/photo_library:")


def _kept() -> None:
    """Say how many photos the page holds, and offer to drop them."""
    memory = current().predict
    if not memory.photos:
        return
    count = "1 photo" if len(memory.photos) == 1 else f"{len(memory.photos)} photos"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{count} on this page, kept in memory only, until you close this tab.", width="content")
        st.button(
            "Remove all",
            icon=":material/delete_sweep:",
            type="tertiary",
            help="Removes the photos from this session's memory.",
            on_click=memory.clear,
        )
