"""Settings as widgets: labels, limits, steps and help are read from core.settings, never chosen here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from core.errors import SettingsError
from core.settings import Limits, Settings, limits_of, types_of
from ui.guards import as_text, show_error
from ui.session import current

# How a word of a choice is written; all others are shown as they are.
WORDS = {"sface": "SFace", "onnx": "ONNX file", "mtcnn": "MTCNN", "yunet": "YuNet", "rgb": "RGB", "bgr": "BGR"}
EXACT = {"onnx_mean", "onnx_scale"}  # numbers that come with a file and have to be typed as they stand there
PERCENT = {"stranger_rate", "unsure_rate"}  # shares of a few per cent


def edit_part(
    settings: Settings,
    part: str,
    names: Sequence[str] | None = None,
    *,
    words: Mapping[str, tuple[str, str]] | None = None,
    notes: Mapping[str, str] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    locked: bool = False,
) -> Settings:
    """Show one part of the settings as widgets and return the settings as the person left them.

    Args:
        settings: All of them.
        part: Which part.
        names: Which settings of that part; all by default.
        words: Another label and help for some of them, where they mean something else.
        notes: Markdown to write behind the label of some of them.
        choices: Fewer choices for some of them.
        locked: Show them, but let nothing be changed.
    """
    values = getattr(settings, part)
    changes = {}
    for name in names or [each.name for each in fields(values)]:
        limits = _presented(limits_of(values, name), (words or {}).get(name), (notes or {}).get(name))
        if choices and name in choices:
            limits = replace(limits, choices=tuple(choices[name]))
        common = {"key": f"{settings.preset}.{current().form_version}.{part}.{name}", "disabled": locked}
        changes[name] = _widget(name, limits, getattr(values, name), types_of(type(values))[name], common)
    try:
        return replace(settings, **{part: replace(values, **changes)})
    except SettingsError as error:
        show_error(error)
        return settings


def _presented(limits: Limits, words: tuple[str, str] | None, note: str | None) -> Limits:
    """Return the limits with the label and help as they are shown."""
    label, help_text = words or (limits.label, limits.help)
    label = f"{label} ({limits.unit})" if limits.unit else label
    return replace(limits, label=f"{label} {note}" if note else label, help=help_text)


def _widget(name: str, limits: Limits, value: Any, kind: Any, common: dict[str, Any]) -> Any:
    label, common = limits.label, {**common, "help": limits.help}
    if kind is bool:
        return st.toggle(label, value, **common)
    if limits.choices:
        return st.selectbox(label, limits.choices, limits.choices.index(value), format_func=_word, **common)
    if kind is str:
        return st.text_input(label, value, **common).strip()
    if kind == tuple[int, ...]:
        return _numbers(label, value, {**common, "help": f"{limits.help} Numbers with commas."})
    return _number(name, limits, value, kind, common)


def _word(word: str) -> str:
    return WORDS.get(word, word)


def _number(name: str, limits: Limits, value: Any, kind: Any, common: dict[str, Any]) -> Any:
    if kind is float and limits.step is not None and limits.step < 1e-3 and name not in EXACT:
        return _small_number(limits, value, common)
    low, high, step = kind(limits.low), kind(limits.high), kind(limits.step)
    if name in EXACT:
        return st.number_input(limits.label, low, high, kind(value), step, format="%.7g", **common)
    shown = "percent" if name in PERCENT else None
    return st.slider(limits.label, low, high, kind(value), step, format=shown, **common)


def _small_number(limits: Limits, value: float, common: dict[str, Any]) -> float:
    """A slider over powers of ten: linear steps would hide every useful learning rate in its first pixel."""
    assert limits.low is not None
    assert limits.high is not None
    steps = [m * 10.0**e for e in range(-6, 1) for m in (1, 2, 5)]
    options = sorted({float(f"{s:.0e}") for s in steps if limits.low <= s <= limits.high} | {value, limits.low})
    return float(st.select_slider(limits.label, options, value, format_func=lambda number: f"{number:g}", **common))


def _numbers(label: str, value: tuple[int, ...], common: dict[str, Any]) -> tuple[int, ...]:
    text = st.text_input(label, ", ".join(map(str, value)), **common)
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        st.error(f"{label}: {as_text(repr(text))} is no list of whole numbers. Write them with commas, like 512, 256, 128.")
        return value
