"""What is kept in memory about finished runs: their answers and their networks."""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.datasets import get_dataset
from core.detection import Detection
from core.errors import DatasetError, RunError
from core.runs import Run, layout, read_run
from ui.resources.networks import prepare_for_networks
from ui.resources.photos import catalogue_version

if TYPE_CHECKING:
    from core.explain import OpenedNetwork
    from core.openset import Thresholds
    from core.recognizer import Knowledge, PhotoPrediction, Recognizer, SeenPhoto
    from core.review import Answer

NETWORKS = 2  # so many stay in memory: a run and the one beside it


def _version(run: Run, *names: str) -> int:
    """Return a number that changes with files of a run; one that need not be there counts as 0.

    Raises:
        RunError: the run was deleted.
    """
    files = [run.directory / name for name in names]
    if not (run.directory / layout.MODEL).exists():
        raise RunError(f"The run {run.name} is not there any more.", "It was deleted meanwhile: choose another run.")
    return sum(file.stat().st_mtime_ns for file in files if file.exists())


@st.cache_data(max_entries=6, show_spinner="Collecting the faces …")
def _answers(run_directory: str, part: str, version: int) -> list[Answer]:
    from core.review import read_answers

    return read_answers(read_run(Path(run_directory)), part)


def answers(run: Run, part: str) -> list[Answer]:
    """Return the single answers of a run, see `core.review.read_answers`."""
    return _answers(str(run.directory), part, _version(run, layout.MODEL, layout.THRESHOLDS))


@st.cache_data(max_entries=50, show_spinner=False, scope="session")
def _seen(run_directory: str, name: str, data: bytes, version: int) -> SeenPhoto:
    return _network(run_directory, version).recognizer.look(data, name)


@st.cache_data(max_entries=50, show_spinner=False, scope="session")
def _seen_drawn(run_directory: str, name: str, data: bytes, faces: tuple[Detection, ...], version: int) -> SeenPhoto:
    from core.recognizer.drawn import look_at_drawn

    return look_at_drawn(_network(run_directory, version).recognizer, data, name, faces)


def prediction(
    run: Run,
    name: str,
    data: bytes,
    lines: Thresholds | None = None,
    *,
    once: bool = False,
    drawn: tuple[Detection, ...] = (),
) -> PhotoPrediction:
    """Return what a run says about a photo; the network is asked once in a session, names follow who is enrolled.

    Args:
        run: Finished.
        name: What to call the photo.
        data: The photo file's bytes.
        lines: Where known and unknown lie; None takes the run's own.
        once: Whether a person can be in the photo once only.
        drawn: Faces that a person has drawn, beside those that are found.

    Raises:
        RunError: the run was deleted or is damaged.
    """
    from core.recognizer import Recognizer
    from core.recognizer.drawn import together

    version = _version(run, layout.MODEL)
    seen = _seen(str(run.directory), name, data, version)
    if drawn and seen.error is None:
        seen = together(seen, _seen_drawn(str(run.directory), name, data, drawn, version))
    known = knowledge_of(run)
    known = known if lines is None else replace(known, thresholds=lines)
    return Recognizer(run.id, None, run.settings.face, known, None).name(seen, once)  # type: ignore[arg-type]


def recognizer_of(run: Run) -> Recognizer:
    """Return a finished run's recognizer, which knows whoever is enrolled by now.

    Raises:
        RunError: the run was deleted or is damaged.
        ModelError: its network or its detector's weights cannot be used.
    """
    network = _network(str(run.directory), _version(run, layout.MODEL))
    return network.recognizer.with_knowledge(knowledge_of(run))


def opened_network_of(run: Run) -> OpenedNetwork | None:
    """Return a finished run's network taken apart, see `core.explain.open_network`."""
    return _network(str(run.directory), _version(run, layout.MODEL)).opened


def knowledge_of(run: Run) -> Knowledge:
    """Return what turns a run's answers into names; no network is loaded for it.

    Raises:
        RunError: the run was deleted or is damaged.
    """
    return _knowledge(str(run.directory), _version(run, layout.THRESHOLDS, layout.GALLERY, layout.ENROLLED))


@st.cache_resource(max_entries=4, show_spinner=False)
def _knowledge(run_directory: str, version: int) -> Knowledge:
    from core.recognizer import read_finished_run, read_knowledge

    return read_knowledge(read_finished_run(Path(run_directory)))


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A network in memory, with everything that shares its weights, so that all of it goes at once."""

    recognizer: Recognizer

    @cached_property
    def opened(self) -> OpenedNetwork | None:
        """The network taken apart for heat maps."""
        from core.explain import open_network

        return open_network(self.recognizer.network)


_SOME_LEFT = threading.Event()


def _leaves(loaded: _Loaded) -> None:
    _SOME_LEFT.set()


def _network(run_directory: str, version: int) -> _Loaded:
    loaded = _loaded(run_directory, version)
    if _SOME_LEFT.is_set():  # the parts of a network refer to each other: only the collector frees their memory
        _SOME_LEFT.clear()
        gc.collect()
    return loaded


@st.cache_resource(max_entries=NETWORKS, show_spinner="Loading the network …", on_release=_leaves)
def _loaded(run_directory: str, version: int) -> _Loaded:
    """Return a trained network ready to name faces; the only place that keeps networks.

    Args:
        run_directory: Directory of the run.
        version: Modification time of its network, in ns, so that a network trained further is loaded anew.
    """
    from core.recognizer import load_recognizer

    prepare_for_networks()
    return _Loaded(load_recognizer(Path(run_directory)))


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
