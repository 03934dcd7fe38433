"""In how many photos the main face was found: by the stored figures, and by the faces where there are none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.curation import choose_face, not_a_face
from core.datasets import Catalogue
from core.datasets.found_faces import FaceCounts, count_faces
from core.detection import Detection
from core.faces import FaceStatus
from core.quality import Quality
from tests.core.pictures import folder_of, scanned

QUALITY, DETECTOR, RATIO = "yunet-quality", "yunet", 1.5


@pytest.fixture
def catalogue(artifacts: Path, tmp_path: Path) -> Catalogue:
    return scanned(folder_of(tmp_path / "photos", {"Ann": 3, "Bo": 4}))[0]


def face(width: float) -> Detection:
    return Detection((1.0, 2.0, width, width), np.arange(10, dtype=np.float32).reshape(5, 2), 0.9)


def figures(status: FaceStatus) -> Quality:
    return Quality(1, status, 40.0, 0.5, 0.5, 0.0, 0.2, 0.1)


def counted(catalogue: Catalogue, first: int = 24) -> FaceCounts:
    return count_faces(catalogue, QUALITY, DETECTOR, RATIO, first)


def paths(counts: FaceCounts) -> tuple[list[str], list[str]]:
    return [each.path for each in counts.no_face_photos], [each.path for each in counts.several_photos]


def numbers(counts: FaceCounts) -> tuple[int, int, int, int]:
    return counts.face, counts.no_face, counts.several, counts.missing


def test_nothing_was_searched(catalogue: Catalogue) -> None:
    assert counted(catalogue) == FaceCounts(0, 0, 0, 7, (), ())


def test_by_the_stored_figures(catalogue: Catalogue) -> None:
    photos = [photo.sha256 for photo in catalogue.photos()]
    said: list[FaceStatus] = ["no_face", "face", "several_faces", "no_face", "no_face", "face"]
    catalogue.save_qualities(QUALITY, {sha256: figures(status) for sha256, status in zip(photos, said, strict=False)})
    found = counted(catalogue)
    assert numbers(found) == (2, 3, 1, 1)
    assert paths(found) == (["Ann/1.png", "Bo/1.png", "Bo/2.png"], ["Ann/3.png"])
    assert paths(counted(catalogue, 2)) == (["Ann/1.png", "Bo/1.png"], ["Ann/3.png"])
    assert numbers(count_faces(catalogue, "other", "other", RATIO)) == (0, 0, 0, 7)


def test_photos_without_figures_are_judged_by_their_faces(catalogue: Catalogue) -> None:
    photos = [photo.sha256 for photo in catalogue.photos()]
    catalogue.save_qualities(QUALITY, {photos[3]: figures("no_face"), photos[4]: figures("face")})
    found = [[face(30.0)], [], [face(30.0), face(29.0)], [face(30.0)], [face(30.0)]]  # the last two were measured
    catalogue.save_detections(DETECTOR, dict(zip(photos, found, strict=False)))
    counts = counted(catalogue)
    assert numbers(counts) == (2, 2, 1, 2)
    assert paths(counts) == (["Ann/2.png", "Bo/1.png"], ["Ann/3.png"])
    assert paths(counted(catalogue, 1))[0] == ["Ann/2.png"]


def test_what_a_person_has_said_counts(catalogue: Catalogue) -> None:
    photos = [photo.sha256 for photo in catalogue.photos()]
    catalogue.save_detections(DETECTOR, {each: [face(30.0), face(29.0)] for each in photos})
    catalogue.save_qualities(QUALITY, {each: figures("several_faces") for each in photos})
    not_a_face(catalogue, photos[:1])
    choose_face(catalogue, photos[1], (1.0, 2.0, 29.0, 29.0))
    counts = counted(catalogue)
    assert numbers(counts) == (1, 1, 5, 0)
    assert paths(counts)[0] == ["Ann/1.png"]


def test_it_agrees_with_a_look_at_every_face(catalogue: Catalogue) -> None:
    from core.faces import choose_main_face

    draw = np.random.default_rng(0)
    found = {
        photo.sha256: [face(float(side)) for side in draw.uniform(20, 40, draw.integers(0, 3))] for photo in catalogue.photos()
    }
    catalogue.save_detections(DETECTOR, found)
    sizes = {photo.sha256: (photo.width, photo.height) for photo in catalogue.photos()}
    expected = Counter(choose_main_face(faces, *sizes[sha256], RATIO).status for sha256, faces in found.items())
    assert numbers(counted(catalogue)) == (expected["face"], expected["no_face"], expected["several_faces"], 0)
