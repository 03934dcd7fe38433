"""Reports and model cards, kept in memory so that a page offers them without writing them again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.runs import Run, layout
from ui.resources.judged import versions

if TYPE_CHECKING:
    from core.report import Facts

_TOLD = (layout.RUN, layout.THRESHOLDS, layout.OPENSET, layout.HONESTY, layout.LEARNING_CURVE)


def _version(run: Run, key: str) -> tuple[int, ...]:
    files = [run.directory / name for name in _TOLD]
    return (*versions(run, key), *(path.stat().st_mtime_ns if path.exists() else 0 for path in files))


def html_report(run: Run, key: str, photos: bool) -> str:
    """Return a run's report about one of its sets of photos, see `core.report`."""
    return _report(str(run.directory), key, photos, _version(run, key))


def model_card(run: Run, key: str) -> str:
    """Return a run's model card with the figures of one of its sets of photos."""
    return _card(str(run.directory), key, _version(run, key))


@st.cache_data(max_entries=4, show_spinner="Writing the report …")
def _report(run_directory: str, key: str, photos: bool, version: tuple[int, ...]) -> str:
    from core.report import html_report as write

    return write(_facts(run_directory, key, version), photos)


@st.cache_data(max_entries=8, show_spinner=False)
def _card(run_directory: str, key: str, version: tuple[int, ...]) -> str:
    from core.report import model_card as write

    return write(_facts(run_directory, key, version))


@st.cache_resource(max_entries=2, show_spinner="Collecting the figures …")
def _facts(run_directory: str, key: str, version: tuple[int, ...]) -> Facts:
    from core.report import gather

    return gather(Path(run_directory), key)
