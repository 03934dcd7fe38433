"""Cross-validation: every photo judges once, and what is said of the folds is right."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from core.embeddings import normalised
from core.errors import SettingsError, SplitError
from core.experiment import OutOfFold, cross_validate, embedding, finished_folds, folds, out_of_fold, prepare_dataset
from core.experiment.crossvalidation import summary
from core.jobs import Stopped
from core.progress import Progress
from core.settings import Settings, preset, with_values
from tests.core.conftest import QUICK, copy_person


class SmallPicture:
    """A backbone that needs no weights: the face as 12 x 12 gray pixels around its mean."""

    name, key, dimension = "sface", "small-picture-v1", 144

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.asked += len(faces)
        small = [cv2.resize(face.mean(axis=2), (12, 12), interpolation=cv2.INTER_AREA).ravel() for face in faces]
        vectors = np.array(small, np.float32).reshape(len(faces), 144)
        return normalised(vectors - vectors.mean(axis=1, keepdims=True))


@pytest.fixture
def small_picture(monkeypatch: pytest.MonkeyPatch) -> SmallPicture:
    backbone = SmallPicture()
    monkeypatch.setattr(embedding, "load_backbone", lambda settings: backbone)
    return backbone


@pytest.fixture
def photos(three_people: Path, tmp_path: Path) -> Path:
    """Return photos of four people: with a copy of one photo, a photo of nobody, and a person with a single photo."""
    folder = tmp_path / "four"
    shutil.copytree(three_people, folder)
    with Image.open(folder / "Ann" / "1.pgm") as image:
        image.resize((184, 224)).save(folder / "Ann" / "copy.jpg", quality=85)
    gray = np.random.default_rng(5).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    Image.fromarray(gray).resize((92, 112), Image.Resampling.BICUBIC).save(folder / "Bo" / "nobody.png")
    copy_person(folder / "Dora", "s9", range(1, 2))
    return folder


def _settings(*changes: str) -> Settings:
    return with_values(preset("embedding"), dict(change.split("=") for change in changes))


def test_every_photo_judges_once(artifacts: Path, photos: Path, small_picture: SmallPicture, tmp_path: Path) -> None:
    settings, told = _settings(), list[Progress]()
    result = cross_validate(str(photos), settings, 4, told.append, keep=tmp_path / "answers.npz")
    answers = OutOfFold.load(tmp_path / "answers.npz")
    dataset, prepared = prepare_dataset(str(photos), settings.face)
    person_of = {photo.sha256: photo.person for photo in dataset.photos}
    dora = next(sha256 for sha256, person in person_of.items() if person == "Dora")
    assert sorted(answers.sha256) == sorted(set(prepared.rows) - {dora})
    assert [person_of[sha256] for sha256 in answers.sha256] == [answers.people[label] for label in answers.labels]
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert sorted(set(answers.fold.tolist())) == [1, 2, 3, 4]

    paths = {photo.path: photo.sha256 for photo in dataset.photos}
    fold_of = dict(zip(answers.sha256, answers.fold.tolist(), strict=True))
    assert fold_of[paths["Ann/1.pgm"]] == fold_of[paths["Ann/copy.jpg"]], "near-duplicates stay together"

    assert sum(fold["no_face"] for fold in result["folds"]) == prepared.count("no_face") >= 1
    for fold in result["folds"]:
        own = answers.fold == fold["fold"]
        right = (answers.logits.argmax(axis=1) == answers.labels)[own].sum()
        assert fold["accuracy"] == pytest.approx(right / fold["photos"])
        assert fold["photos"] == own.sum() + fold["no_face"]
    people = {each["person"]: each for each in result["people"]}
    assert people["Dora"] == {"person": "Dora", "photos": 0, "recall": None, "spread": None}
    assert result["training_only"] == ["Dora"]
    bo = answers.labels == answers.people.index("Bo")
    right_of_bo = (answers.logits.argmax(axis=1) == answers.labels)[bo].sum()
    assert people["Bo"]["photos"] == bo.sum() + sum(fold["no_face"] for fold in result["folds"])
    assert people["Bo"]["recall"] == pytest.approx(right_of_bo / people["Bo"]["photos"])
    assert result["mean"]["accuracy"] > 0.7
    assert small_picture.asked == 2 * len(prepared.rows), "each face is embedded once, and its mirror image"
    assert [(each.done, each.total) for each in told if each.unit == "folds"] == [(number, 4) for number in range(4)]


def test_a_second_look_embeds_nothing_and_says_the_same(
    artifacts: Path, three_people: Path, small_picture: SmallPicture
) -> None:
    first = out_of_fold(str(three_people), _settings(), 3)
    asked = small_picture.asked
    again = out_of_fold(str(three_people), _settings(), 3)
    assert small_picture.asked == asked
    np.testing.assert_array_equal(again.logits, first.logits)
    other = out_of_fold(str(three_people), replace(_settings(), seed=1), 3)
    assert dict(zip(other.sha256, other.fold, strict=True)) != dict(zip(first.sha256, first.fold, strict=True))


def test_no_network_judges_a_face_it_has_learnt(
    artifacts: Path, three_people: Path, small_picture: SmallPicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons: list[Any] = []
    real = folds.fit_head

    def watched(part: Any, *rest: Any, **more: Any) -> Any:
        lessons.append(part)
        return real(part, *rest, **more)

    monkeypatch.setattr(folds, "fit_head", watched)
    answers = out_of_fold(str(three_people), _settings(), 3)
    counts = [len(lesson.labels) for lesson in lessons]
    judged = [int((answers.fold == number).sum()) for number in (1, 2, 3)]
    assert len(lessons) == 6  # the second of each fold learns from the validation faces, too
    assert [counts[2 * number + 1] + judged[number] for number in range(3)] == [len(answers.labels)] * 3
    assert all(counts[2 * number] < counts[2 * number + 1] for number in range(3))


def test_the_embedding_of_the_default_preset_names_everybody(artifacts: Path, three_people: Path) -> None:
    result = cross_validate(str(three_people), preset("embedding"), 3)
    faces = sum(fold["photos"] - fold["no_face"] for fold in result["folds"])
    right = sum(fold["accuracy"] * fold["photos"] for fold in result["folds"])
    assert right == pytest.approx(faces)
    assert [person["person"] for person in result["people"]] == ["Ann", "Bo", "Čeda"]


def test_networks_from_scratch_are_trained_for_each_fold(artifacts: Path, three_people: Path) -> None:
    settings = with_values(preset("dense"), dict(change.split("=") for change in QUICK))
    told: list[Progress] = []
    result = cross_validate(str(three_people), settings, 2, told.append)
    assert [fold["fold"] for fold in result["folds"]] == [1, 2]
    assert sum(fold["photos"] + fold["set_aside"] for fold in result["folds"]) == 21
    assert result["mean"]["accuracy"] > 0.5
    training = [each for each in told if each.stage == "Training" and each.unit == "steps"]
    assert {each.detail for each in training} == {"fold 1 of 2", "fold 2 of 2"}
    with pytest.raises(Stopped):
        cross_validate(str(three_people), settings, 2, should_stop=_after(40))


def _after(calls: int) -> Any:
    left = iter(range(calls))
    return lambda: next(left, None) is None


def test_a_stop_leaves_nothing(artifacts: Path, three_people: Path, small_picture: SmallPicture, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        cross_validate(str(three_people), _settings(), 3, should_stop=_after(30), keep=tmp_path / "answers.npz")
    assert not (tmp_path / "answers.npz").exists()


def test_what_cannot_be_cross_validated_is_told(artifacts: Path, tmp_path: Path, small_picture: SmallPicture) -> None:
    for name, source in (("Ann", "s1"), ("Bo", "s2")):
        copy_person(tmp_path / "few" / name, source, range(1, 3))
    with pytest.raises(SplitError, match="too few photos for 8 folds") as caught:
        cross_validate(str(tmp_path / "few"), _settings(), 8)
    assert "fewer folds" in caught.value.remedy
    with pytest.raises(SettingsError, match="fine-tune"):
        cross_validate(str(tmp_path / "few"), _settings("embedding.fine_tune=true"), 2)


def test_mean_spread_and_interval_of_the_folds() -> None:
    shares, losses = (0.9, 0.8, 1.0), (0.5, None, 0.7)
    names = ("accuracy", "balanced_accuracy", "macro_f1", "top3", "calibration_error")
    rows = [{**dict.fromkeys(names, share), "log_loss": loss} for share, loss in zip(shares, losses, strict=True)]
    found = summary(rows)
    assert found["mean"]["accuracy"] == pytest.approx(0.9)
    assert found["spread"]["accuracy"] == pytest.approx(0.1)  # sqrt((0 + 0.01 + 0.01) / 2)
    # Student's t, 2 degrees of freedom, 97.5%: 4.30265; 4.30265 * 0.1 / sqrt(3) = 0.24841
    assert found["interval"]["accuracy"] == pytest.approx([0.9 - 0.24841, 1.0], abs=1e-5)
    # of two folds: spread 0.141421, t with 1 degree of freedom 12.70620, reach 1.27062
    assert found["mean"]["log_loss"] == pytest.approx(0.6)
    assert found["interval"]["log_loss"] == pytest.approx([0.0, 0.6 + 1.27062], abs=1e-4)
    one = summary(rows[:1])
    assert (one["mean"]["accuracy"], one["spread"]["accuracy"], one["interval"]["accuracy"]) == (0.9, None, None)


def _counted_lessons(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    lessons: list[int] = []
    real = folds._learn_head

    def counted(*arguments: Any) -> Any:
        lessons.append(1)
        return real(*arguments)

    monkeypatch.setattr(folds, "_learn_head", counted)
    return lessons


def _without_time(values: dict[str, Any]) -> dict[str, Any]:
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in values["folds"]]
    return {**{name: value for name, value in values.items() if name != "seconds"}, "folds": rows}


def test_a_stopped_one_goes_on_with_the_missing_folds(
    artifacts: Path, three_people: Path, small_picture: SmallPicture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = cross_validate(str(three_people), _settings(), 4)
    lessons = _counted_lessons(monkeypatch)
    with pytest.raises(Stopped):
        cross_validate(str(three_people), _settings(), 4, should_stop=lambda: len(lessons) == 2, folder=tmp_path)
    assert sorted(each.name for each in tmp_path.glob("fold-*")) == ["fold-1.npz"]  # the second was broken off
    assert [row["fold"] for row in finished_folds(tmp_path)] == [1]
    lessons.clear()
    small_picture.asked = 0
    rest = cross_validate(str(three_people), _settings(), 4, keep=tmp_path / "all.npz", folder=tmp_path)
    assert len(lessons) == 3
    assert _without_time(rest) == _without_time(whole), "the figures of the folds do not change"
    assert finished_folds(tmp_path) == rest["folds"]
    assert len(OutOfFold.load(tmp_path / "all.npz").sha256) == sum(row["photos"] - row["no_face"] for row in rest["folds"])
    lessons.clear()
    again = cross_validate(str(three_people), _settings(), 4, folder=tmp_path)
    assert not lessons and _without_time(again) == _without_time(whole)
    assert again["seconds"] >= sum(row["seconds"] for row in rest["folds"])


def test_folds_of_other_photos_or_settings_are_learnt_again(
    artifacts: Path, photos: Path, small_picture: SmallPicture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    cross_validate(str(photos), _settings(), 3, folder=folder)
    lessons = _counted_lessons(monkeypatch)
    (folder / "fold-2.npz").write_bytes(b"torn")
    cross_validate(str(photos), _settings(), 3, folder=folder)
    assert len(lessons) == 1, "only the damaged one"
    cross_validate(str(photos), _settings("embedding.regularisation=0.5"), 3, folder=folder)
    assert len(lessons) == 4
    (photos / "Ann" / "7.pgm").unlink()
    cross_validate(str(photos), _settings("embedding.regularisation=0.5"), 3, folder=folder)
    assert len(lessons) == 7
    assert not any(b"Ann" in each.read_bytes() for each in folder.iterdir()), "no name is kept"
