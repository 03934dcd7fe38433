"""The faces of a batch by person: an album for each, one for the unsure and one for the unknown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.batch import Batch, BatchRow
from core.runs import Run
from ui.guards import as_text
from ui.predict.batch_faces import describe, face_wall
from ui.predict.batch_naming import naming_bar
from ui.predict.batch_words import counted
from ui.resources import batches as kept
from ui.session import current

ALBUMS_ON_A_PAGE = 24
_COVER = 132  # px, smallest width: two beside each other on a phone
_REST = {"/unsure": "Unsure", "/unknown": "Unknown"}  # a slash: no person can be called so

Albums = dict[str, list[BatchRow]]


def albums(batch: Batch, run: Run | None) -> None:
    """Show the albums, or the one that is open.

    Args:
        batch: Whose faces.
        run: The batch's; None where it is gone.
    """
    found, memory = _albums_of(batch), current().predict.batch
    if not found:
        st.caption("There is no face in this batch.")
    elif memory.album in found:
        _open_album(batch, run, memory.album, found[memory.album])
    else:
        _covers(batch, found)


def _albums_of(batch: Batch) -> Albums:
    """Return the faces of each album, the surest first; those of people come before the rest."""
    found = {person: list(rows) for person, rows in batch.albums().items()}
    for key in _REST:
        found[key] = [row for row in batch.rows if row.decision == key.removeprefix("/")]
    return {key: sorted(rows, key=lambda row: -row.probability) for key, rows in found.items() if rows}


def _covers(batch: Batch, found: Albums) -> None:
    pages = -(-len(found) // ALBUMS_ON_A_PAGE)
    number = st.pagination(pages, key=f"albums-{batch.directory.name}", max_visible_pages=5) if pages > 1 else 1
    shown = list(found)[(number - 1) * ALBUMS_ON_A_PAGE : number * ALBUMS_ON_A_PAGE]
    covers = [found[each][0] for each in shown]
    with st.grid(min_column_width=_COVER, gap="small"):
        for key, cover, picture in zip(shown, covers, kept.face_pictures(batch, covers), strict=True):
            with st.container(gap="xxsmall"):
                st.image(picture, width="stretch", alt=describe(cover))
                st.button(
                    f"{as_text(_REST.get(key, key))} · {len(found[key]):,}", key=f"album-{key}", width="stretch",
                    help=_holds(found[key]), on_click=current().predict.batch.show_album, args=(key,),
                )  # fmt: skip


def _holds(rows: Sequence[BatchRow]) -> str:
    return f"{counted(len(rows), 'face')} in {counted(len({row.photo for row in rows}), 'photo')}"


def _open_album(batch: Batch, run: Run | None, key: str, rows: list[BatchRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All albums", icon=":material/arrow_back:", on_click=current().predict.batch.show_album, args=("",))
        st.markdown(f"**{as_text(_REST.get(key, key))}** · {_holds(rows)}", width="content")
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
    selected = face_wall(batch, rows, f"album-{key}")
    with bar:
        if selected:
            naming_bar(batch, run, selected, "album", f"{len(selected):,} selected")
        else:
            st.caption("Click faces to select and name them; the arrows in a corner show the photo.")
