"""What is kept in memory about judged photos: read once, drawn as often as a page wants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.datasets import get_dataset
from core.errors import DatasetError
from core.review import Judged, read_judged, stored_in
from core.runs import Run, layout, read_run
from ui.resources.photos import catalogue_version

if TYPE_CHECKING:
    from core.review.amended import Amended
    from core.review.duel import Duel
    from core.review.faces import JudgedFaces
    from core.review.summary import Summary


def _version(run: Run, key: str) -> int:
    path = stored_in(run, key)
    return path.stat().st_mtime_ns if path.exists() else 0


def judged(run: Run, key: str) -> Judged:
    """Return one of a run's sets of judged photos, see `core.review.read_judged`; nobody may change it."""
    return _judged(str(run.directory), key, _version(run, key))


@st.cache_resource(max_entries=8, show_spinner="Reading the answers …")
def _judged(run_directory: str, key: str, version: int) -> Judged:
    return read_judged(read_run(Path(run_directory)), key)


def summary(run: Run, key: str) -> Summary:
    """Return the figures of a set with their intervals, see `core.review.summary`."""
    lines = run.directory / layout.THRESHOLDS  # may be set by hand, or drawn anew by a test on strangers
    return _summary(str(run.directory), key, _version(run, key), lines.stat().st_mtime_ns if lines.exists() else 0)


@st.cache_data(max_entries=40, show_spinner="Working out the intervals …")
def _summary(run_directory: str, key: str, version: int, lines: int) -> Summary:
    from core.review.summary import summarise

    return summarise(read_run(Path(run_directory)), _judged(run_directory, key, version))


def similar_order(run: Run, key: str) -> list[int]:
    """Return the people of a set so that those who are confused stand side by side."""
    return _order(str(run.directory), key, _version(run, key))


@st.cache_data(max_entries=20, show_spinner=False)
def _order(run_directory: str, key: str, version: int) -> list[int]:
    from core.evaluation.ordering import by_similarity

    found = _judged(run_directory, key, version)
    return [int(label) for label in by_similarity(found.probabilities, found.labels)]


def amended(run: Run, key: str) -> Amended | None:
    """Return what has changed about the photos of a set since they were judged, see `core.review.amended`."""
    found = judged(run, key)
    return _amended(str(run.directory), key, _version(run, key), _dataset_version(found.dataset_id))


@st.cache_data(max_entries=20, show_spinner=False)
def _amended(run_directory: str, key: str, version: int, dataset_version: int) -> Amended | None:
    from core.review.amended import amended as compare

    return compare(read_run(Path(run_directory)), _judged(run_directory, key, version))


def _dataset_version(id: str) -> int:
    try:
        return catalogue_version(get_dataset(id))
    except DatasetError:  # deleted
        return 0


def judged_faces(run: Run, key: str) -> JudgedFaces:
    """Return the faces of a set, see `core.review.faces`.

    Raises:
        RunError: the dataset or its faces are gone.
    """
    found = judged(run, key)
    return _faces(str(run.directory), key, _version(run, key), _dataset_version(found.dataset_id))


@st.cache_resource(max_entries=4, show_spinner="Collecting the faces …")
def _faces(run_directory: str, key: str, version: int, dataset_version: int) -> JudgedFaces:
    from core.review.faces import find_faces

    return find_faces(read_run(Path(run_directory)), _judged(run_directory, key, version))


def duel(first: tuple[Run, str], second: tuple[Run, str]) -> Duel:
    """Compare two runs by sets of theirs, see `core.review.duel`."""
    sides = [(str(run.directory), key, _version(run, key)) for run, key in (first, second)]
    return _duel(sides[0], sides[1])


@st.cache_data(max_entries=10, show_spinner=False)
def _duel(first: tuple[str, str, int], second: tuple[str, str, int]) -> Duel:
    from core.review.duel import fight

    return fight(_judged(*first), _judged(*second))


def versions(run: Run, key: str) -> tuple[int, int]:
    """Return numbers that change with the answers of a set, and with the dataset that has its photos."""
    return _version(run, key), _dataset_version(judged(run, key).dataset_id)
