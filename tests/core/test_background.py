"""The background audit: what is painted over, and whom it catches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.alignment import TEMPLATES
from core.datasets import get_dataset
from core.errors import RunError
from core.experiment import prepare_dataset
from core.experiment.background import Audit, Share, audit, audit_run, face_mask, without
from core.experiment.landmarks import landmarks_in_crops
from core.jobs import Stopped
from core.models import compute_logits
from core.runs import read_run
from core.settings import FaceSettings, preset, with_values
from core.training import TrainingFaces, train
from tests.core.conftest import TrainedRun, copy_person

MARKS = TEMPLATES["arcface"] * 112 - 0.5
FACE = FaceSettings(detector="yunet", margin=0.1, size=48)
SETTINGS = {
    "face.size": "48",
    "model.units": "64",
    "model.colour": "rgb",
    "training.epochs": "25",
    "training.batch_size": "8",
    "training.patience": "0",
    "training.refit": "false",
}


def test_the_mask_holds_the_face_and_leaves_the_corners() -> None:
    mask = face_mask(160, MARKS + 24)
    for x, y in MARKS + 24:
        assert mask[round(y), round(x)]
    chin, hair = (140, 80), (20, 80)
    assert mask[chin] and mask[hair]
    assert not mask[[0, 0, 159, 159, 80, 80], [0, 159, 0, 159, 0, 159]].any(), "what is around the head stays"
    assert 0.4 < mask.mean() < 0.7


def test_the_mask_turns_and_grows_with_the_face() -> None:
    middle = np.array([60.0, 60.0])
    small = middle + (MARKS - MARKS.mean(axis=0)) * 0.4
    turned = middle + (small - middle) @ np.array([[0, 1], [-1, 0]])  # a quarter turn
    upright, lying = face_mask(120, small), face_mask(120, turned)
    assert lying.sum() == pytest.approx(upright.sum(), rel=0.03)
    overlap = (np.rot90(upright, -1) & lying).sum() / lying.sum()
    assert overlap > 0.9
    assert upright.sum() == pytest.approx(0.16 * face_mask(400, MARKS + 140).sum(), rel=0.05)


def test_paint_is_the_mean_of_what_stays() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2], pixels[2:] = (200, 100, 0), (10, 20, 30)
    gone = np.zeros((4, 4), bool)
    gone[:2] = True
    painted = without(pixels, gone)
    assert painted[0, 0].tolist() == [10, 20, 30], "nothing of what is gone shows in the paint"
    assert (painted[2:] == pixels[2:]).all()
    assert pixels[0, 0].tolist() == [200, 100, 0], "the crop itself is not changed"
    assert without(pixels, np.ones((4, 4), bool))[0, 0].tolist() == [105, 60, 15]


def _asked_by(see: Any, people: int) -> Any:
    def ask(crops: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        return np.eye(people, dtype=np.float32)[[see(crop) for crop in crops]]

    return ask


def test_who_looks_at_corners_is_caught_and_who_looks_at_faces_is_not() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 4
    crops = [rng.integers(0, 60, (112, 112, 3), dtype=np.uint8) for _ in labels]
    for crop, label in zip(crops, labels, strict=True):
        crop[:6, :6] = 60 * label + 30  # a corner of a gray of their own
        crop[60:80, 50:62] = 60 * label + 30  # and a nose
    marks = [MARKS] * 40

    def step(values: Any) -> int:
        return int(np.clip(round((float(np.median(values)) - 30) / 60), 0, 3))

    corners = audit(_asked_by(lambda crop: step(crop[:6, :6]), 4), crops, marks, labels)
    assert (corners.whole.right, corners.background.right) == (40, 40)
    assert corners.face.right == 10, "the corner is painted over for all alike"
    assert corners.caught and corners.level == "bad" and "Caught" in corners.words()
    faces = audit(_asked_by(lambda crop: step(crop[60:80, 50:62]), 4), crops, marks, labels)
    assert (faces.whole.right, faces.face.right, faces.background.right) == (40, 40, 10)
    assert faces.guessing == 0.25
    assert not faces.caught and faces.level == "good"
    assert Audit.from_json(faces.to_json()) == faces
    with pytest.raises(Stopped):
        audit(_asked_by(lambda crop: 0, 4), crops, marks, labels, should_stop=lambda: True)


def test_a_little_help_from_hair_is_no_scandal() -> None:
    found = Audit(whole=Share(95, 100), background=Share(20, 100), face=Share(90, 100), guessing=0.1)
    assert found.helps and not found.caught and found.level == "note"
    assert Audit(Share(95, 100), Share(45, 100), Share(90, 100), 0.1).level == "bad", "more than a third of what it knows"
    assert Audit(Share(95, 100), Share(30, 100), Share(20, 100), 0.1).level == "bad", "more than by the face"
    assert Audit(Share(95, 100), Share(12, 100), Share(90, 100), 0.1).level == "good"


@pytest.fixture(scope="module")
def ten_people(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return crops uint8 (N, S, S, 3), their landmarks, labels (N,), and which of them judge, of ten of the built-in people."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        root = tmp_path_factory.mktemp("ten")
        for person in range(10):
            copy_person(root / f"Person {person}", f"s{person + 1}", range(1, 11))
        dataset, prepared = prepare_dataset(str(root), FACE)
        marks = landmarks_in_crops(dataset.catalogue, FACE, list(prepared.rows))
    photos = [photo for photo in dataset.photos if photo.sha256 in marks]
    crops = np.stack([prepared.pixels[prepared.rows[photo.sha256]] for photo in photos])
    labels = np.array([int(str(photo.person).split()[1]) for photo in photos])
    judging = np.array([photo.path.endswith(("2.pgm", "5.pgm", "8.pgm")) for photo in photos])
    return crops, [marks[photo.sha256] for photo in photos], labels, judging


@pytest.mark.parametrize("planted", [True, False])
def test_a_network_that_has_learnt_a_planted_background_is_caught(ten_people: Any, planted: bool) -> None:
    plain, marks, labels, judging = ten_people
    rng, crops = np.random.default_rng(0), plain.copy()
    colours = rng.integers(0, 256, (10, 3))
    for crop, label, mark in zip(crops, labels, marks, strict=True):
        if planted:  # an upper corner of a colour of the person's own
            crop[:10, :10] = colours[label]
        else:  # everything around the head in anybody's colour: it tells nothing
            crop[~face_mask(48, mark)] = colours[rng.integers(10)]
    settings = with_values(preset("dense"), SETTINGS)
    faces = [TrainingFaces(crops, np.flatnonzero(part), labels[part].astype(np.int32)) for part in (~judging, judging)]
    network = train(faces[0], faces[1], 10, settings).network
    found = audit(
        lambda some: compute_logits(network, np.stack(some), np.arange(len(some))),
        list(crops[judging]),
        [mark for mark, judges in zip(marks, judging, strict=True) if judges],
        labels[judging],
    )
    assert found.whole.value > 0.8
    assert found.caught == planted, found


def test_landmarks_lie_on_the_face_of_the_crop(trained_run: TrainedRun) -> None:
    run = read_run(trained_run.directory)
    assert run.dataset is not None and run.split is not None
    wanted = [photo.sha256 for photo in run.split.photos if photo.use == "face"]
    marks = landmarks_in_crops(get_dataset(run.dataset.id), run.settings.face, wanted)
    assert set(marks) == set(wanted)
    together = np.stack(list(marks.values())) / run.settings.face.size
    assert ((together > 0) & (together < 1)).all()
    assert (together[:, :2, 1] < together[:, 3:, 1].min(axis=1, keepdims=True)).all(), "eyes above mouths"
    assert (together[:, 0, 0] < together[:, 1, 0]).all()


def test_a_run_whose_faces_are_gone_is_told(trained_run: TrainedRun, artifacts: Path) -> None:
    with pytest.raises(RunError):  # another artifacts folder: its dataset is not there
        audit_run(read_run(trained_run.directory))
