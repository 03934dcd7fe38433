"""What is kept in memory for the Train page: the checklist, what a living training has written, small pictures of faces."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import datasets
from core.datasets.thumbnails import thumbnails
from core.datasets.wall import WallKeys, wall_photo
from core.detection import detector_key
from core.preflight import Check, check_before_training
from core.runs import Run, layout, read_run
from core.settings import FaceSettings, Settings
from core.training import EpochReport
from ui.resources.photos import catalogue_version

CHECK_SECONDS = 10.0  # memory and disk change without any file that could tell


def checklist(catalogue: datasets.Catalogue, settings: Settings, at_work: tuple[str, ...]) -> tuple[Check, ...]:
    """Return what `core.preflight` finds; asked again after a few seconds.

    Args:
        catalogue: The photos; another state of them is looked at at once.
        settings: How it is to be trained.
        at_work: Directories of the jobs that run and wait, likewise.
    """
    return _checklist(catalogue.id, catalogue_version(catalogue), settings, at_work)


@st.cache_data(max_entries=20, ttl=CHECK_SECONDS, show_spinner=False)
def _checklist(dataset: str, version: int, settings: Settings, at_work: tuple[str, ...]) -> tuple[Check, ...]:
    return check_before_training(datasets.get_dataset(dataset), settings)


@st.cache_data(max_entries=20, show_spinner=False)
def face_pictures(dataset: str, photos: tuple[str, ...], face: FaceSettings) -> tuple[bytes | None, ...]:
    """Return a small picture of the face in each photo, or of the whole photo where none is known.

    Args:
        dataset: Its id.
        photos: sha256 of each.
        face: How the faces were found.
    """
    catalogue, keys = datasets.get_dataset(dataset), WallKeys(detector_key(face), ratio=face.main_face_ratio)
    found = {sha256: wall_photo(catalogue, sha256, keys) for sha256 in photos}
    there = [each for each in found.values() if each is not None]
    pictures = thumbnails(catalogue, [(each.photo, each.box) for each in there])
    by_photo = {each.photo.sha256: picture for each, picture in zip(there, pictures, strict=True)}
    return tuple(by_photo.get(sha256) for sha256 in photos)


def history_of(run: Run) -> tuple[EpochReport, ...]:
    """Return a run's reports so far; they are read anew when there are more, not at every look."""
    return _history(str(run.directory), _size(run.directory / layout.HISTORY))


@st.cache_resource(max_entries=4, show_spinner=False)
def _history(run_directory: str, size: int) -> tuple[EpochReport, ...]:
    return read_run(Path(run_directory)).history


def _size(path: Path) -> int:
    """Return a file's bytes, 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
