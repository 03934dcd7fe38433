"""What is kept in memory of the honesty checks that are read from what is stored of the photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.runs import Run, read_run
from ui.resources.judged import judged, versions

if TYPE_CHECKING:
    from core.evaluation.ceiling import Ceiling
    from core.evaluation.slices import Slicing
    from core.experiment.judged_checks import Twins

Known = tuple[str, str, int, int]  # directory of the run, key of the set, versions of its answers and of the dataset


def _known(run: Run, key: str) -> Known:
    return str(run.directory), key, *versions(run, key)


def twins(run: Run, key: str) -> Twins:
    """Return which judged photos look like one that taught, see `core.experiment.judged_checks`."""
    return _twins(_known(run, key))


@st.cache_data(max_entries=10, show_spinner="Comparing fingerprints …")
def _twins(known: Known) -> Twins:
    from core.experiment.judged_checks import find_twins

    run = read_run(Path(known[0]))
    return find_twins(run, judged(run, known[1]))


def slices(run: Run, key: str) -> tuple[Slicing, ...]:
    """Return accuracy by the qualities of the judged faces, see `core.experiment.judged_checks`."""
    return _slices(_known(run, key))


@st.cache_data(max_entries=20, show_spinner=False)
def _slices(known: Known) -> tuple[Slicing, ...]:
    from core.experiment.judged_checks import slices_of

    run = read_run(Path(known[0]))
    return slices_of(run, judged(run, known[1]))


def ceiling(run: Run, key: str) -> tuple[Ceiling, str] | None:
    """Return how many names of the judged photos are probably wrong, see `core.experiment.judged_checks`."""
    return _ceiling(_known(run, key))


@st.cache_data(max_entries=20, show_spinner=False)
def _ceiling(known: Known) -> tuple[Ceiling, str] | None:
    from core.experiment.judged_checks import ceiling_of
    from core.health import doubt_key

    run = read_run(Path(known[0]))
    return ceiling_of(run, judged(run, known[1]), doubt_key(run.settings.face))
