"""Serving sees what training saw, whatever way a photo comes in and whoever else asks."""

from __future__ import annotations

import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets import open_dataset
from core.detection import create_detector
from core.errors import RunError
from core.experiment import prepare_dataset
from core.models import build
from core.openset import StrangerCurve
from core.recognizer import PhotoPrediction, Recognizer, load_recognizer
from core.runs import layout, new_run, read_run
from core.settings import FaceSettings, ModelSettings, Settings
from core.storage import read_json, write_json
from tests.core.conftest import TrainedRun


@pytest.fixture(scope="module")
def recognizer(trained_run: TrainedRun) -> Recognizer:
    return load_recognizer(trained_run.directory)


@pytest.fixture(scope="module")
def files(trained_run: TrainedRun) -> list[Path]:
    return sorted(trained_run.photos.rglob("*.pgm"))


def _photos(files: list[Path]) -> list[tuple[bytes, str]]:
    return [(file.read_bytes(), str(file)) for file in files]


def _probabilities(photos: list[PhotoPrediction]) -> list[dict[str, float]]:
    return [dict(face.top) for photo in photos for face in photo.faces]


def _largest_difference(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> float:
    assert len(ours) == len(theirs) > 10
    return max(abs(one[name] - other[name]) for one, other in zip(ours, theirs, strict=True) for name in one)


def test_a_photo_gets_names_with_probabilities(recognizer: Recognizer, files: list[Path]) -> None:
    photo = recognizer.predict(files[0].read_bytes(), "my upload.pgm")
    assert (photo.file, photo.width, photo.height, photo.error) == ("my upload.pgm", 92, 112, None)
    (face,) = photo.faces
    assert [name for name, _ in face.top] == sorted(recognizer.class_names, key=lambda name: -dict(face.top)[name])
    assert sum(probability for _, probability in face.top) == pytest.approx(1, abs=1e-6)
    assert (face.probability, face.decision in ("known", "unsure", "unknown")) == (face.top[0][1], True)
    assert face.person == (None if face.decision == "unknown" else face.top[0][0])
    assert (face.crop.shape, face.crop.dtype) == ((48, 48, 3), np.uint8)


def test_the_decision_follows_the_thresholds(recognizer: Recognizer, files: list[Path]) -> None:
    data = files[0].read_bytes()
    for known, unknown, decision in ((0.0, 0.0, "known"), (1.0, 0.0, "unsure"), (1.0, 1.0, "unknown")):
        lines = replace(recognizer.thresholds, known=known, unknown=unknown)
        other = replace(recognizer, knowledge=replace(recognizer.knowledge, thresholds=lines))
        (face,) = other.predict(data, "a").faces
        assert face.decision == decision
        assert (face.person is None) == (decision == "unknown")
        assert recognizer.predict(data, "a").decided(lines).to_json() == other.predict(data, "a").to_json()


def test_another_share_of_strangers_moves_the_line_and_nothing_else(recognizer: Recognizer, files: list[Path]) -> None:
    curve = StrangerCurve(200, 0, 0, None, ((0.01, 0.9999, None), (0.1, 0.0, None)))
    lines = replace(recognizer.thresholds, known=0.9999, unknown=0.0, curve=curve, tested_on_strangers=True)
    strict = replace(recognizer, knowledge=replace(recognizer.knowledge, thresholds=lines))
    lax = strict.at(0.1)
    assert (lax.thresholds.known, lax.thresholds.unknown) == (0.0, 0.0)
    for file in files[:5]:
        photo = strict.predict(file.read_bytes(), "a")
        assert photo.decided(lines.at(0.1)).to_json() == lax.predict(file.read_bytes(), "a").to_json()


def test_a_photo_looked_at_once_is_named_as_often_as_wanted(recognizer: Recognizer, files: list[Path]) -> None:
    photos = [*_photos(files[:3]), (b"torn", "torn.jpg")]
    for photo, seen in zip(photos, [recognizer.look(*each) for each in photos], strict=True):
        deaf = replace(recognizer, network=None)  # naming asks no network
        assert deaf.name(seen).to_json() == deaf.name(seen).to_json() == recognizer.predict(*photo).to_json()


def test_one_by_one_in_batches_and_in_any_order_the_probabilities_agree(recognizer: Recognizer, files: list[Path]) -> None:
    photos = _photos(files)
    single = [recognizer.predict(*photo) for photo in photos]
    together = recognizer.predict_batch(photos)
    backwards = recognizer.predict_batch(photos[::-1])[::-1]
    assert _largest_difference(_probabilities(single), _probabilities(together)) < 1e-6
    assert _largest_difference(_probabilities(single), _probabilities(backwards)) < 1e-6
    for one, other in zip(single, together, strict=True):
        for ours, theirs in zip(one.faces, other.faces, strict=True):
            assert ours.detection == theirs.detection
            np.testing.assert_array_equal(ours.crop, theirs.crop)


def test_keras_predict_agrees_with_single_calls(recognizer: Recognizer, files: list[Path]) -> None:
    crops = np.stack([face.crop for photo in recognizer.predict_batch(_photos(files)) for face in photo.faces])
    logits = recognizer.network.predict(crops, batch_size=5, verbose=0).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    single = np.concatenate([recognizer.probabilities([crop]) for crop in crops])
    np.testing.assert_allclose(single, expected, atol=1e-6)


def test_a_file_and_its_uploaded_bytes_get_the_same_answer(recognizer: Recognizer, files: list[Path]) -> None:
    from_folder = recognizer.predict_files(files)
    uploaded = recognizer.predict_batch(_photos(files))
    assert [photo.to_json() for photo in from_folder] == [photo.to_json() for photo in uploaded]


def test_the_network_sees_the_very_pixels_it_was_trained_on(trained_run: TrainedRun, recognizer: Recognizer) -> None:
    run = read_run(trained_run.directory)
    _, prepared = prepare_dataset(run.settings.data.source, run.settings.face)
    assert run.split
    faces = [photo for photo in run.split.photos if photo.use == "face"]
    root = open_dataset(run.settings.data.source).root
    for photo, served in zip(faces, recognizer.predict_files([root / each.path for each in faces]), strict=True):
        trained = np.asarray(prepared.pixels[prepared.rows[photo.sha256]])
        assert any(np.array_equal(trained, face.crop) for face in served.faces), photo.path


def test_the_stored_scores_are_what_serving_answers(trained_run: TrainedRun, recognizer: Recognizer) -> None:
    run = read_run(trained_run.directory)
    assert run.split
    path_of = {photo.sha256: trained_run.photos / photo.path for photo in run.split.photos}
    scores = run.scores["test"]
    served = recognizer.predict_files([path_of[sha256] for sha256 in scores.sha256])
    powers = np.exp(scores.logits - scores.logits.max(axis=1, keepdims=True))
    for photo, row in zip(served, powers / powers.sum(axis=1, keepdims=True), strict=True):
        assert dict(photo.faces[0].top)[run.class_names[int(row.argmax())]] == pytest.approx(row.max(), abs=1e-6)


@pytest.mark.parametrize(("detector", "network"), [("yunet", "dense"), ("mtcnn", "cnn")])
def test_eight_threads_with_photos_of_different_sizes_get_the_serial_answers(
    recognizer: Recognizer, files: list[Path], detector: str, network: str
) -> None:
    if network == "cnn":
        cnn = build(ModelSettings("cnn", "rgb", units=(16,)), 48, classes=3, seed=0)
        recognizer = replace(recognizer, network=cnn)
    recognizer = replace(recognizer, detector=create_detector(FaceSettings(detector=detector)))
    photos = []
    for number, file in enumerate(files[:16]):
        with Image.open(file) as image:
            grown = image.resize((92 + 23 * number, 112 + 19 * number))
        buffer = io.BytesIO()
        grown.save(buffer, "PNG")
        photos.append((buffer.getvalue(), f"{number}.png"))
    serial = [recognizer.predict(*photo).to_json() for photo in photos]
    with ThreadPoolExecutor(8) as pool:
        parallel = [each.to_json() for each in pool.map(lambda photo: recognizer.predict(*photo), photos * 2)]
    assert sum(len(photo["faces"]) for photo in serial) >= 14
    assert parallel == serial * 2


def test_a_bad_photo_does_not_stop_the_others(recognizer: Recognizer, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    first, bad, absent, last = recognizer.predict_files([files[0], tmp_path / "torn.jpg", tmp_path / "no.jpg", files[1]])
    assert "torn.jpg" in (bad.error or "")
    assert "no.jpg" in (absent.error or "")
    assert (bad.faces, bad.width) == ((), 0)
    assert len(first.faces) == len(last.faces) == 1


def test_only_bad_photos_and_none_at_all_are_no_surprise(recognizer: Recognizer) -> None:
    (photo,) = recognizer.predict_batch([(b"", "empty.jpg")])
    assert photo.error
    assert recognizer.predict_batch([]) == []


def test_an_unfinished_or_mixed_up_run_is_refused(trained_run: TrainedRun, artifacts: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not finished"):
        load_recognizer(new_run(Settings()))
    copy = tmp_path / "copy"
    shutil.copytree(trained_run.directory, copy)
    dataset = read_json(copy / layout.DATASET)
    write_json(copy / layout.DATASET, {**dataset, "people": [*dataset["people"], "Zoe"]})
    with pytest.raises(RunError, match=r"for 3 people and inputs of \(48, 48, 3\), its run for 4 people and faces of 48 px"):
        load_recognizer(copy)


def test_a_photo_without_a_face_is_no_mistake_whatever_the_network(recognizer: Recognizer) -> None:
    """Some layers refuse an empty batch."""
    network = build(ModelSettings(architecture="residual", filters=(8, 8)), 48, 3, seed=0)
    answers = replace(recognizer, network=network).answer([])
    assert answers.logits.shape == (0, 3)
    assert answers.vectors is not None
    assert len(answers.vectors) == 0
