"""What can be taken out of a batch: the table as a file, and photos in zip files that are made in the background."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import batch as batches
from core import jobs
from core.batch import Batch, Packing
from core.batch.filtering import people_in
from core.openset import Thresholds
from core.redaction import HOW
from ui.guards import as_text, explained
from ui.predict.batch_words import counted
from ui.progress import show_end, size, watch
from ui.wall.exporting import SHOWN_MISSING, download_limit

_WHAT = {
    "annotated": "Photos with boxes and names",
    "sorted": "Photos in folders by person",
    "faces": "Cut faces in folders by person",
    "redacted": "Photos with hidden faces",
}
_HELP = {
    "annotated": "Each photo with numbered boxes and the names on it.",
    "sorted": "The photos as they are. One with two people lies in both folders; unsure, unknown and faceless ones apart.",
    "faces": "What the network saw of each face, one folder for each person.",
    "redacted": "At full size, without the place and camera that a photo may carry.",
}
_HOW = {"blur": "Blur", "pixelate": "Pixelate", "cover": "Cover"}
_WHOM = {"all": "All faces", "unknown": "Unknown faces", "unsure": "Unsure faces", "known": "Known faces"}


def downloads(batch: Batch, lines: Thresholds | None) -> None:
    """Offer the answers as CSV and JSON, and zip files.

    Args:
        batch: The answers as they are shown.
        lines: Where known and unknown lie for zip files; None takes those of the batch.
    """
    _tables(batch)
    if not batch.photos:
        return
    st.markdown("**Zip files**")
    with explained():
        made = batches.packings_of(batch.directory)
        alive = next((each for each in made if each.job.alive), None)
        if alive is not None:
            watch(alive.job.directory)
        else:
            _make(batch, lines)
        for each in made:
            if each.path is not None:
                _offer(batch, each)
            elif not each.job.alive:
                show_end(each.job)
                _remove(each)


def _tables(batch: Batch) -> None:
    name = f"visage-{batch.directory.name}"
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)", lambda: batches.to_csv(batch), f"{name}.csv", "text/csv", key="batch-csv",
            icon=":material/table:", on_click="ignore", help="One line for each face, by the lines that hold now.",
        )  # fmt: skip
        st.download_button(
            "Everything (JSON)", lambda: batches.to_json(batch), f"{name}.json", "application/json", key="batch-json",
            icon=":material/data_object:", on_click="ignore",
        )  # fmt: skip


def _make(batch: Batch, lines: Thresholds | None) -> None:
    what = st.radio(
        "What to make", list(_WHAT), format_func=_WHAT.__getitem__, captions=list(_HELP.values()),
        key="batch-what", label_visibility="collapsed",
    )  # fmt: skip
    how, whom = _hiding(batch) if what == "redacted" else ("blur", ["unknown"])
    if st.button("Make a zip file", icon=":material/folder_zip:", disabled=not whom, key="batch-make"):
        batches.start_packing(batch.directory, what, lines=lines, how=how, whom=tuple(whom))
        st.rerun()


def _hiding(batch: Batch) -> tuple[str, Sequence[str]]:
    """Let the person choose how faces are hidden, and whose."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = st.segmented_control(
            "How to hide them", list(HOW), default=HOW[0], required=True, format_func=_HOW.__getitem__, key="batch-how"
        )  # fmt: skip
        whom = st.multiselect(
            "Whom to hide", [*_WHOM, *people_in(batch.rows)], ["all"], key="batch-whom", width=420,
            format_func=lambda each: _WHOM.get(each, each), placeholder="Choose people",
        )  # fmt: skip
    return str(how), whom


def _offer(batch: Batch, made: Packing) -> None:
    """Show a zip file that was made: to download where it is small, else where it lies."""
    assert made.path is not None
    with st.container(border=True):
        st.markdown(
            f"**{_WHAT[made.what]}** · {counted(made.photos, 'photo')} · {size(made.bytes)} · {made.made:%d %b, %H:%M} UTC"
        )
        if made.missing:
            with st.expander(f"{counted(len(made.missing), 'photo')} not in it"):
                rows = [{"Photo": file, "Why": why} for file, why in made.missing[:SHOWN_MISSING]]
                st.dataframe(rows, hide_index=True, width="stretch", alt="Photos that are not in the zip file")
        fits = made.bytes <= download_limit()
        if not fits:
            st.caption("Too large for a download. It lies here:")
            st.code(str(made.path), language=None, wrap_lines=True)
        with st.container(horizontal=True):
            if fits:
                st.download_button(
                    "Download", made.path.read_bytes, f"{made.what}-{batch.directory.name}.zip", "application/zip",
                    key=f"download-{made.job.directory.name}", icon=":material/download:", on_click="ignore",
                )  # fmt: skip
            _remove(made)


def _remove(made: Packing) -> None:
    st.button(
        "Remove", key=f"remove-{made.job.directory.name}", icon=":material/delete:", help="Deletes this zip file.",
        on_click=jobs.forget_job, args=(made.job.directory,),
    )  # fmt: skip


def describe_source(batch: Batch) -> str:
    """Return where the photos of a batch are, in a sentence."""
    if batch.source == "folder":
        return f"The photos stay where they are: {as_text(str(batch.folder))}. Their faces and names are kept with this batch."
    return "Copies of the photos, their faces and names are kept on this computer until you delete this batch."
