"""What one browser session remembers between reruns; the only module that touches st.session_state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from core.settings import PRESETS, DataSettings, Settings

_KEY = "visage"


@dataclass
class AppSession:
    """One person's choices; whatever must outlive a reload is a file in the artifacts instead.

    Attributes:
        dataset: Id of the dataset in view, None until one is opened.
        run: Id of the run in view, None for the newest.
        preset: Name of the preset in view on Augment and Train.
        edited: Settings as edited so far, by preset.
        form_version: Counts resets of the settings form, so that its widgets start afresh.
        upload_version: Counts cleared uploads on Predict, likewise.
        variant_seed: Seed of the augmentation preview.
        watched: Id of the run that this session started last.
    """

    dataset: str | None = None
    run: str | None = None
    preset: str = "dense"
    edited: dict[str, Settings] = field(default_factory=dict)
    form_version: int = 0
    upload_version: int = 0
    variant_seed: int = 0
    watched: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings in view: the preset's, as edited."""
        return self.edited.get(self.preset, PRESETS[self.preset])

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
