"""What one browser session remembers between reruns; the only module that touches st.session_state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import streamlit as st

from core.settings import DEFAULT_PRESET, PRESETS, DataSettings, Settings

_KEY = "visage"


@dataclass
class AppSession:
    """One person's choices; whatever must outlive a reload is a file in the artifacts instead.

    Attributes:
        wanted: Choices that the next rerun has to show, by the key of their widget: a dataset just opened, a run to look at.
        preset: Name of the preset in view on Augment and Train.
        edited: Settings as edited so far, by preset.
        form_version: Counts resets of the settings form, so that its widgets start afresh.
        upload_version: Counts cleared uploads on Predict, likewise.
        added_version: Counts people added on Predict, likewise.
        notices: What adding a person has left to say, shown once at the top of Predict.
        variant_seed: Seed of the augmentation preview.
        opened: Counts folders opened as datasets.
        settled: Whether a page that ran without app.py has run once more; see `ui.frame.page`.
        watched: Id of the run that this session started last.
    """

    wanted: dict[str, str] = field(default_factory=dict)
    preset: str = DEFAULT_PRESET
    edited: dict[str, Settings] = field(default_factory=dict)
    form_version: int = 0
    upload_version: int = 0
    added_version: int = 0
    notices: list[str] = field(default_factory=list)
    variant_seed: int = 0
    opened: int = 0
    settled: bool = False
    watched: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings in view: the preset's, as edited."""
        return self.settings_of(self.preset)

    def settings_of(self, preset: str) -> Settings:
        """Return the settings of a preset, as edited."""
        return self.edited.get(preset, PRESETS[preset])

    def edit(self, settings: Settings) -> None:
        """Keep edited settings for their preset."""
        self.edited[self.preset] = settings

    def use_source(self, source: str) -> Settings:
        """Return the settings in view for the photos of `source`."""
        return replace(self.settings, data=DataSettings(source))

    def reset_settings(self) -> None:
        """Forget the edits of the preset in view."""
        self.edited.pop(self.preset, None)
        self.form_version += 1


def current() -> AppSession:
    """Return this browser session's memory."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = AppSession()
    session: AppSession = st.session_state[_KEY]
    return session


def show_wanted(key: str, options: Collection[str]) -> None:
    """Give the widget `key`, not drawn yet in this rerun, the choice that is wanted for it, or drop one that is gone.

    What this session asked for comes first, then what it had chosen, then what the page's address names.
    """
    wanted = current().wanted.pop(key, None) or st.session_state.get(key) or st.query_params.get(key)
    if wanted in options:
        st.session_state[key] = wanted
    else:
        st.session_state.pop(key, None)


def keep_in_address(key: str, choice: str) -> None:
    """Name a choice in the page's address, so that a reload or a bookmark finds it again."""
    if st.query_params.get(key) != choice:
        st.query_params[key] = choice
