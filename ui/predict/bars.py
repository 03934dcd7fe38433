"""The most likely people as bars: plain HTML, because a page may show a dozen of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from ui.predict.wording import share

_ROW = (
    '<li style="display:grid;grid-template-columns:minmax(3.5rem,36%) minmax(1.5rem,1fr) 4.2rem;gap:0.5rem;'
    'align-items:center;margin:0">'
    '<span title="{name}" style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap">{name}</span>'
    '<span style="height:0.55rem;border-radius:0.3rem;background:color-mix(in srgb,currentColor 13%,transparent)">'
    '<span style="display:block;height:100%;width:{width:.1f}%;border-radius:0.3rem;background:{colour}"></span></span>'
    '<span style="text-align:right;font-variant-numeric:tabular-nums">{share}</span></li>'
)
FIRST, OTHER = "#0072B2", "#8A949B"  # Source: the first of Okabe and Ito's colours; a gray that shows on white and on black


def bars(top: Sequence[tuple[str, float]]) -> None:
    """Show people with their probabilities, the first in colour.

    Args:
        top: (person, probability 0..1) each, most probable first.
    """
    rows = [
        _ROW.format(name=escape(name), width=100 * value, colour=OTHER if place else FIRST, share=share(value))
        for place, (name, value) in enumerate(top)
    ]
    st.html(
        '<ol aria-label="Most likely people" style="list-style:none;margin:0;padding:0;font-size:0.85rem;line-height:1.5">'
        + "".join(rows)
        + "</ol>"
    )
