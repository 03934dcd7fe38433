"""What is kept in memory about the photos of datasets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core import datasets
from core.datasets.found_faces import FaceCounts, count_faces
from core.datasets.thumbnails import large_picture, thumbnail
from core.datasets.wall import WallKeys, WallQuery, count
from core.detection import detector_key
from core.quality import quality_key
from ui.resources.networks import prepare_for_networks

if TYPE_CHECKING:
    from core.settings import AugmentationSettings, FaceSettings, SplitSettings


def catalogue_version(catalogue: datasets.Catalogue) -> int:
    """Return a number that changes whenever the catalogue's file does: the key of what is cached about it."""
    files = (catalogue.directory / "catalogue.sqlite", catalogue.directory / "catalogue.sqlite-wal")
    return sum(file.stat().st_mtime_ns for file in files if file.exists())


@st.cache_data(max_entries=4000, show_spinner=False)
def thumbnail_of(dataset: str, photo: datasets.Photo) -> bytes:
    """Return a photo's thumbnail; the photo's hash is part of the key, so a changed photo gets a new one."""
    return thumbnail(datasets.get_dataset(dataset), photo)


@dataclass(frozen=True)
class SplitCounts:
    """How many photos a split puts where.

    Attributes:
        grouped: Photos with at least one near-duplicate of the same person.
        by_person: (person, training, validation, test) each.
        without_validation, without_test: People with too few photos for one there.
    """

    train: int
    validation: int
    test: int
    grouped: int
    by_person: tuple[tuple[str, int, int, int], ...]
    without_validation: tuple[str, ...]
    without_test: tuple[str, ...]


def people_of(catalogue: datasets.Catalogue) -> list[tuple[str, int]]:
    """Return each person and the number of their photos."""
    return _people(catalogue.id, catalogue_version(catalogue))


@st.cache_data(max_entries=20, show_spinner=False)
def _people(dataset: str, version: int) -> list[tuple[str, int]]:
    return datasets.get_dataset(dataset).people()


def sizes_of(catalogue: datasets.Catalogue) -> list[tuple[int, int, int]]:
    """Return (width, height, number of photos) of each size that occurs, in px."""
    return _sizes(catalogue.id, catalogue_version(catalogue))


@st.cache_data(max_entries=20, show_spinner=False)
def _sizes(dataset: str, version: int) -> list[tuple[int, int, int]]:
    return datasets.get_dataset(dataset).sizes()


def channels_of(catalogue: datasets.Catalogue) -> np.ndarray:
    """Return how often each brightness occurs: int64 (3, 32), R, G, B."""
    return _channels(catalogue.id, catalogue_version(catalogue))


@st.cache_data(max_entries=20, show_spinner=False)
def _channels(dataset: str, version: int) -> np.ndarray:
    return datasets.get_dataset(dataset).channel_histograms()


def split_counts(catalogue: datasets.Catalogue, settings: SplitSettings, seed: int) -> SplitCounts:
    """Return where a split would put the photos.

    Raises:
        SplitError: too few people or photos.
    """
    return _split_counts(catalogue.id, catalogue_version(catalogue), settings, seed)


@st.cache_data(max_entries=20, show_spinner="Counting …")
def _split_counts(dataset: str, version: int, settings: SplitSettings, seed: int) -> SplitCounts:
    from core.splits import draw_split

    catalogue = datasets.get_dataset(dataset)
    photos = catalogue.photos()
    groups = catalogue.groups(settings.duplicate_distance)
    drawn = draw_split(photos, groups, settings, seed)
    parts = [Counter(photos[index].person or "" for index in part) for part in (drawn.train, drawn.validation, drawn.test)]
    sizes = Counter(groups[photo.sha256] for photo in photos if not datasets.are_strangers(photo.person))
    return SplitCounts(
        *(sum(part.values()) for part in parts),
        grouped=sum(count for count in sizes.values() if count > 1),
        by_person=tuple((person, *(part[person] for part in parts)) for person in sorted(set().union(*parts))),
        without_validation=drawn.without_validation,
        without_test=drawn.without_test,
    )


def face_counts(catalogue: datasets.Catalogue, face: FaceSettings) -> FaceCounts:
    """Return in how many photos the detector of `face` found the main face."""
    return _face_counts(catalogue.id, catalogue_version(catalogue), face)


@st.cache_data(max_entries=10, show_spinner=False)
def _face_counts(dataset: str, version: int, face: FaceSettings) -> FaceCounts:
    catalogue = datasets.get_dataset(dataset)
    return count_faces(catalogue, quality_key(face), detector_key(face), face.main_face_ratio)


@st.cache_data(max_entries=200, show_spinner="Cutting out the face …")
def preview_face(dataset: str, photo: datasets.Photo, face: FaceSettings) -> np.ndarray | None:
    """Return one face as training would cut it, uint8 (S, S, 3) RGB; None where none is found."""
    from core.preparation import face_of

    if face.detector == "mtcnn":  # the other one needs no TensorFlow, which takes seconds to load
        prepare_for_networks()
    return face_of(datasets.get_dataset(dataset), photo, face)


@st.cache_data(max_entries=20, show_spinner="Drawing variants …")
def variants(face: np.ndarray, settings: AugmentationSettings, seed: int, count: int) -> np.ndarray:
    """Return `count` augmented variants of a face, uint8 (count, S, S, 3) RGB, as training changes them."""
    from core.augmentation import preview

    return preview(face[None], settings, seed, count)[0]


@st.cache_data(max_entries=20, show_spinner="Drawing views …")
def views(face: np.ndarray, sha256: str, settings: AugmentationSettings, seed: int, count: int) -> np.ndarray:
    """Return the first `count` views of a face, uint8 (count, S, S, 3) RGB, as training embeds them."""
    from core.embeddings.views import ViewMaker

    maker = ViewMaker(settings, seed)
    return np.stack([maker.make(face, sha256, view) for view in range(count)])


def wall_count(catalogue: datasets.Catalogue, query: WallQuery, keys: WallKeys) -> int:
    """Return how many photos of the wall a query finds."""
    return _wall_count(catalogue.id, catalogue_version(catalogue), query, keys)


@st.cache_data(max_entries=100, show_spinner=False)
def _wall_count(dataset: str, version: int, query: WallQuery, keys: WallKeys) -> int:
    return count(datasets.get_dataset(dataset), query, keys)


@st.cache_data(max_entries=12, show_spinner=False)
def picture_of(dataset: str, photo: datasets.Photo, side: int) -> bytes:
    """Return a photo to look at closely, at most `side` px on its longer side, as an encoded image."""
    return large_picture(datasets.get_dataset(dataset), photo, side)


def forget_everything() -> None:
    """Drop all that the server keeps in memory: when a person is forgotten, nothing of them may stay there."""
    st.cache_data.clear()
    st.cache_resource.clear()
