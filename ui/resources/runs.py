"""What is kept in memory about finished runs: their answers and their networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.datasets import get_dataset
from core.errors import DatasetError
from core.runs import Run, layout, read_run
from ui.resources.photos import catalogue_version

if TYPE_CHECKING:
    from core.openset import Thresholds
    from core.recognizer import PhotoPrediction, Recognizer, SeenPhoto
    from core.review import Answer


def _network_version(run: Run) -> int:
    """Return a number that changes with the network, and with its lines, which a test on strangers may replace."""
    return sum((run.directory / name).stat().st_mtime_ns for name in (layout.MODEL, layout.THRESHOLDS))


@st.cache_data(max_entries=6, show_spinner="Collecting the faces …")
def _answers(run_directory: str, part: str, version: int) -> list[Answer]:
    from core.review import read_answers

    return read_answers(read_run(Path(run_directory)), part)


def answers(run: Run, part: str) -> list[Answer]:
    """Return the single answers of a run, see `core.review.read_answers`."""
    return _answers(str(run.directory), part, _network_version(run))


@st.cache_data(max_entries=50, show_spinner=False, scope="session")
def _seen(run_directory: str, name: str, data: bytes, version: int) -> SeenPhoto:
    return recognizer(run_directory, version).look(data, name)


def prediction(run: Run, name: str, data: bytes, lines: Thresholds | None = None) -> PhotoPrediction:
    """Return what a run says about a photo; the network is asked once in a session, names follow who is enrolled.

    Args:
        run: Finished.
        name: What to call the photo.
        data: The photo file's bytes.
        lines: Where known and unknown lie; None takes the run's own.
    """
    found = recognizer_of(run).name(_seen(str(run.directory), name, data, _network_version(run)))
    return found if lines is None else found.decided(lines)


def recognizer_of(run: Run) -> Recognizer:
    """Return a finished run's recognizer, which knows whoever is enrolled by now."""
    enrolled = run.directory / layout.ENROLLED
    changed = enrolled.stat().st_mtime_ns if enrolled.exists() else 0
    return _knowing(str(run.directory), _network_version(run), changed)


@st.cache_resource(max_entries=2, show_spinner=False)
def _knowing(run_directory: str, version: int, changed: int) -> Recognizer:
    from core.recognizer import read_enrolled

    enrolled = read_enrolled(Path(run_directory) / layout.ENROLLED)
    return recognizer(run_directory, version).knowing(enrolled)


@st.cache_resource(max_entries=2, show_spinner="Loading the network …")
def recognizer(run_directory: str, version: int) -> Recognizer:
    """Return a trained network ready to name faces; at most two stay in memory.

    Args:
        run_directory: Directory of the run.
        version: Modification time of its network, in ns, so that a network trained further is loaded anew.
    """
    from core.recognizer import keep_tensorflow_on_cpu, load_recognizer

    keep_tensorflow_on_cpu()  # a GPU belongs to the training processes
    return load_recognizer(Path(run_directory))


def changed_since(run: Run) -> str | None:
    """Return a sentence that says how a run's dataset has changed since it was trained; None where it has not."""
    try:
        version = catalogue_version(get_dataset(run.dataset.id)) if run.dataset else 0
    except DatasetError:  # deleted: that, too, is a change
        version = 0
    return _changed(str(run.directory), version)


@st.cache_data(max_entries=50, show_spinner=False)
def _changed(run_directory: str, version: int) -> str | None:
    from core.curation import changed_since as told

    return told(read_run(Path(run_directory)))
