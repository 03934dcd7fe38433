"""Choosing what a search varies: a switch for each setting, and a slider for its range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.search import Range, chosen_space, matters, needed_for, search_space, searched_limits, type_of
from core.settings import Settings
from ui.session import current
from ui.settings_form import WORDS

_SWITCH = {"true": "on", "false": "off"}


def choose_space(settings: Settings) -> tuple[Range, ...]:
    """Show which settings are varied, and return them with their ranges."""
    offered, main = search_space(settings), {each.name for each in chosen_space(settings)}
    key = f"search.{settings.preset}.{current().form_version}"
    chosen: dict[str, Range] = {}
    with st.grid(3, min_column_width=250):
        for each in [each for each in offered if each.name in main]:
            _choose(each, True, key, settings, chosen)
    with st.expander("More settings to search", icon=":material/tune:"), st.grid(3, min_column_width=250):
        for each in [each for each in offered if each.name not in main]:
            _choose(each, False, key, settings, chosen)
    return tuple(chosen.values())


def _choose(each: Range, first: bool, key: str, settings: Settings, chosen: dict[str, Range]) -> None:
    limits = searched_limits(each.name)
    reason = _useless(each.name, settings, chosen)
    with st.container(border=True):
        key = f"{key}.{each.name}"
        wanted = st.toggle(limits.label, first, key=key, help=reason or limits.help, disabled=bool(reason))
        found = _range(each, f"{key}.range", disabled=not wanted or bool(reason))
        if wanted and not reason and found is not None:
            chosen[each.name] = found
        if reason:
            st.caption(reason)


def _useless(name: str, settings: Settings, chosen: Mapping[str, Range]) -> str:
    """Return why a setting would have no effect; empty where it has one."""
    needed = needed_for(name)
    if needed is None:
        return ""
    decider, words = needed
    possible = chosen[decider].choices if decider in chosen else ()
    if set(possible) & set(words) or (not possible and matters(name, settings, {})):
        return ""
    return f"Has an effect only where {searched_limits(decider).label} is {' or '.join(words)}."


def _range(each: Range, key: str, disabled: bool) -> Range | None:
    if each.choices:
        chosen = st.multiselect(
            "Choices", each.choices, each.choices, format_func=_word, key=key, label_visibility="collapsed", disabled=disabled
        )
        return Range(each.name, choices=tuple(chosen)) if len(chosen) > 1 else None
    low, high = _magnitudes(each, key, disabled) if each.log else _numbers(each, key, disabled)
    return Range(each.name, low, high, each.log, each.step) if low < high else None


def _word(word: str) -> str:
    return _SWITCH.get(word, WORDS.get(word, word.replace(",", ", ")))


def _magnitudes(each: Range, key: str, disabled: bool) -> tuple[float, float]:
    """A slider over powers of ten, as linear steps would hide the small values."""
    limits = searched_limits(each.name)
    assert limits.low is not None
    assert limits.high is not None
    steps = [float(f"{m}e{e}") for e in range(-6, 4) for m in (1, 2, 5)]
    ends = (float(each.low or 0), float(each.high or 0))
    options = sorted({step for step in steps if limits.low <= step <= limits.high} | set(ends))
    bare: dict[str, Any] = {"key": key, "label_visibility": "collapsed", "disabled": disabled}
    low, high = st.select_slider("Range", options, ends, format_func=lambda number: f"{number:g}", **bare)
    return float(low), float(high)


def _numbers(each: Range, key: str, disabled: bool) -> tuple[float | int, float | int]:
    limits, kind = searched_limits(each.name), type_of(each.name)
    ends = (kind(each.low), kind(each.high))
    low, high, step = kind(limits.low), kind(limits.high), kind(each.step or limits.step)
    found: tuple[float | int, float | int] = st.slider(
        "Range", low, high, ends, step, key=key, label_visibility="collapsed", disabled=disabled
    )
    if each.step and (found[1] - found[0]) % each.step:  # the slider's steps begin elsewhere
        return found[0], found[1] - (found[1] - found[0]) % each.step
    return found
