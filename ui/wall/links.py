"""Ways to the wall from elsewhere on the page: each opens the Photos tab with a flag, a person or a photo, at once."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from ui.session import current

TABS = "explore-tab"
WALL_TAB = "Photos"
PERSON, FLAG, SORT, SEARCH, SHOWN, PAGE, PHOTO = "person", "flag", "sort", "search", "shown", "page", "photo"


def show_flag(name: str) -> NoReturn:
    """Show everybody's photos of which a flag is true, such as "blurry"; doubtful names begin with the worst."""
    _show({PERSON: "", FLAG: name, SORT: "doubtful" if name == "doubtful" else "name", SEARCH: ""})


def show_person(person: str) -> NoReturn:
    """Show the photos of one person."""
    _show({PERSON: person, FLAG: "", SEARCH: ""})


def show_photo(sha256: str) -> NoReturn:
    """Show one photo large."""
    _show({PHOTO: sha256})


def _show(wanted: dict[str, str]) -> NoReturn:
    current().wanted |= {TABS: WALL_TAB, **wanted}
    st.rerun()
