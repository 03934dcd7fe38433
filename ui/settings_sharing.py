"""Handing settings on: as a file, as an address, and taking in what came that way."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from core.errors import SettingsError, VisageError
from core.settings.sharing import from_code, from_text, to_code, to_text
from ui.guards import as_text, explained, show_error
from ui.presets_views import title_of
from ui.session import current

ADDRESS = "settings"  # the word in the page's address


def read_address() -> None:
    """Put the settings in view that the page's address names; once, so that what is edited afterwards stays."""
    session = current()
    code = st.query_params.get(ADDRESS, "")
    if session.address_read:
        return
    session.address_read = True
    if code:
        try:
            settings = from_code(code)
            session.bring_settings(settings, f"The settings in the address are in view, for {title_of(settings.preset)}.")
        except SettingsError as error:
            session.brought = error


def brought_words() -> None:
    """Say what bringing settings in has come to, with a way back, until that is closed."""
    session = current()
    if not session.brought:
        return
    with st.container(border=True):
        if isinstance(session.brought, VisageError):
            show_error(session.brought)
            st.caption("Your own settings are still in view.")
        else:
            st.markdown(f":material/check_circle: {as_text(session.brought)}")
        with st.container(horizontal=True):
            if session.before is not None and st.button("Undo", icon=":material/undo:", key="brought-undo"):
                session.take_back()
                st.rerun()
            if st.button("Close", key="brought-close", type="tertiary"):
                session.before, session.brought = None, ""
                st.rerun()


def hand_on() -> None:
    """Offer to save, load and share the settings in view."""
    session = current()
    with st.container(horizontal=True):
        st.download_button(
            "Save",
            to_text(session.settings),
            f"visage-{session.preset}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            help="All settings in one file, without any photo and without the name of your folder.",
        )
        # The key changes with what was loaded: then the popover closes and the file is let go.
        with st.popover("Load", icon=":material/upload_file:", key=f"load-{session.form_version}"):
            _load()
        with st.popover("Share", icon=":material/share:"):
            _share()


def _load() -> None:
    session = current()
    file = st.file_uploader("Settings file", "json", key=f"settings-file-{session.form_version}", max_upload_size=1)
    if file is None:
        st.caption("A file that Save has made, or the settings.json of a run.")
        return
    with explained():
        settings = from_text(file.getvalue())
        session.bring_settings(settings, f"The settings of {file.name} are in view, for {title_of(settings.preset)}.")
        st.rerun()
    st.caption("Nothing was changed: your settings are still in view.")


def _share() -> None:
    st.write("Whoever opens this address in their own Visage sees these settings. It holds no photo, no name and no folder.")
    st.code(_address(to_code(current().settings)), language=None, wrap_lines=True)


def _address(code: str) -> str:
    place = urlsplit(st.context.url or "http://localhost:8501/train")
    return f"{place.scheme}://{place.netloc}{place.path}?{ADDRESS}={code}"
