"""What is kept in memory about photos that were uploaded: pictures of a size that a browser shows."""

from __future__ import annotations

import streamlit as st

SHOWN_SIDE = 1280  # px: a photo is shown at most this large


@st.cache_data(max_entries=40, show_spinner=False, scope="session")
def shown_photo(name: str, data: bytes) -> bytes:
    """Return a photo, upright and at most 1280 px wide and high, as a JPEG file.

    Raises:
        PhotoError: it cannot be read.
    """
    from core.images import decode, fit_within
    from ui.images import jpeg

    return jpeg(fit_within(decode(data, name).pixels, SHOWN_SIDE))
