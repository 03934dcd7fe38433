"""The frame around every page: the table of pages, the sidebar, the page's title, one place for what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

_INSIDE_APP: ContextVar[bool] = ContextVar("inside_app", default=False)

PAGES = {
    "home": ("Home", ":material/home:"),
    "explore": ("Explore", ":material/photo_library:"),
    "augment": ("Augment", ":material/auto_fix_high:"),
    "train": ("Train", ":material/model_training:"),
    "evaluate": ("Evaluate", ":material/analytics:"),
    "predict": ("Predict", ":material/familiar_face_and_zone:"),
}


def page_file(name: str) -> str:
    """Return the script of page `name`, relative to app.py, for links and switches."""
    return f"pages/{name}.py"


def open_app() -> None:
    """Run the page that the address asks for; the whole of app.py."""
    st.set_page_config(page_title="Visage", page_icon=":material/face:", layout="wide")
    page = _navigation()
    token = _INSIDE_APP.set(True)
    try:
        page.run()
    finally:
        _INSIDE_APP.reset(token)


def _navigation() -> st.Page:
    table = [st.Page(page_file(name), title=title, icon=icon, default=name == "home") for name, (title, icon) in PAGES.items()]
    return st.navigation(table)


@contextmanager
def page(name: str, subtitle: str = "") -> Iterator[None]:
    """Frame one page script.

    A page that is a fresh server's very first request runs without app.py; then the frame sets up here what app.py
    would have: the same configuration and the same sidebar.
    """
    title, _ = PAGES[name]
    st.set_page_config(page_title=f"{title} · Visage", page_icon=":material/face:", layout="wide")
    if not _INSIDE_APP.get():
        _navigation()
    st.title(title)
    if subtitle:
        st.caption(subtitle)
    yield
