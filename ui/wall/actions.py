"""What can be done with the photos that are selected on the wall; each action is one entry of the history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core import curation
from core.curation import Entry
from core.datasets import Catalogue
from core.datasets.wall import WallKeys, WallQuery, matching
from ui import resources
from ui.guards import explained
from ui.memories import WallMemory
from ui.session import current

Work = Callable[[Catalogue, Sequence[str]], Entry]


@dataclass(frozen=True)
class Selection:
    """The selected photos, among all `total` photos that a query finds."""

    catalogue: Catalogue
    memory: WallMemory
    query: WallQuery
    keys: WallKeys
    total: int

    def photos(self) -> list[str]:
        """Return the sha256 of the selected photos."""
        everything = self.memory.everything
        return matching(self.catalogue, self.query, self.keys) if everything else sorted(self.memory.picked)


def selection_bar(selection: Selection) -> None:
    """Say how many photos are selected, and offer what can be done with them."""
    memory = selection.memory
    if not memory.picked:
        st.caption("Click photos to select them; shift-click selects all between. The arrows in a corner look closer.")
        return
    count = selection.total if memory.everything else len(memory.picked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{count:,}** selected", width="content")
        _naming(selection)
        if selection.query.excluded:
            _button(selection, "Use again", ":material/undo:", curation.include)
        else:
            _button(selection, "Exclude", ":material/block:", curation.exclude, _EXCLUDE)
        _more(selection)
        if not memory.everything and selection.total > len(memory.picked):
            st.button(f"Select all {selection.total:,}", on_click=memory.take_all)
        st.button("Clear", icon=":material/close:", on_click=memory.clear)


_EXCLUDE = "They are neither learnt nor counted, until you use them again. The files stay."


def _naming(selection: Selection) -> None:
    with st.popover("Name", icon=":material/edit:", key=f"naming-{selection.memory.version}"):
        person = ask_for_name(selection.catalogue, f"relabel-{selection.memory.version}")
        if st.button("Give this name", type="primary", disabled=not person, key="give-name") and person:
            _act(selection, lambda of, photos: curation.relabel(of, photos, person))


def ask_for_name(catalogue: Catalogue, key: str) -> str | None:
    """Let the person choose who is meant, or type a new name."""
    return st.selectbox(
        "Whose photos are they?",
        [person for person, _ in resources.people_of(catalogue)],
        index=None,
        accept_new_options=True,
        placeholder="Choose, or type a new name",
        key=key,
    )


def _more(selection: Selection) -> None:
    with st.popover("More", icon=":material/more_horiz:", key=f"more-{selection.memory.version}-{selection.memory.opened}"):
        _look_closer(selection.memory)
        _button(selection, "Not a face", ":material/face_retouching_off:", curation.not_a_face, _NO_FACE)
        _button(selection, "Mark as strangers", ":material/person_off:", curation.mark_strangers, _STRANGERS)
        _button(selection, "Find the face by itself", ":material/face:", curation.automatic_face, _AUTOMATIC)


def _look_closer(memory: WallMemory) -> None:
    if len(memory.picked) == 1 and not memory.everything:
        st.button("Look closer", icon=":material/open_in_full:", on_click=memory.look_at, args=tuple(memory.picked))


_NO_FACE = "What was found in them is no face: they count as photos without one."
_STRANGERS = "Nobody to learn: they only show what a stranger looks like."
_AUTOMATIC = "Takes back which face was picked, drawn or refused by hand."


def _button(selection: Selection, label: str, icon: str, work: Work, help: str = "") -> None:
    if st.button(label, icon=icon, help=help or None):
        _act(selection, work)


def _act(selection: Selection, work: Work) -> None:
    """Do something with the selected photos, then draw the page again with nothing selected."""
    with explained():
        with st.spinner("Working …"):
            entry = work(selection.catalogue, selection.photos())
        selection.memory.clear()
        current().said = entry.words
        st.rerun()


def act_on(catalogue: Catalogue, work: Callable[[Catalogue], Entry]) -> None:
    """Do something that is about no selection, then draw the page again."""
    with explained():
        current().said = work(catalogue).words
        st.rerun()
