"""Telling the end of what this session has started, on whatever page is open then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import jobs
from core.errors import JobError
from core.runs import LIVE, layout, state_of
from core.storage import read_json
from ui.guards import as_text
from ui.session import current

LOOK_SECONDS = 2.0  # a few small files each time
_TOLD = {"done", "failed", "lost"}  # whoever stops or pauses something knows that it has ended


def tell_the_end(page_named: Callable[[str], st.Page], on_train: bool) -> None:
    """Follow what this session has started: in the sidebar while it is at work, and in a corner when it ends.

    Args:
        page_named: Returns a page by its name.
        on_train: Whether the page is Train, which shows everything itself.
    """
    session = current()
    if on_train:
        session.ended = {}
    if not session.followed and not session.ended:
        return
    if on_train:
        _follow(page_named, on_train)
        return
    with st.sidebar:
        _follow(page_named, on_train)


@st.fragment(run_every=LOOK_SECONDS)
def _follow(page_named: Callable[[str], st.Page], on_train: bool) -> None:
    session = current()
    for directory in [each for each in session.followed if state_of(each) not in LIVE]:
        session.followed.remove(directory)
        words = _words(directory)
        if words:
            _toast(words, state_of(directory) == "done")
            session.ended[directory.name] = words
    if on_train:
        return
    for directory in session.followed:
        st.caption(f":material/model_training: {_title(directory)} is at work")
    for words in session.ended.values():
        st.caption(f":material/check_circle: {words}")
    st.page_link(page_named("train"), label="See it on Train", icon=":material/arrow_forward:")


def _toast(words: str, good: bool) -> None:
    icon = ":material/check_circle:" if good else ":material/error:"
    st.toast(f"{words} [See it](train)", icon=icon, duration="long")


def _title(directory: Path) -> str:
    try:
        return as_text(jobs.read_job(directory).title)
    except JobError:  # deleted this moment
        return as_text(directory.name)


def _words(directory: Path) -> str:
    """Return how a job ended in one sentence; empty where there is nothing to tell."""
    state = state_of(directory)
    try:
        title = as_text(jobs.read_job(directory).title)
        result = read_json(directory / layout.RESULT) or {}
    except (JobError, json.JSONDecodeError, OSError):  # discarded, or deleted by another page
        return ""
    if state not in _TOLD:
        return ""
    if state != "done":
        return f"**{title}** has failed." if state == "failed" else f"**{title}** was interrupted."
    test = result.get("test") or {}
    accuracy = test.get("accuracy")
    return f"**{title}** is done." if accuracy is None else f"**{title}** is trained: test accuracy {100 * accuracy:.1f}%."
