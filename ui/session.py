"""What one browser session remembers between reruns; the only module that touches st.session_state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import VisageError
from core.settings import DEFAULT_PRESET, PRESETS, DataSettings, Settings
from ui.memories import PredictMemory, WallMemory

_KEY = "visage"
# Keys of widgets on Train: what chooses a preset, the expander of all settings and its tabs.
PRESET_CHOICE, SETTINGS_OPEN, SETTINGS_TAB = "preset-choice", "settings-open", "settings-tab"


@dataclass
class AppSession:
    """One person's choices; whatever must outlive a reload is a file in the artifacts instead.

    Attributes:
        wanted: Choices that the next rerun has to show, by the key of their widget: a dataset just opened, a run to look at.
        preset: Name of the preset in view on Augment and Train.
        edited: Settings as edited so far, by preset.
        form_version: Counts resets of the settings form, so that its widgets start afresh.
        predict: What the Predict page remembers.
        wall: What the wall of photos remembers.
        variant_seed: Seed of the augmentation preview.
        opened: Counts folders opened as datasets.
        said: What the last action did, to be shown once.
        simple_wall: Whether the wall uses plain widgets only.
        photos_on_page: How many photos the wall shows at a time.
        settled: Whether a page that ran without app.py has run once more; see `ui.frame.page`.
        watched: Id of the run that this session started last.
        followed: Directories of the jobs that this session started and whose end it has not been told yet.
        ended: How what has ended since was told, by the names of their directories; until Train is opened.
        before: The preset in view and all edits, as they were before whole settings were brought in; None without such.
        brought: What bringing settings in has to say, a sentence or what was wrong; shown until it is closed.
        address_read: Whether the settings in the page's address have been looked at.
        chosen_runs: Ids of the runs that are chosen in the table of runs.
        chosen_anew: Counts choices that were made elsewhere than in that table, so that it takes them over.
        seen_runs: Ids of runs started here that were chosen in the table when they ended.
        deleted_runs: Ids of runs just put into the bin, as long as that is offered to be undone.
        evaluating: Name of the evaluation of another folder that Evaluate shows as soon as it ends.
    """

    wanted: dict[str, str] = field(default_factory=dict)
    preset: str = DEFAULT_PRESET
    edited: dict[str, Settings] = field(default_factory=dict)
    form_version: int = 0
    variant_seed: int = 0
    opened: int = 0
    said: str = ""
    wall: WallMemory = field(default_factory=WallMemory)
    predict: PredictMemory = field(default_factory=PredictMemory)
    simple_wall: bool = False
    photos_on_page: int = 48
    settled: bool = False
    watched: str | None = None
    followed: list[Path] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    before: tuple[str, dict[str, Settings]] | None = None
    brought: str | VisageError = ""
    address_read: bool = False
    evaluating: str = ""
    chosen_runs: list[str] = field(default_factory=list)
    chosen_anew: int = 0
    seen_runs: set[str] = field(default_factory=set)
    deleted_runs: list[str] = field(default_factory=list)

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

    def bring_settings(self, settings: Settings, words: str) -> None:
        """Put whole settings in view, from a file, an address or a run; what was in view can be had back."""
        self.before = (self.preset, dict(self.edited))
        self.edited[settings.preset] = settings
        self.show_preset(settings.preset)
        self.brought = words

    def take_back(self) -> None:
        """Put in view again what was there before settings were brought in."""
        if self.before is not None:
            preset, self.edited = self.before
            self.show_preset(preset)
        self.before, self.brought = None, ""

    def show_preset(self, preset: str) -> None:
        """Put another preset in view, with its edits."""
        self.preset, self.form_version = preset, self.form_version + 1
        self.wanted[PRESET_CHOICE] = preset

    def follow(self, directory: Path) -> None:
        """Watch a job that was started here, and tell its end on whatever page is open then."""
        self.watched = directory.name
        if directory not in self.followed:
            self.followed.append(directory)


def current() -> AppSession:
    """Return this browser session's memory."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = AppSession()
    session: AppSession = st.session_state[_KEY]
    return session


def show_wanted(key: str, options: Collection[str], first: str | None = None) -> None:
    """Give the widget `key`, not drawn yet in this rerun, the choice that is wanted for it, or drop one that is gone.

    What this session asked for comes first, then what it had chosen, then what the page's address names, then `first`.
    """
    sources = (current().wanted.pop(key, None), st.session_state.get(key), st.query_params.get(key))
    wanted = next((each for each in sources if each is not None), None)
    if wanted in options:
        st.session_state[key] = wanted
    elif first is not None:
        st.session_state[key] = first
    else:
        st.session_state.pop(key, None)


def show_settings(tab: str) -> None:
    """Open all settings on Train, at one tab, in the next rerun."""
    current().wanted |= {SETTINGS_OPEN: "yes", SETTINGS_TAB: tab}


def open_if_wanted(key: str) -> None:
    """Open the expander `key`, not drawn yet in this rerun, if that is wanted."""
    if current().wanted.pop(key, None) is not None:
        st.session_state[key] = True


def show_wanted_list(key: str, options: Collection[str]) -> None:
    """Give the widget `key`, in which several can be chosen, its choices, as `show_wanted` does; in the address: a,b,c."""
    wanted = current().wanted.pop(key, None)
    if wanted is None and key not in st.session_state:
        wanted = st.query_params.get(key, "")
    chosen = st.session_state.get(key, []) if wanted is None else wanted.split(",")
    st.session_state[key] = [each for each in chosen if each in options]


def show_wanted_text(key: str) -> None:
    """Give the text field `key` what is wanted for it or, when it is drawn first, what the address says."""
    if key in current().wanted or key not in st.session_state:
        st.session_state[key] = current().wanted.pop(key, st.query_params.get(key, ""))


def keep_in_address(key: str, choice: str, default: str | None = None) -> None:
    """Name a choice in the page's address, so that a reload or a bookmark finds it again; a default need not be named."""
    if choice == default:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != choice:
        st.query_params[key] = choice


def wall_memory(dataset: str) -> WallMemory:
    """Return what the wall remembers of a dataset; of another than before, nothing."""
    session = current()
    if session.wall.dataset != dataset:
        asked = "" if session.wall.dataset else st.query_params.get("page", "")
        session.wall = WallMemory(dataset, page=int(asked) if asked.isdecimal() else 1)
    return session.wall


def value_of(key: str) -> Any:
    """Return what the widget `key` holds; for its callback, which runs before the widget is drawn again."""
    return st.session_state.get(key)
