"""Which photo teaches, chooses or judges, and the faces behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.datasets import Catalogue, Fingerprints, Photo, are_strangers
from core.errors import RunError, SplitError
from core.experiment.photos import Dataset
from core.preparation import PreparedFaces
from core.runs import DatasetRecord, PhotoRecord, SplitRecord, layout
from core.runs.records import fingerprint, read_dataset, read_split, write_dataset, write_split
from core.runs.run import damage_named
from core.settings import Settings
from core.splits import Split, draw_split
from core.training import TrainingFaces


@dataclass(frozen=True)
class PartFaces:
    """The photos of one part as the network meets them.

    Attributes:
        sha256: The photo of each face.
        rows: int64 (N,), rows of the prepared pixels.
        labels: int64 (N,), the person of each face.
        no_face_labels: int64 (M,), the person of each photo in which no face was found.
        set_aside: Photos with several faces and no main one, or unreadable by now; they are not scored.
    """

    sha256: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    no_face_labels: npt.NDArray[np.int64]
    set_aside: int

    def teaching(self, prepared: PreparedFaces) -> TrainingFaces:
        """Return the faces in the form that training takes."""
        return TrainingFaces(prepared.pixels, self.rows, self.labels.astype(np.int32), self.sha256)


@dataclass(frozen=True)
class Lineup:
    """The people, the faces of each part, and those of the dataset's folder of strangers, all with label 0."""

    people: tuple[str, ...]
    record: SplitRecord
    parts: dict[str, PartFaces]
    strangers: PartFaces | None = None

    @property
    def without_training(self) -> tuple[str, ...]:
        """People whose training photos show no usable face: the network cannot learn them."""
        taught = set(self.parts["train"].labels.tolist())
        return tuple(person for label, person in enumerate(self.people) if label not in taught)


def line_up(directory: Path, dataset: Dataset, prepared: PreparedFaces, settings: Settings) -> Lineup:
    """Draw the split and record it, or go on with the one that an interrupted run has recorded.

    Raises:
        SplitError: there are too few people, photos or faces.
        RunError: photos of the recorded split are not there any more, or its file is damaged.
    """
    with damage_named(directory / layout.SPLIT):
        record, about = read_split(directory / layout.SPLIT), read_dataset(directory / layout.DATASET)
    if record is None or about is None:
        record, people = _draw(dataset, prepared, settings)
        write_split(directory / layout.SPLIT, record)
        taught_fingerprints(dataset.catalogue, record).save(directory / layout.FINGERPRINTS)
        write_dataset(directory / layout.DATASET, describe(dataset, people))
    else:
        people = about.people
    return _lineup(record, people, prepared)


def draw_lineup(dataset: Dataset, prepared: PreparedFaces, settings: Settings) -> Lineup:
    """Draw the split as a new run would, and record it nowhere.

    Raises:
        SplitError: there are too few people, photos or faces.
    """
    return _lineup(*_draw(dataset, prepared, settings), prepared)


def _lineup(record: SplitRecord, people: tuple[str, ...], prepared: PreparedFaces) -> Lineup:
    parts = {part: part_faces(record.part(part), people, prepared) for part in layout.PARTS}
    lineup = Lineup(people, record, parts, _stranger_faces(record, prepared))
    _check_enough(lineup)
    return lineup


def part_faces(photos: Sequence[PhotoRecord], people: Sequence[str], prepared: PreparedFaces) -> PartFaces:
    """Return the faces of `photos`, labelled by the place of their person in `people`.

    Raises:
        RunError: a face has vanished since the photos were recorded.
    """
    label_of = {person: label for label, person in enumerate(people)}
    faces = [photo for photo in photos if photo.use == "face"]
    lost = [photo.path for photo in faces if photo.sha256 not in prepared.rows]
    if lost:
        raise RunError(
            f"{len(lost)} photos of this run were changed or removed since it began, {lost[0]} among them.",
            "Put them back, or start a new run.",
        )
    faceless = [label_of[photo.person] for photo in photos if photo.use == "no_face"]
    return PartFaces(
        tuple(photo.sha256 for photo in faces),
        np.array([prepared.rows[photo.sha256] for photo in faces], np.int64),
        np.array([label_of[photo.person] for photo in faces], np.int64),
        np.array(faceless, np.int64),
        sum(photo.use not in ("face", "no_face") for photo in photos),
    )


def _draw(dataset: Dataset, prepared: PreparedFaces, settings: Settings) -> tuple[SplitRecord, tuple[str, ...]]:
    groups = dataset.catalogue.groups(settings.split.duplicate_distance)
    split = draw_split(dataset.photos, groups, settings.split, settings.seed)
    part_of = _parts(split, dataset.photos)
    photos = tuple(
        PhotoRecord(photo.sha256, photo.path, str(photo.person), part, prepared.status[photo.sha256])
        for photo, part in zip(dataset.photos, part_of, strict=True)
        if part
    )
    record = SplitRecord(photos, tuple(split.without_validation), tuple(split.without_test))
    return record, tuple(sorted({photo.person for photo in record.part(*layout.PARTS)}))


def _parts(split: Split, photos: Sequence[Photo]) -> list[str]:
    part_of = [layout.STRANGERS if are_strangers(photo.person) else "" for photo in photos]
    for name, indices in zip(layout.PARTS, (split.train, split.validation, split.test), strict=True):
        for index in indices.tolist():
            part_of[index] = name
    return part_of


def _stranger_faces(record: SplitRecord, prepared: PreparedFaces) -> PartFaces | None:
    photos = record.part(layout.STRANGERS)
    return part_faces(photos, [*{photo.person for photo in photos}], prepared) if photos else None


def taught_fingerprints(catalogue: Catalogue, record: SplitRecord) -> Fingerprints:
    """Return the fingerprints of the photos that teach or choose."""
    taught = {photo.sha256 for photo in record.part("train", "validation")}
    every = catalogue.fingerprints()
    return every.take([row for row, sha256 in enumerate(every.sha256) if sha256 in taught])


def describe(dataset: Dataset, people: tuple[str, ...]) -> DatasetRecord:
    """Return what a run remembers of its dataset."""
    catalogue = dataset.catalogue
    whose = ((photo.sha256, str(photo.person)) for photo in dataset.photos)
    contents = fingerprint(whose, catalogue.face_choices())
    return DatasetRecord(catalogue.id, catalogue.name, catalogue.source, contents, people)


def _check_enough(lineup: Lineup) -> None:
    taught = len(set(lineup.parts["train"].labels.tolist()))
    if taught < 2:
        raise SplitError(
            f"A face was found in the training photos of {taught} people; at least 2 are needed.",
            "Add photos in which one face is clearly seen, or choose another face detector.",
        )
