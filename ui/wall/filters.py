"""What the wall is asked for: person, flags, order, faces or photos; each stands in the page's address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import streamlit as st

from core.datasets import Catalogue
from core.datasets.health import FLAGS
from core.datasets.wall import Sort, WallQuery, count_excluded
from ui import resources
from ui.session import current, keep_in_address, show_wanted, show_wanted_list, show_wanted_text
from ui.wall.links import FLAG, PERSON, SEARCH, SHOWN, SORT

EXCLUDED = "excluded"
SORTS: dict[Sort, str] = {
    "name": "Name",
    "doubtful": "Most doubtful name",
    "blurriest": "Blurriest",
    "unlike": "Least typical",
    "newest": "Newest",
    "largest": "Largest",
}
_SHOWN = {"faces": "Faces", "photos": "Photos"}
_WIDTH = 168  # px: two beside each other on a phone
PAGE_SIZES = (24, 48, 96, 192)


@dataclass(frozen=True)
class View:
    """What the wall shows, and how."""

    query: WallQuery
    faces: bool


def choose_view(catalogue: Catalogue) -> View:
    """Let the person choose what the wall shows."""
    people = dict(resources.people_of(catalogue))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        person = _person(people)
        search = _search(person)
        flags = _flags(count_excluded(catalogue))
        show_wanted(SORT, SORTS, "name")
        sort = st.selectbox(
            "Order", list(SORTS), format_func=SORTS.__getitem__, key=SORT, width=_WIDTH, persist_state="session"
        )
        shown = _faces_or_photos()
        _settings()
    keep_in_address(SORT, sort, "name")
    query = WallQuery(
        person=person or None,
        flags=tuple(each for each in flags if each != EXCLUDED),
        sort=cast(Sort, sort),
        search="" if person else search,
        excluded=EXCLUDED in flags,
    )
    return View(query, shown == "faces")


def _person(people: dict[str, int]) -> str:
    show_wanted(PERSON, ["", *people], "")
    person: str = st.selectbox(
        "Person",
        ["", *people],
        format_func=lambda name: f"{name} ({people[name]:,})" if name else "Everybody",
        key=PERSON,
        width=_WIDTH,
        persist_state="session",
    )
    keep_in_address(PERSON, person, "")
    return person


def _search(person: str) -> str:
    show_wanted_text(SEARCH)
    search = st.text_input(
        "Search people",
        key=SEARCH,
        width=_WIDTH,
        persist_state="session",
        disabled=bool(person),
        placeholder="Part of a name",
        icon=":material/search:",
    )
    keep_in_address(SEARCH, search, "")
    return search


def _flags(excluded: int) -> list[str]:
    titles = {name: flag.title for name, flag in FLAGS.items()} | {EXCLUDED: f"Excluded ({excluded:,})"}
    show_wanted_list(FLAG, titles)
    chosen = st.multiselect(
        "Show only",
        list(titles),
        format_func=titles.__getitem__,
        key=FLAG,
        width=_WIDTH,
        persist_state="session",
        placeholder="All photos",
        help="Photos of which any of these is true. The Health tab measures and explains them.",
    )
    keep_in_address(FLAG, ",".join(chosen), "")
    return chosen


def _faces_or_photos() -> str:
    show_wanted(SHOWN, _SHOWN, "faces")
    shown: str = st.segmented_control(
        "Pictures",
        list(_SHOWN),
        format_func=_SHOWN.__getitem__,
        key=SHOWN,
        required=True,
        persist_state="session",
        help="The face that carries the name, or the whole photo with a box around each face that was found.",
    )
    keep_in_address(SHOWN, shown, "faces")
    return shown


def _settings() -> None:
    session = current()
    with st.popover("", icon=":material/tune:", help="Pictures on a page, and a wall of plain widgets"):
        session.photos_on_page = st.selectbox(
            "Pictures on a page", PAGE_SIZES, index=PAGE_SIZES.index(session.photos_on_page), key="photos-on-page"
        )
        session.simple_wall = st.toggle(
            "Plain widgets only",
            session.simple_wall,
            key="simple-wall",
            help="A check box below each picture in place of clicking on it, and numbers in place of drawing.",
        )
