"""Settings as widgets: labels, limits, steps and help are read from core.settings, never chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from core.errors import SettingsError
from core.settings import PRESETS, Limits, Settings, limits_of, types_of
from ui.guards import show_error
from ui.session import current


def edit_part(settings: Settings, part: str, names: Sequence[str] | None = None, skip: Sequence[str] = ()) -> Settings:
    """Show one part of the settings as widgets and return the settings as the person left them."""
    values = getattr(settings, part)
    changes = {}
    for each in fields(values):
        if (names is None or each.name in names) and each.name not in skip:
            key = f"{settings.preset}.{current().form_version}.{part}.{each.name}"
            changes[each.name] = _widget(
                limits_of(values, each.name), getattr(values, each.name), types_of(type(values))[each.name], key
            )
    try:
        return replace(settings, **{part: replace(values, **changes)})
    except SettingsError as error:
        show_error(error)
        return settings


def _widget(limits: Limits, value: Any, kind: Any, key: str) -> Any:
    label = f"{limits.label} ({limits.unit})" if limits.unit else limits.label
    if kind is bool:
        return st.toggle(label, value, key=key, help=limits.help)
    if limits.choices:
        return st.selectbox(label, limits.choices, limits.choices.index(value), key=key, help=limits.help)
    if kind == tuple[int, ...]:
        return _numbers(label, limits, value, key)
    if kind is float and limits.step is not None and limits.step < 1e-3:
        return _small_number(label, limits, value, key)
    return st.slider(label, kind(limits.low), kind(limits.high), kind(value), kind(limits.step), key=key, help=limits.help)


def _small_number(label: str, limits: Limits, value: float, key: str) -> float:
    """A slider over powers of ten: linear steps would hide every useful learning rate in its first pixel."""
    assert limits.low is not None
    assert limits.high is not None
    steps = [m * 10.0**e for e in range(-6, 1) for m in (1, 2, 5)]
    options = sorted({float(f"{s:.0e}") for s in steps if limits.low <= s <= limits.high} | {value, limits.low})
    return float(st.select_slider(label, options, value, format_func=lambda number: f"{number:g}", key=key, help=limits.help))


def _numbers(label: str, limits: Limits, value: tuple[int, ...], key: str) -> tuple[int, ...]:
    text = st.text_input(label, ", ".join(map(str, value)), key=key, help=f"{limits.help} Numbers with commas.")
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        st.error(f"{label}: {text!r} is no list of whole numbers. Write them with commas, like 512, 256, 128.")
        return value


PRESET_LINES = {
    "dense": "Dense: all pixels at once, on 100×100 gray faces. Quick to train; the first network most courses show.",
    "cnn": "CNN: learns small patterns first, on 128×128 colour faces. Slower to train.",
}


def choose_preset() -> None:
    """Let the person choose the network to start from; the edits of each are kept."""
    session = current()
    chosen = st.segmented_control(
        "Network",
        list(PRESETS),
        default=session.preset,
        format_func={"dense": "Dense network", "cnn": "CNN"}.__getitem__,
        key="preset-choice",
        required=True,
    )
    session.preset = chosen or session.preset
    st.caption(PRESET_LINES[session.preset])


def edit_all() -> None:
    """Show every setting of the preset in view, in groups, and keep what the person changes."""
    session = current()
    with st.expander("Settings", icon=":material/tune:"):
        tabs = st.tabs(["Training", "Network", "Faces", "Split", "Augmentation", "Unknown"])
        for tab, part in zip(tabs, ("training", "model", "face", "split", "augmentation", "openset"), strict=True):
            with tab, st.grid(3, min_column_width=220):
                skip = ("architecture", *_UNUSED.get(session.settings.model.architecture, ())) if part == "model" else ()
                session.edit(edit_part(session.settings, part, skip=skip))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _edit_seed()
            if st.button("Back to the preset's settings", icon=":material/restart_alt:"):
                session.reset_settings()
                st.rerun()


_UNUSED = {"dense": ("filters",)}


def _edit_seed() -> None:
    session = current()
    seed = st.number_input(
        "Seed",
        0,
        2**31 - 1,
        session.settings.seed,
        key=f"{session.preset}.{session.form_version}.seed",
        help="The same seed and settings draw the same split and start from the same weights.",
        width=200,
    )
    session.edit(replace(session.settings, seed=int(seed)))
