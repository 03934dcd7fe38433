"""What a page shows instead of a traceback or of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import VisageError


def show_error(error: VisageError) -> None:
    """Show what went wrong and what to do about it."""
    st.error(f"**{as_text(error.what)}** {as_text(error.remedy)}".rstrip(), icon=":material/error:")


@contextmanager
def explained() -> Iterator[None]:
    """Turn a VisageError inside the block into a message on the page."""
    try:
        yield
    except VisageError as error:
        show_error(error)


def empty_state(sentence: str, link: str, page: st.Page, icon: str = ":material/arrow_forward:") -> None:
    """Say in one sentence why there is nothing here, with one way on."""
    with st.container(border=True):
        st.write(sentence)
        st.page_link(page, label=link, icon=icon)


def as_text(text: str) -> str:
    """Return `text` so that Markdown shows it letter for letter: names and paths may hold any character."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-!|~$:" else letter for letter in text)
    return escaped.replace("\n", " ")
