"""The unknown faces of a batch in groups that look alike, so that many are named at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core import batch as batches
from core.batch import Batch, BatchRow
from core.runs import Run
from ui.components import folded
from ui.guards import as_text, explained
from ui.predict.batch_faces import face_strip, face_wall
from ui.predict.batch_naming import naming_bar
from ui.predict.batch_words import counted
from ui.resources import batches as kept
from ui.session import current

GROUPS_ON_A_PAGE = 6
SHOWN_OF_A_GROUP = 12
STRICTER = 0.8  # of the distance, at each try to take a group apart
TRIES = 8

Group = tuple[BatchRow, ...]


def groups(batch: Batch, run: Run | None) -> None:
    """Show the groups, or the one that is looked through.

    Args:
        batch: Whose faces.
        run: The batch's; None where it is gone.
    """
    unknown = {row.number: row for row in batch.rows if row.decision == "unknown"}
    if not unknown:
        st.caption("No face is unknown.")
        return
    found = _groups(batch, unknown)
    opened = current().predict.batch.group
    group = next((each for each in found if each[0].number == opened), None)
    if group is not None:
        _look_through(batch, run, group)
        return
    alike = [each for each in found if len(each) > 1]
    alone = [each[0] for each in found if len(each) == 1]
    st.caption(
        f"{counted(len(unknown), 'unknown face')}: {counted(len(alike), 'group')} that may be one person each"
        + (f", and {counted(len(alone), 'face')} like no other." if alone else ".")
    )
    _page(batch, run, alike)
    if alone:
        folded("Faces like no other", f"alone-{batch.directory.name}", ":material/person:", lambda: _alone(batch, run, alone))


def _groups(batch: Batch, unknown: dict[int, BatchRow]) -> list[Group]:
    """Return the groups, largest first; those that were taken apart by hand in their pieces."""
    pieces = current().predict.batch.pieces
    apart = {number for piece in pieces for number in piece}
    found = [[each for each in group if each not in apart] for group in kept.groups_of(batch, list(unknown.values()))]
    found += [[each for each in piece if each in unknown] for piece in pieces]
    return sorted((tuple(unknown[each] for each in group) for group in found if group), key=len, reverse=True)


def _page(batch: Batch, run: Run | None, alike: Sequence[Group]) -> None:
    pages = -(-len(alike) // GROUPS_ON_A_PAGE)
    number = st.pagination(pages, key=f"groups-{batch.directory.name}", max_visible_pages=5) if pages > 1 else 1
    for group in alike[(number - 1) * GROUPS_ON_A_PAGE : number * GROUPS_ON_A_PAGE]:
        with st.container(border=True):
            _show(batch, run, group)


def _show(batch: Batch, run: Run | None, group: Group) -> None:
    more = f", of which {SHOWN_OF_A_GROUP} are shown" if len(group) > SHOWN_OF_A_GROUP else ""
    (nearest, _), *_ = Counter(row.likeliest for row in group).most_common(1)
    photos = counted(len({row.photo for row in group}), "photo")
    st.markdown(f"**{counted(len(group), 'face')}** in {photos}{more} · most like {as_text(nearest)}")
    face_strip(batch, group[:SHOWN_OF_A_GROUP])
    with st.container(horizontal=True, gap="small"):
        naming_bar(batch, run, group, f"group-{group[0].number}")
        _take_apart(batch, group)
        st.button(
            "Look through", key=f"look-through-{group[0].number}", icon=":material/zoom_in:",
            on_click=current().predict.batch.show_group, args=(group[0].number,), help="See all faces, and take some out.",
        )  # fmt: skip


def _take_apart(batch: Batch, group: Group) -> None:
    st.button(
        "Not one person", key=f"apart-{group[0].number}", icon=":material/call_split:", on_click=_split, args=(batch, group),
        help="Splits the group into faces that are more alike.",
    )  # fmt: skip


def _split(batch: Batch, group: Group) -> None:
    """Take a group apart where its faces are least alike; faces that cannot be told apart become a group each."""
    with explained():
        limit = batches.likeness_limit(batch)
        found: list[tuple[int, ...]] = [(row.number,) for row in group]
        for _ in range(TRIES):
            limit *= STRICTER
            parts = kept.groups_of(batch, group, limit)
            if len(parts) > 1:
                found = parts
                break
        _replace(group, found)


def _replace(group: Sequence[BatchRow], parts: Sequence[tuple[int, ...]]) -> None:
    memory = current().predict.batch
    own = {row.number for row in group}
    others = [piece for piece in memory.pieces if not own & set(piece)]
    memory.pieces = [*others, *(part for part in parts if part)]
    memory.done()


def _look_through(batch: Batch, run: Run | None, group: Group) -> None:
    """Show all faces of a group to select among: the selected ones are named, or become a group of their own."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All groups", icon=":material/arrow_back:", on_click=current().predict.batch.show_group, args=(None,))
        st.markdown(f"**{counted(len(group), 'face')}** that look alike", width="content")
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
    selected = face_wall(batch, group, f"group-{group[0].number}")
    with bar:
        title = f"{len(selected):,} selected" if selected else "All of them"
        naming_bar(batch, run, selected or group, "selected" if selected else "whole", title)
        if selected and len(selected) < len(group):
            out = {row.number for row in selected}
            rest = tuple(row.number for row in group if row.number not in out)
            st.button(
                "Take out", icon=":material/call_split:", on_click=_replace, args=(group, [rest, tuple(sorted(out))]),
                help="They become a group of their own.",
            )  # fmt: skip


def _alone(batch: Batch, run: Run | None, alone: Sequence[BatchRow]) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
    selected = face_wall(batch, alone, "alone")
    with bar:
        if selected:
            naming_bar(batch, run, selected, "alone", f"{len(selected):,} selected")
        else:
            st.caption("Click faces to select and name them.")
