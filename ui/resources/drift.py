"""What is kept in memory about identity drift on the faces of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import datasets
from ui.resources.networks import prepare_for_networks
from ui.resources.photos import catalogue_version

if TYPE_CHECKING:
    from core.drift import Drift
    from core.experiment.drift import TriedFaces
    from core.settings import AugmentationSettings


def tried_faces(catalogue: datasets.Catalogue) -> TriedFaces:
    """Return a face of each of some people, see `core.experiment.drift.faces_to_try`."""
    return _tried(catalogue.id, catalogue_version(catalogue))


@st.cache_data(max_entries=4, show_spinner="Finding a face of each person …")
def _tried(dataset: str, version: int) -> TriedFaces:
    from core.experiment.drift import faces_to_try

    prepare_for_networks()
    return faces_to_try(datasets.get_dataset(dataset))


def drift(catalogue: datasets.Catalogue, settings: AugmentationSettings, seed: int) -> Drift:
    """Return how far changes carry those faces."""
    return _drift(catalogue.id, catalogue_version(catalogue), settings, seed)


@st.cache_data(max_entries=20, show_spinner="Measuring how far the faces drift …")
def _drift(dataset: str, version: int, settings: AugmentationSettings, seed: int) -> Drift:
    from core.experiment.drift import drift_of

    return drift_of(_tried(dataset, version), settings, seed)
