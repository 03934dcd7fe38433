"""The frame around every page: the table of pages, the sidebar, the page's title, one place for what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from core.storage import PROJECT_ROOT
from ui.session import current
from ui.telling import tell_the_end

# Before OpenCV and TensorFlow are imported: their chatter would bury what the terminal has to say.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ICON = PROJECT_ROOT / "ui" / "assets" / "visage.png"  # a file: Streamlit would fetch an icon by name from the internet
_INSIDE_APP: ContextVar[bool] = ContextVar("inside_app", default=False)

PAGES = {
    "home": ("Home", ":material/home:"),
    "explore": ("Explore", ":material/photo_library:"),
    "augment": ("Augment", ":material/auto_fix_high:"),
    "train": ("Train", ":material/model_training:"),
    "evaluate": ("Evaluate", ":material/analytics:"),
    "predict": ("Predict", ":material/familiar_face_and_zone:"),
}


def page_named(name: str) -> st.Page:
    """Return page `name`, for the sidebar, for links and for switches.

    The path is absolute: then a page finds the others also where it is the script that was started, as in a test.
    """
    title, icon = PAGES[name]
    return st.Page(PROJECT_ROOT / "pages" / f"{name}.py", title=title, icon=icon, default=name == "home")


def open_app() -> None:
    """Run the page that the address asks for; the whole of app.py."""
    st.set_page_config(page_title="Visage", page_icon=ICON, layout="wide")
    page = _navigation()
    token = _INSIDE_APP.set(True)
    try:
        page.run()
    finally:
        _INSIDE_APP.reset(token)


def _navigation() -> st.Page:
    return st.navigation([page_named(name) for name in PAGES])


@contextmanager
def page(name: str, subtitle: str = "") -> Iterator[None]:
    """Frame one page script.

    A page that is a fresh server's very first request runs without app.py; then the frame sets up here what app.py
    would have: the same configuration and the same sidebar. From then on Streamlit knows the page by another name, and
    would lose what a person does first; so the page runs once more at once, under that name.
    """
    title, _ = PAGES[name]
    title = "Visage" if name == "home" else title
    st.set_page_config(page_title="Visage" if name == "home" else f"{title} · Visage", page_icon=ICON, layout="wide")
    if not _INSIDE_APP.get():
        _navigation()
        if not current().settled:
            current().settled = True
            st.rerun()
    st.title(title)
    if subtitle:
        st.caption(subtitle)
    tell_the_end(page_named, name == "train")
    yield
