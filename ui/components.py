"""Building blocks that several pages use: rows of figures, walls of pictures, charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ui.guards import as_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def figures_row(figures: Sequence[tuple[str, str, str]]) -> None:
    """Show figures side by side.

    Args:
        figures: (label, value, help) each; the help may be empty.
    """
    with st.grid(len(figures), min_column_width=150):
        for label, value, help_text in figures:
            st.metric(label, value, help=help_text or None, border=True)


def picture_wall(pictures: Sequence[tuple[bytes, str, str]], width: int = 116) -> None:
    """Show pictures in a grid that follows the window's width.

    Args:
        pictures: (encoded image, caption, description for people who cannot see it) each.
        width: Smallest width of a cell, in px.
    """
    with st.grid(min_column_width=width, gap="xsmall"):
        for picture, caption, description in pictures:
            st.image(picture, caption=as_text(caption) or None, width="stretch", alt=description)


def tabs(key: str, parts: Mapping[str, Callable[[], None]]) -> None:
    """Show parts of a page as tabs; only the open one is drawn, so a page costs what is looked at.

    Args:
        key: Of the widget.
        parts: The name of each tab and what draws it.
    """
    shown = st.tabs(list(parts), key=key, on_change="rerun")
    for tab, draw in zip(shown, parts.values(), strict=True):
        with tab:
            if tab.open:
                draw()


def folded(label: str, key: str, icon: str, draw: Callable[[], None]) -> None:
    """Show a part of a page that is closed at first; it is drawn only while it is open.

    Args:
        label: What it is called.
        key: Of the widget.
        icon: In front of the label.
        draw: What is inside.
    """
    box = st.expander(label, icon=icon, key=key, on_change="rerun")
    if box.open:
        with box:
            draw()


def chart(figure: Figure, key: str, description: str = "") -> None:
    """Show a chart in the page's own colours, with a sentence on how to read it."""
    st.plotly_chart(figure, width="stretch", key=key, config={"displaylogo": False, "displayModeBar": False})
    if description:
        st.caption(description)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share in 0..1 as text, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.{digits}f}%"
