"""Choosing the network to start from: what each needs, how long it takes here, and what to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.experiment.speed import estimate, read_speed
from core.settings import PRESETS
from ui.guards import explained
from ui.progress import watch
from ui.session import PRESET_CHOICE, current, show_wanted


@dataclass(frozen=True)
class About:
    """What a newcomer has to know of a preset.

    Attributes:
        title: Its name on the page.
        needs: What it needs.
        takes: How long it takes on most computers, where nothing has been measured on this one.
        expect: What to expect.
    """

    title: str
    needs: str
    takes: str
    expect: str


ABOUT = {
    "embedding": About(
        "Accurate",
        "A pretrained embedding knows faces already: needs a handful of photos per person, even one.",
        "Seconds to minutes",
        "Expect 99 of 100 everyday photos named right.",
    ),
    "embedding-fast": About(
        "Fast",
        "The same with a smaller embedding: needs a handful of photos per person.",
        "Seconds",
        "Several times quicker; expect a few more mistakes.",
    ),
    "residual": About(
        "Learn from scratch",
        "Learns from your photos alone: needs a hundred or more per person.",
        "Minutes to an hour",
        "Expect 8 of 10 everyday photos named right.",
    ),
    "cnn": About(
        "Notebook CNN",
        "For learning how networks see: needs photos alike in pose and light.",
        "Minutes",
        "Expect 9 of 10 of them named right.",
    ),
    "dense": About(
        "Notebook dense network",
        "The first network of most courses: needs photos alike in pose and light.",
        "A minute or two",
        "Expect 9 of 10 of them named right.",
    ),
}


def choose_preset(catalogue: Catalogue) -> None:
    """Let the person choose the network to start from, with one line on each; the edits of each are kept."""
    session = current()
    speed = read_speed()
    times = _times(speed, catalogue) if speed else {}
    show_wanted(PRESET_CHOICE, PRESETS, session.preset)
    chosen = st.radio(
        "Network",
        list(PRESETS),
        format_func=title_of,
        captions=[_line(ABOUT[name], times.get(name)) for name in PRESETS],
        key=PRESET_CHOICE,
    )
    session.preset = chosen
    _offer_timing(measured=speed is not None)


def choose_preset_briefly() -> None:
    """Let the person choose the network where there is room for no more than the names."""
    session = current()
    names = list(PRESETS)
    session.preset = st.selectbox("Network", names, names.index(session.preset), format_func=title_of, key="preset-brief")


def title_of(preset: str) -> str:
    """Return a preset's name on the page; a preset that is no longer there keeps its own."""
    return ABOUT[preset].title if preset in ABOUT else preset


def _line(about: About, seconds: float | None) -> str:
    takes = about.takes if seconds is None else f"About {roughly(seconds)} here"
    return f"{about.needs} {takes}. {about.expect}"


def _times(speed: dict[str, Any], catalogue: Catalogue) -> dict[str, float | None]:
    """Return how many seconds each preset would take on these photos, as this computer was measured."""
    session, about = current(), catalogue.summary()
    return {name: estimate(speed, session.settings_of(name), about.photos, about.people) for name in PRESETS}


def _offer_timing(measured: bool) -> None:
    job = next((each for each in jobs.list_jobs() if each.kind == "speed"), None)
    if job is not None and (job.alive or (job.state in ("failed", "lost") and not measured)):
        watch(job.directory)
        if job.alive:
            return
    again = {"type": "tertiary"} if measured else {}
    if st.button(
        "Time them again" if measured else "Time them on this computer",
        icon=":material/timer:",
        help="Tries each network for a moment, a minute in all; then you see how long each would take with your photos.",
        **again,
    ):
        with explained():
            jobs.start_speed()
            st.rerun()


def roughly(seconds: float) -> str:
    """Return an estimated time in round words: "5 s", "40 s", "3 min", "1 h 20 min"."""
    if seconds < 57.5:
        return f"{max(5, 5 * round(seconds / 5))} s"
    if seconds < 57.5 * 60:
        return f"{max(1, round(seconds / 60))} min"
    minutes = 10 * round(seconds / 600)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
