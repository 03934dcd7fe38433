"""What is kept in memory about why faces were named as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.datasets import get_dataset
from core.errors import DatasetError
from core.runs import Run, layout, read_run
from ui.resources.judged import judged, judged_faces
from ui.resources.photos import catalogue_version
from ui.resources.runs import opened_network_of, recognizer_of

if TYPE_CHECKING:
    from core.explain import Kind, Verdict
    from core.preparation import PreparedFaces
    from core.review.reasons import Known, Taught


def _changed(run: Run, name: str) -> int:
    path = run.directory / name
    return path.stat().st_mtime_ns if path.exists() else 0


def _dataset_version(id: str) -> int:
    try:
        return catalogue_version(get_dataset(id))
    except DatasetError:  # deleted
        return 0


def taught(run: Run, key: str) -> Taught | None:
    """Return the faces that taught a run, see `core.review.reasons.taught_faces`."""
    return _taught(str(run.directory), key, _changed(run, layout.VECTORS) + _changed(run, layout.SCORES))


@st.cache_resource(max_entries=6, show_spinner=False)
def _taught(run_directory: str, key: str, version: int) -> Taught | None:
    from core.review.reasons import taught_faces

    run = read_run(Path(run_directory))
    return taught_faces(run, judged(run, key))


def teachers(run: Run) -> Taught | None:
    """Return the faces that taught a run's network, for faces of no judged set; see `core.review.reasons.teachers`."""
    return _teachers(str(run.directory), _changed(run, layout.VECTORS))


@st.cache_resource(max_entries=4, show_spinner=False)
def _teachers(run_directory: str, version: int) -> Taught | None:
    from core.review.reasons import teachers as told

    return told(read_run(Path(run_directory)))


def known(run: Run, key: str) -> Known:
    """Return what the dataset of a set knows of its photos; nothing where it is gone."""
    found = judged(run, key)
    return _known(str(run.directory), key, _dataset_version(found.dataset_id))


@st.cache_resource(max_entries=6, show_spinner=False)
def _known(run_directory: str, key: str, version: int) -> Known:
    from core.datasets.doubts import read_doubts
    from core.datasets.edits import kept_photos
    from core.datasets.qualities import read_qualities
    from core.health import doubt_key
    from core.quality import quality_key
    from core.review.reasons import Known, opinions_on

    run = read_run(Path(run_directory))
    face, opinions = run.settings.face, opinions_on(run, judged(run, key))
    try:
        catalogue = get_dataset(judged(run, key).dataset_id)
        with catalogue.reading() as connection:
            kept = kept_photos(connection)
        return Known(read_qualities(catalogue, quality_key(face)), read_doubts(catalogue, doubt_key(face)), kept, opinions)
    except DatasetError:  # deleted: the answers themselves still say something
        return Known(opinions=opinions)


def verdicts(run: Run, key: str) -> dict[int, Verdict]:
    """Return why each wrong answer of a set is wrong, by row."""
    found = judged(run, key)
    version = _changed(run, layout.VECTORS) + _changed(run, layout.SCORES) + _dataset_version(found.dataset_id)
    return _verdicts(str(run.directory), key, version, found.logits.shape[0])


@st.cache_resource(max_entries=6, show_spinner="Looking for reasons …")
def _verdicts(run_directory: str, key: str, version: int, count: int) -> dict[int, Verdict]:
    from core.review.reasons import verdicts as judge_all

    run = read_run(Path(run_directory))
    return judge_all(run, judged(run, key), taught(run, key), known(run, key))


def training_faces(run: Run) -> PreparedFaces | None:
    """Return the faces of the dataset that a run was trained on; None where they are gone."""
    return _training_faces(str(run.directory), _dataset_version(run.dataset.id) if run.dataset else 0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _training_faces(run_directory: str, version: int) -> PreparedFaces | None:
    from core.preparation import load_prepared

    run = read_run(Path(run_directory))
    try:
        return load_prepared(get_dataset(run.dataset.id), run.settings.face) if run.dataset else None
    except DatasetError:
        return None


def heat_kind(run: Run) -> Kind:
    """Return the kind of heat map that a run's network allows at once."""
    from core.explain import kind_for

    return kind_for(recognizer_of(run).network)


def heat(run: Run, key: str, sha256: str, person: int, kind: Kind) -> np.ndarray:
    """Return what speaks for a person in a judged face, float32 (S, S), 0..1, see `core.explain.heatmaps`."""
    return _heat(str(run.directory), key, sha256, person, kind, _changed(run, layout.MODEL))


@st.cache_data(max_entries=200, show_spinner="Asking the network …")
def _heat(run_directory: str, key: str, sha256: str, person: int, kind: Kind, version: int) -> np.ndarray:  # noqa: PLR0917
    run = read_run(Path(run_directory))
    return _made(run, judged_faces(run, key).pixels(sha256), person, kind)


def heat_on(run: Run, face: np.ndarray, person: int, kind: Kind) -> np.ndarray:
    """Return what speaks for a person in any face, uint8 (S, S, 3) RGB as the network sees it; see `heat`."""
    return _heat_on(str(run.directory), face, person, kind, _changed(run, layout.MODEL))


@st.cache_data(max_entries=100, show_spinner="Asking the network …")
def _heat_on(run_directory: str, face: np.ndarray, person: int, kind: Kind, version: int) -> np.ndarray:
    return _made(read_run(Path(run_directory)), face, person, kind)


def _made(run: Run, face: np.ndarray, person: int, kind: Kind) -> np.ndarray:
    from core.explain import grad_cam, occlusion, pixel_slopes

    network = recognizer_of(run)
    if kind == "grad_cam":
        opened = opened_network_of(run)
        assert opened is not None
        return grad_cam(opened, face, person)
    if kind == "slopes":
        return pixel_slopes(network.network, face, person)
    return occlusion(lambda faces: network.answer(list(faces)).logits, face, person)


def places(run: Run, key: str) -> tuple[list[int], Any]:
    """Return which rows of a set have stored vectors, and where they lie on the map: float32 (N, 2), -1..1."""
    return _places(str(run.directory), key, _changed(run, layout.VECTORS) + _changed(run, layout.SCORES))


@st.cache_data(max_entries=6, show_spinner="Drawing the map; it is kept for the next time …")
def _places(run_directory: str, key: str, version: int) -> tuple[list[int], np.ndarray]:
    from core.health.placing import place_faces

    run = read_run(Path(run_directory))
    found, faces = judged(run, key), taught(run, key)
    if faces is None:
        return [], np.zeros((0, 2), np.float32)
    rows = [row for row, sha256 in enumerate(found.sha256) if sha256 in faces.every.row_of]
    vectors = faces.every.vectors[[faces.every.row_of[found.sha256[row]] for row in rows]]
    return rows, place_faces(vectors, run.settings.seed)
