"""Training: what it reports, keeps, repeats, resumes and refuses."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import itertools
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.augmentation import change_faces
from core.errors import StorageError, TrainingError
from core.models import build, compute_logits, softmax
from core.settings import (
    AUGMENTATIONS,
    AugmentationSettings,
    FaceSettings,
    ModelSettings,
    Settings,
    TrainingSettings,
    rng_for,
    to_json,
)
from core.training import (
    EpochReport,
    Running,
    TrainedNetwork,
    TrainingFaces,
    checkpoint,
    feeding,
    finished_epochs,
    train,
    watching,
)
from core.training.course import Course
from core.training.feeding import balancing_weights, batch_reader, mixed, steps_per_epoch, training_batches
from core.training.optimizers import in_one_pass
from core.training.selection import PLATEAU_PATIENCE, Selection, learning_rate, planned_epochs
from core.training.trainee import build_trainee

PEOPLE, SIDE = 4, 32
NOTHING = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)
BASE = Settings(
    face=FaceSettings(size=SIDE),
    augmentation=dataclasses.replace(NOTHING, flip=True, brightness=0.1),
    model=ModelSettings(architecture="dense", normalisation="face", units=(16,), dropout=0.2),
    training=TrainingSettings(epochs=5, batch_size=12, learning_rate=2e-3, refit=False, patience=0),
    seed=7,
)


def having(**values: Any) -> Settings:
    """Return BASE with training settings changed; `model` and `augmentation` name whole parts."""
    parts = {name: values.pop(name) for name in ("model", "augmentation", "seed") if name in values}
    return dataclasses.replace(BASE, training=dataclasses.replace(BASE.training, **values), **parts)


EPOCHS = 4
LAST_SELECT_STEP = 3 * EPOCHS  # 36 faces in batches of 12; with the validation faces an epoch has 4 steps
FULL = having(epochs=EPOCHS, refit=True, schedule="plateau", optimizer="adamw", weight_decay=1e-3)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """48 faces of 4 people: each person a pattern of coarse squares, each photo a little different."""
    rng = np.random.default_rng(0)
    patterns = np.kron(rng.integers(40, 216, (PEOPLE, 4, 4, 1)), np.ones((1, 8, 8, 3)))
    noisy = np.repeat(patterns, 12, axis=0) + rng.normal(0, 20, (48, SIDE, SIDE, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def some(pixels: np.ndarray, numbers: Sequence[int]) -> TrainingFaces:
    """Return the photos of every person with these numbers (0..11)."""
    rows = np.array([person * 12 + number for person in range(PEOPLE) for number in numbers], np.int64)
    return TrainingFaces(pixels, rows, (rows // 12).astype(np.int32))


@pytest.fixture(scope="module")
def teaching(pixels: np.ndarray) -> TrainingFaces:
    return some(pixels, range(9))


@pytest.fixture(scope="module")
def choosing(pixels: np.ndarray) -> TrainingFaces:
    return some(pixels, range(9, 12))


@pytest.fixture(scope="module")
def undisturbed(teaching: TrainingFaces, choosing: TrainingFaces) -> TrainedNetwork:
    return train(teaching, choosing, PEOPLE, FULL)


def stop_after(steps: int) -> Callable[[], bool]:
    asked = itertools.count(1)
    return lambda: next(asked) == steps


def logits_of(trained: TrainedNetwork, faces: TrainingFaces) -> np.ndarray:
    return compute_logits(trained.network, faces.pixels, faces.rows)


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(softmax(logits)[np.arange(len(labels)), labels]).mean())


def timeless(history: list[EpochReport]) -> list[EpochReport]:
    return [each.timeless() for each in history]


def assert_same(one: TrainedNetwork, two: TrainedNetwork) -> None:
    for mine, yours in zip(one.network.get_weights(), two.network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)
    np.testing.assert_array_equal(one.validation_logits, two.validation_logits)
    assert timeless(one.history) == timeless(two.history)
    assert (one.best_epoch, one.refitted) == (two.best_epoch, two.refitted)


@pytest.mark.parametrize(("architecture", "epochs"), [("dense", 12), ("cnn", 12), ("residual", 30)])
def test_it_learns_to_tell_people_apart(
    architecture: str, epochs: int, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    model = ModelSettings(
        architecture=architecture, colour="rgb", normalisation="face", filters=(8, 8), units=(32,), dropout=0.1
    )
    trained = train(teaching, choosing, PEOPLE, having(model=model, epochs=epochs, learning_rate=5e-3))
    assert (logits_of(trained, choosing).argmax(axis=1) == choosing.labels).mean() >= 0.9
    assert trained.history[-1].loss < trained.history[0].loss


def test_the_kept_network_is_that_of_the_lowest_validation_loss(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    strongest = AugmentationSettings(rotation=45, zoom=0.5, shift=0.3, brightness=0.5, contrast=0.8)
    trained = train(teaching, choosing, PEOPLE, having(augmentation=strongest, learning_rate=3e-2, schedule="constant"))
    losses = [each.validation_loss for each in trained.history]
    assert trained.best_epoch == 1 + int(np.argmin(losses))
    assert [each.epoch for each in trained.history if each.best][-1] == trained.best_epoch
    # The strongest changes of the training faces leave no trace in what validation sees.
    np.testing.assert_array_equal(logits_of(trained, choosing), trained.validation_logits)
    assert cross_entropy(trained.validation_logits, choosing.labels) == pytest.approx(min(losses), abs=1e-6)
    best = trained.history[trained.best_epoch - 1]
    assert best.validation_accuracy == (trained.validation_logits.argmax(axis=1) == choosing.labels).mean()


@pytest.mark.parametrize("colour", ["rgb", "gray"])
def test_faces_are_changed_at_random_in_training(colour: str, teaching: TrainingFaces) -> None:
    settings = having(model=dataclasses.replace(BASE.model, colour=colour), class_weights=True, mixup=0.4)
    plain = batch_reader(teaching, balancing_weights(teaching.labels), PEOPLE, settings.training, settings.seed)
    shown = [[np.asarray(part) for part in batch] for batch in training_batches(teaching, PEOPLE, settings).take(5)]
    for step, (faces, targets, weights) in enumerate(shown):
        expected = plain(step)
        changed = change_faces(expected[0], settings.augmentation, settings.seed, step, gray=colour == "gray")
        np.testing.assert_array_equal(faces, changed)
        assert (faces != expected[0]).any()
        np.testing.assert_array_equal(targets, expected[1])
        np.testing.assert_array_equal(weights, expected[2])
    later = next(iter(training_batches(teaching, PEOPLE, settings, 3)))
    np.testing.assert_array_equal(np.asarray(later[0]), shown[3][0])


def test_a_network_can_learn_behind_the_strongest_ready_changes(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    settings = having(augmentation=AUGMENTATIONS["strong"], model=dataclasses.replace(BASE.model, colour="rgb"), epochs=1)
    assert math.isfinite(train(teaching, choosing, PEOPLE, settings).history[0].loss)


def test_the_trained_network_holds_no_random_change(undisturbed: TrainedNetwork) -> None:
    names = [layer.name for layer in undisturbed.network.layers]
    assert names == [layer.name for layer in build(BASE.model, SIDE, PEOPLE, 0).layers]


def test_another_seed_gives_another_result(
    undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    other = train(teaching, choosing, PEOPLE, dataclasses.replace(FULL, seed=8), should_stop=stop_after(3))
    assert other.history[0].loss != undisturbed.history[0].loss


@pytest.mark.parametrize(("smoothing", "balanced"), [(0.0, False), (0.2, True)])
def test_the_reported_loss_is_the_mean_cross_entropy(pixels: np.ndarray, smoothing: float, balanced: bool) -> None:
    rows = np.array([*range(8), 12, 13, 24, 36], np.int64)
    faces = TrainingFaces(pixels, rows, (rows // 12).astype(np.int32))
    model = dataclasses.replace(BASE.model, dropout=0, colour="rgb")
    slow = having(
        model=model, augmentation=NOTHING, epochs=1, learning_rate=1e-6, label_smoothing=smoothing, class_weights=balanced
    )
    report = train(faces, some(pixels, []), PEOPLE, slow).history[0]
    chances = softmax(compute_logits(build(model, SIDE, PEOPLE, slow.seed), pixels, rows)).astype(float)
    targets = np.eye(PEOPLE)[faces.labels] * (1 - smoothing) + smoothing / PEOPLE
    weights = np.array([12 / 4 / 8] * 8 + [12 / 4 / 2] * 2 + [3.0] * 2) if balanced else np.ones(12)
    assert report.loss == pytest.approx((weights * -(targets * np.log(chances)).sum(axis=1)).mean(), abs=1e-5)
    assert report.accuracy == pytest.approx((chances.argmax(axis=1) == faces.labels).mean(), abs=1e-6)


def test_early_stopping_waits_its_patience(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    wrong = dataclasses.replace(choosing, labels=(choosing.labels + 1) % PEOPLE)  # learning can only make it worse
    settings = having(epochs=30, patience=3, learning_rate=1e-2, schedule="constant")
    trained = train(teaching, wrong, PEOPLE, settings)
    assert len(trained.history) == trained.best_epoch + 3 < 30
    assert not trained.stopped
    np.testing.assert_array_equal(logits_of(trained, wrong), trained.validation_logits)


def test_a_refit_repeats_the_best_epochs_with_all_faces(
    undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    chosen = train(
        teaching, choosing, PEOPLE, dataclasses.replace(FULL, training=dataclasses.replace(FULL.training, refit=False))
    )
    select = [each for each in undisturbed.history if each.phase == "select"]
    refit = [each for each in undisturbed.history if each.phase == "refit"]
    assert undisturbed.refitted
    assert not chosen.refitted
    assert timeless(select) == timeless(chosen.history)
    assert [each.learning_rate for each in refit] == [each.learning_rate for each in select[: undisturbed.best_epoch]]
    assert all(each.epochs == undisturbed.best_epoch and each.validation_loss is None for each in refit)
    np.testing.assert_array_equal(undisturbed.validation_logits, chosen.validation_logits)
    np.testing.assert_array_equal(logits_of(chosen, choosing), chosen.validation_logits)
    assert (logits_of(undisturbed, choosing) != undisturbed.validation_logits).any()


def _course(refit_losses: list[float]) -> Course:
    """Return a training whose second epoch, with a training loss of 0.4, was the best of three, and its refit so far."""
    losses = [("select", loss) for loss in (2.0, 0.4, 0.1)] + [("refit", loss) for loss in refit_losses]
    numbers = [1, 2, 3, *range(1, len(refit_losses) + 1)]
    history = [
        EpochReport(number, 3, loss, 0.5, None, None, 0.1, 1.0, False, phase)
        for number, (phase, loss) in zip(numbers, losses, strict=True)
    ]
    return Course(epochs=2, phase="refit", history=history, best_epoch=2)


def test_a_refit_that_started_badly_is_not_kept() -> None:
    assert _course([2.0, 0.6]).refit_holds()  # 0.6 <= 1.5 * 0.4 + 0.1
    assert not _course([2.0, 0.8]).refit_holds()
    assert not _course([0.3]).refit_holds()  # one epoch is missing
    assert not Course(epochs=2).refit_holds()


def test_without_validation_faces_the_last_epoch_stays(teaching: TrainingFaces, pixels: np.ndarray) -> None:
    trained = train(teaching, some(pixels, []), PEOPLE, having(epochs=3, patience=1, refit=True, learning_rate=0.5))
    assert len(trained.history) == trained.best_epoch == 3
    assert not trained.refitted
    assert trained.validation_logits.shape == (0, PEOPLE)
    assert all(each.validation_loss is None and each.validation_accuracy is None for each in trained.history)


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that every epoch is stored in."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0)
    monkeypatch.setattr(checkpoint, "SHARE_OF_TIME", 1e9)
    return tmp_path


class Killed(BaseException):
    """Stands for a process that ends in the middle of an epoch."""


def train_until(step: int, *arguments: Any, **more: Any) -> None:
    def kill(done: int, _total: int) -> None:
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        train(*arguments, on_step=kill, **more)


@pytest.mark.parametrize("at", [(5, 1), (EPOCHS * 4 + 6, EPOCHS + 1)])
def test_a_killed_training_goes_on_as_if_nothing_had_happened(
    at: tuple[int, int], undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces, checkpoints: Path
) -> None:
    killed_at, kept = at
    train_until(killed_at, teaching, choosing, PEOPLE, FULL, checkpoint=checkpoints)
    before = finished_epochs(checkpoints)
    assert len(before) == kept
    heard: list[EpochReport] = []
    resumed = train(teaching, choosing, PEOPLE, FULL, checkpoint=checkpoints, on_epoch=heard.append)
    assert_same(resumed, undisturbed)
    assert before + heard == resumed.history


def test_a_checkpoint_of_an_earlier_program_goes_on(
    undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces, checkpoints: Path
) -> None:
    """It held the random generators of the changes as well, before all other variables."""
    train_until(5, teaching, choosing, PEOPLE, FULL, checkpoint=checkpoints)
    with np.load(checkpoints / checkpoint.FILE) as stored:
        arrays = dict(stored)
    own = [arrays.pop(name) for name in sorted(arrays) if name.startswith("variable_")]
    generators = [np.array([number, 3], np.uint32) for number in range(2)]
    arrays |= {f"variable_{number:05}": each for number, each in enumerate([*generators, *own])}
    np.savez(checkpoints / checkpoint.FILE, **arrays)
    assert_same(train(teaching, choosing, PEOPLE, FULL, checkpoint=checkpoints), undisturbed)


RESIDUAL = having(
    model=ModelSettings(architecture="residual", colour="rgb", filters=(8,), dropout=0.4, mirror_average=True),
    augmentation=dataclasses.replace(NOTHING, saturation=0.2, erasing=0.5),
    epochs=2, steps=10, warmup=1, optimizer="sgd", learning_rate=0.05, weight_decay=1e-3, schedule="cosine",
)  # fmt: skip


def test_a_killed_residual_training_goes_on_with_its_running_averages(
    teaching: TrainingFaces, choosing: TrainingFaces, checkpoints: Path
) -> None:
    undisturbed = train(teaching, choosing, PEOPLE, RESIDUAL)
    train_until(8, teaching, choosing, PEOPLE, RESIDUAL, checkpoint=checkpoints)
    assert len(finished_epochs(checkpoints)) == 2
    assert_same(train(teaching, choosing, PEOPLE, RESIDUAL, checkpoint=checkpoints), undisturbed)


@pytest.mark.parametrize("refit", [False, True])
def test_the_returned_network_averages_with_the_mirror_image(
    refit: bool, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    model = dataclasses.replace(BASE.model, mirror_average=True)
    settings = having(model=model, refit=refit, epochs=3)
    averaging = train(teaching, choosing, PEOPLE, settings)
    plainly = dataclasses.replace(settings, model=dataclasses.replace(model, mirror_average=False))
    plain = train(teaching, choosing, PEOPLE, plainly)
    assert averaging.refitted == plain.refitted == refit
    assert timeless(averaging.history) == timeless(plain.history)
    mirrored = TrainingFaces(choosing.pixels[:, :, ::-1], choosing.rows, choosing.labels)
    by_hand = (logits_of(plain, choosing) + logits_of(plain, mirrored)) / 2
    assert np.abs(by_hand - logits_of(plain, choosing)).max() > 1e-3
    np.testing.assert_allclose(logits_of(averaging, choosing), by_hand, atol=1e-5)
    # Validation speaks of the chosen network, never of the refitted one.
    same = np.allclose(averaging.validation_logits, logits_of(averaging, choosing), atol=1e-5)
    assert same is not refit


def test_few_photos_get_more_epochs_until_the_steps_suffice(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    settings = having(epochs=2, steps=10, warmup=1, learning_rate=0.003, schedule="cosine")
    history = train(teaching, choosing, PEOPLE, settings).history  # 36 faces in batches of 12: 3 steps an epoch
    assert [(each.epoch, each.epochs) for each in history] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    np.testing.assert_allclose([each.learning_rate for each in history], [0.001, 0.002, 0.003, 0.0015])


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_weight_decay_leaves_offsets_and_factors_alone(optimizer: str) -> None:
    settings = having(model=RESIDUAL.model, optimizer=optimizer, learning_rate=0.1, weight_decay=0.05)
    network = build(settings.model, SIDE, PEOPLE, 1)
    network.set_weights([each + 1 for each in network.get_weights()])
    trainee = build_trainee(network, settings)
    before = [np.asarray(each) for each in network.trainable_variables]
    trainee.optimizer.apply([each * 0 for each in before])
    shrunk = []
    for variable, old in zip(network.trainable_variables, before, strict=True):
        decays = variable.name == "kernel"
        np.testing.assert_allclose(np.asarray(variable), old * (1 - 0.1 * 0.05) if decays else old, rtol=1e-6)
        shrunk.append(decays)
    assert {each.name for each in network.trainable_variables} == {"kernel", "bias", "gamma", "beta"}
    assert 0 < sum(shrunk) < len(shrunk)


@pytest.mark.parametrize(("name", "dtype"), [("Adam", "float32"), ("AdamW", "float32"), ("Adam", "float64")])
def test_a_step_in_one_pass_is_that_of_keras(name: str, dtype: str) -> None:
    import keras

    kind, rng = getattr(keras.optimizers, name), np.random.default_rng(0)
    options, start = {"weight_decay": 0.01} if name == "AdamW" else {}, rng.normal(size=(9, 5))
    found = []
    for each in (kind, in_one_pass(kind)):
        weights, optimizer = keras.Variable(start, dtype=dtype), each(0.01, **options)
        optimizer.build([weights])
        for step in range(1, 9):
            optimizer.learning_rate = 0.01 / step
            optimizer.apply([np.sin(np.arange(45.0) * step).reshape(9, 5).astype(dtype)], [weights])
        found.append([np.asarray(value) for value in (weights, *optimizer.variables)])
    assert np.abs(found[1][0] - start).max() > 0.01
    for mine, yours in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(mine, yours, rtol=1e-5, atol=1e-7)


def test_a_last_batch_of_one_face_is_no_trouble(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    faces = TrainingFaces(teaching.pixels, teaching.rows[:13], teaching.labels[:13])
    trained = train(
        faces, choosing, PEOPLE, dataclasses.replace(RESIDUAL, training=dataclasses.replace(RESIDUAL.training, steps=4))
    )
    assert np.isfinite(trained.validation_logits).all()


def test_a_short_training_writes_no_checkpoint(tmp_path: Path) -> None:
    identity = checkpoint.Identity(("exact",), ("but length",))
    writer = checkpoint.Checkpoints(checkpoint.Places(tmp_path / "checkpoint"), identity)
    assert not writer.is_due
    assert not (tmp_path / "checkpoint").exists()
    assert finished_epochs(tmp_path / "checkpoint") == []
    assert (writer.read(3).epochs, writer.read(3).finished) == (3, 0)


def test_a_checkpoint_is_for_its_own_training_only(teaching: TrainingFaces, choosing: TrainingFaces, checkpoints: Path) -> None:
    finished = train(teaching, choosing, PEOPLE, having(epochs=1), checkpoint=checkpoints)
    assert [each.name for each in checkpoints.iterdir()] == [checkpoint.FILE]
    heard: list[EpochReport] = []
    assert_same(train(teaching, choosing, PEOPLE, having(epochs=1), checkpoint=checkpoints, on_epoch=heard.append), finished)
    assert not heard  # all epochs were in the checkpoint
    with pytest.raises(TrainingError, match="another training"):
        train(teaching, choosing, PEOPLE, having(epochs=2), checkpoint=checkpoints)
    with pytest.raises(TrainingError, match="another training"):
        train(choosing, teaching, PEOPLE, having(epochs=1), checkpoint=checkpoints)
    raw = (checkpoints / checkpoint.FILE).read_bytes()
    (checkpoints / checkpoint.FILE).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(TrainingError, match="damaged"):
        train(teaching, choosing, PEOPLE, having(epochs=1), checkpoint=checkpoints)


def test_stop_keeps_the_best_epoch_and_forgets_the_broken_one(
    undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    steps: list[tuple[int, int]] = []
    trained = train(
        teaching, choosing, PEOPLE, FULL, on_step=lambda *numbers: steps.append(numbers), should_stop=lambda: len(steps) == 8
    )
    assert trained.stopped
    assert not trained.refitted
    assert timeless(trained.history) == timeless(undisturbed.history[:2])
    assert steps == [(number, 2 * LAST_SELECT_STEP) for number in range(1, 9)]
    np.testing.assert_array_equal(logits_of(trained, choosing), trained.validation_logits)


def test_stop_in_the_first_epoch_says_that_nothing_was_learnt(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    trained = train(teaching, choosing, PEOPLE, having(refit=True), should_stop=lambda: True)
    assert (trained.stopped, trained.best_epoch, trained.history, trained.refitted) == (True, 0, [], False)


def test_stop_in_a_refit_keeps_what_validation_has_chosen(
    undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces
) -> None:
    steps: list[tuple[int, int]] = []
    trained = train(
        teaching, choosing, PEOPLE, FULL,
        on_step=lambda *numbers: steps.append(numbers), should_stop=stop_after(LAST_SELECT_STEP + 2),
    )  # fmt: skip
    assert trained.stopped
    assert not trained.refitted
    assert steps[-1] == (EPOCHS * 4 + 2, (EPOCHS + undisturbed.best_epoch) * 4)  # a refit's epoch has 4 steps
    np.testing.assert_array_equal(logits_of(trained, choosing), undisturbed.validation_logits)
    np.testing.assert_array_equal(trained.validation_logits, undisturbed.validation_logits)


def test_a_loss_that_is_no_number_names_the_epoch_and_the_remedy(
    teaching: TrainingFaces, choosing: TrainingFaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "balancing_weights", lambda labels: np.full(len(labels), np.nan, np.float32))
    with pytest.raises(TrainingError, match="nan in epoch 1") as caught:
        train(teaching, choosing, PEOPLE, having(class_weights=True))
    assert caught.value.remedy == "Train again with a learning rate below 0.002."


def test_full_memory_becomes_a_remedy(
    teaching: TrainingFaces, choosing: TrainingFaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow as tf

    def full(*_: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("core.training.learning.run_phase", full)
    with pytest.raises(TrainingError, match="12 faces of 32 px") as caught:
        train(teaching, choosing, PEOPLE, BASE)
    assert "batch size" in caught.value.remedy


def test_mistakes_of_a_programmer_are_named(teaching: TrainingFaces, choosing: TrainingFaces, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one length"):
        TrainingFaces(pixels, np.arange(3), np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="no faces"):
        train(some(pixels, []), choosing, PEOPLE, BASE)
    with pytest.raises(ValueError, match=r"0\.\.2"):
        train(teaching, choosing, 3, BASE)
    with pytest.raises(ValueError, match="settings say"):
        train(teaching, choosing, PEOPLE, dataclasses.replace(BASE, face=FaceSettings(size=64)))


class OneBatchAtATime:
    """Pixels that cannot be had whole, as those of a large dataset."""

    def __init__(self, pixels: np.ndarray, most: int) -> None:
        self.shape, self._pixels, self._most = pixels.shape, pixels, most

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        assert len(rows) <= self._most
        return self._pixels[rows]


def test_pixels_are_read_a_batch_at_a_time(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    careful = OneBatchAtATime(teaching.pixels, 12)
    faces = [dataclasses.replace(each, pixels=careful) for each in (teaching, choosing)]
    assert len(train(faces[0], faces[1], PEOPLE, having(epochs=1)).history) == 1


def test_every_epoch_shows_every_face_once_in_a_new_order(pixels: np.ndarray) -> None:
    numbered = np.arange(48, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    faces = TrainingFaces(numbered, np.arange(10, 33, dtype=np.int64), (np.arange(10, 33) // 12).astype(np.int32))
    read = batch_reader(faces, np.arange(23, dtype=np.float32), PEOPLE, TrainingSettings(batch_size=5), seed=1)
    assert steps_per_epoch(faces, 5) == 5
    epochs = []
    for epoch in range(2):
        batches = [read(epoch * 5 + step) for step in range(5)]
        assert [len(seen) for seen, _, _ in batches] == [5, 5, 5, 5, 3]
        shown = np.concatenate([seen[:, 0, 0, 0] for seen, _, _ in batches])
        people = np.concatenate([targets for _, targets, _ in batches])
        weights = np.concatenate([weight for _, _, weight in batches])
        np.testing.assert_array_equal(people, np.eye(PEOPLE)[shown // 12])
        np.testing.assert_array_equal(weights, shown - 10)
        epochs.append(shown.tolist())
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10, 33))
    assert epochs[0] != epochs[1]
    again = batch_reader(faces, np.ones(23, np.float32), PEOPLE, TrainingSettings(batch_size=5), seed=1)
    assert again(7)[0][:, 0, 0, 0].tolist() == epochs[1][10:15]


def test_balancing_weights_by_hand() -> None:
    np.testing.assert_allclose(balancing_weights(np.array([0, 0, 0, 5], np.int32)), [2 / 3, 2 / 3, 2 / 3, 2])


def test_schedules_by_hand() -> None:
    def rates(schedule: str, drops: int = 0) -> list[float]:
        settings = TrainingSettings(schedule=schedule, learning_rate=0.1, epochs=4)
        return [learning_rate(settings, epoch, 4, drops) for epoch in (1, 2, 3, 4)]

    assert rates("constant", drops=3) == [0.1] * 4
    assert rates("plateau", drops=3) == [0.0125] * 4
    half = math.sqrt(0.5)
    np.testing.assert_allclose(rates("cosine"), [0.1, 0.05 * (1 + half), 0.05, 0.05 * (1 - half)], rtol=1e-12)


def test_a_warm_up_rises_in_equal_steps_to_the_full_rate() -> None:
    def rates(schedule: str, epochs: int, warmup: int = 2) -> list[float]:
        settings = TrainingSettings(schedule=schedule, learning_rate=0.3, epochs=4, warmup=warmup)
        return [learning_rate(settings, epoch, epochs, drops=0) for epoch in range(1, epochs + 1)]

    np.testing.assert_allclose(rates("cosine", 4), [0.1, 0.2, 0.3, 0.15])
    np.testing.assert_allclose(rates("constant", 4), [0.1, 0.2, 0.3, 0.3])
    np.testing.assert_allclose(rates("plateau", 4), [0.1, 0.2, 0.3, 0.3])
    half = math.sqrt(0.5)
    np.testing.assert_allclose(
        rates("cosine", 8), [0.06, 0.12, 0.18, 0.24, 0.3, 0.15 * (1 + half), 0.15, 0.15 * (1 - half)]
    )  # twice the epochs, twice the warm-up
    np.testing.assert_allclose(rates("cosine", 4, warmup=20), [0.3 * epoch / 21 for epoch in (1, 2, 3, 4)])


def test_planned_epochs_by_hand() -> None:
    settings = TrainingSettings(epochs=45, steps=1500)
    assert [planned_epochs(settings, steps) for steps in (1, 4, 33, 34, 51)] == [1500, 375, 46, 45, 45]
    assert planned_epochs(TrainingSettings(epochs=45), 4) == 45


def test_selection_by_hand() -> None:
    seen = Selection()
    for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.0], start=1):
        seen = seen.after(epoch, loss)
    assert seen == Selection(best_epoch=2, best_loss=2.0, waited=2, plateau=2, drops=0)
    for epoch in range(5, 5 + PLATEAU_PATIENCE - 2):
        seen = seen.after(epoch, 9.0)
    assert (seen.waited, seen.plateau, seen.drops) == (PLATEAU_PATIENCE, 0, 1)
    assert seen.after(20, 1.0) == Selection(best_epoch=20, best_loss=1.0, drops=1)


def test_mixup_by_hand() -> None:
    faces = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.full((1, 2, 2, 3), 60, np.uint8)
    plain = (faces, np.eye(4, dtype=np.float32), np.array([1, 2, 3, 4], np.float32))
    rng = rng_for(1, "mixup", 5)
    share, partner = np.float32(rng.beta(0.4, 0.4)), rng.permutation(4)
    assert 0.001 < share < 0.999
    assert partner.tolist() != [0, 1, 2, 3]
    blended, targets, weights = mixed(plain, 0.4, rng_for(1, "mixup", 5))
    numbers = np.arange(4)
    np.testing.assert_array_equal(blended[:, 0, 0, 0], np.rint(60 * (share * numbers + (1 - share) * partner)))
    np.testing.assert_allclose(targets, share * np.eye(4) + (1 - share) * np.eye(4)[partner], rtol=1e-6)
    np.testing.assert_allclose(weights, share * (numbers + 1) + (1 - share) * (partner + 1), rtol=1e-6)
    assert blended.dtype == np.uint8
    assert (targets.dtype, weights.dtype) == (np.float32, np.float32)


def test_mixup_blends_what_teaches_and_is_off_without_it(teaching: TrainingFaces) -> None:
    weights = np.ones(len(teaching.rows), np.float32)
    plain = batch_reader(teaching, weights, PEOPLE, having().training, seed=1)(2)
    blended = batch_reader(teaching, weights, PEOPLE, having(mixup=1.0).training, seed=1)(2)
    assert set(plain[1].ravel().tolist()) == {0.0, 1.0}
    np.testing.assert_allclose(blended[1].sum(axis=1), 1, rtol=1e-6)
    assert ((blended[1] > 0) & (blended[1] < 1)).any()
    np.testing.assert_array_equal(batch_reader(teaching, weights, PEOPLE, having(mixup=1.0).training, seed=1)(2)[0], blended[0])


def test_an_epoch_tells_speed_memory_and_the_most_named_person(
    undisturbed: TrainedNetwork, choosing: TrainingFaces, teaching: TrainingFaces
) -> None:
    assert all(each.photos_per_second > 0 and each.memory_bytes > 10e6 for each in undisturbed.history)
    assert {each.largest_share for each in undisturbed.history if each.phase == "refit"} == {None}
    best = undisturbed.history[undisturbed.best_epoch - 1]
    named = undisturbed.validation_logits.argmax(axis=1)
    assert best.largest_share == max((named == person).mean() for person in range(PEOPLE))


def test_a_history_of_an_earlier_or_newer_program_can_be_read() -> None:
    report = _course([1.0]).history[0]
    values = report.to_json()
    for name in ("largest_share", "photos_per_second", "memory_bytes"):
        del values[name]
    assert EpochReport.from_json({**values, "of_the_future": 1}) == report


def test_the_epoch_under_way_is_told_at_most_twice_a_second(
    teaching: TrainingFaces, choosing: TrainingFaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.count(start=100.0, step=0.05)  # each look at the clock takes a twentieth of a second
    monkeypatch.setattr(watching.time, "monotonic", lambda: next(now))
    heard: list[tuple[float, Running]] = []
    steps: list[int] = []
    train(
        teaching, choosing, PEOPLE, having(epochs=8),
        on_running=lambda running: heard.append((next(now), running)), on_step=lambda done, total: steps.append(done),
    )  # fmt: skip
    assert len(steps) == 24
    assert 2 < len(heard) < 12
    assert all(later - sooner >= watching.TELL_SECONDS for (sooner, _), (later, _) in itertools.pairwise(heard))
    for _, running in heard:
        assert 1 <= running.step <= running.steps == 3
        assert (running.phase, running.epochs) == ("select", 8)
        assert math.isfinite(running.loss)
        assert running.photos_per_second > 0


def test_answers_of_the_watched_faces_are_told_each_epoch(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    heard: list[tuple[int, np.ndarray]] = []
    watched = np.array([5, 0], np.int64)
    settings = having(epochs=2, learning_rate=1e-2, schedule="constant")
    trained = train(teaching, choosing, PEOPLE, settings, watched=watched, on_answers=lambda *told: heard.append(told))
    assert [epoch for epoch, _ in heard] == [1, 2]
    np.testing.assert_array_equal(heard[trained.best_epoch - 1][1], trained.validation_logits[watched])
    nobody = dataclasses.replace(choosing, rows=choosing.rows[:0], labels=choosing.labels[:0])
    heard.clear()
    trained = train(teaching, nobody, PEOPLE, settings, watched=watched, on_answers=lambda *told: heard.append(told))
    np.testing.assert_allclose(heard[-1][1], logits_of(trained, teaching)[watched], atol=1e-6)


@pytest.mark.parametrize("at", [2, EPOCHS + 1])
def test_a_paused_training_goes_on_as_if_nothing_had_happened(
    at: int, undisturbed: TrainedNetwork, teaching: TrainingFaces, choosing: TrainingFaces, tmp_path: Path
) -> None:
    paused = train(teaching, choosing, PEOPLE, FULL, checkpoint=tmp_path, should_pause=stop_after(at))
    assert (paused.paused, paused.stopped, len(paused.history)) == (True, False, at)
    assert finished_epochs(tmp_path) == paused.history  # stored at once, however short the time since the last checkpoint
    assert_same(train(teaching, choosing, PEOPLE, FULL, checkpoint=tmp_path), undisturbed)


def test_a_full_disk_at_a_checkpoint_keeps_the_older_one_and_the_training_goes_on(
    undisturbed: TrainedNetwork,
    teaching: TrainingFaces,
    choosing: TrainingFaces,
    checkpoints: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, writes, warnings = checkpoint.write_whole, itertools.count(1), []

    def sometimes_full(path: Path, data: Any) -> None:
        if next(writes) in (2, 3):
            with checkpoint.disk_errors(path):
                raise OSError(errno.ENOSPC, "no space")
        whole(path, data)

    monkeypatch.setattr(checkpoint, "write_whole", sometimes_full)
    stored: list[int] = []
    trained = train(
        teaching, choosing, PEOPLE, FULL, checkpoint=checkpoints, on_warning=warnings.append,
        on_epoch=lambda report: stored.append(len(finished_epochs(checkpoints))),
    )  # fmt: skip
    assert_same(trained, undisturbed)
    assert stored[:5] == [0, 1, 1, 1, 4]  # epochs 2 and 3 could not be stored
    assert warnings[0] == ""
    assert "disk is full" in warnings[1]
    assert warnings[3] == ""


def test_a_full_disk_at_a_pause_is_told(
    teaching: TrainingFaces, choosing: TrainingFaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: Any) -> None:
        raise StorageError("Cannot write: the disk is full.", "Free some space.")

    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(StorageError, match="disk is full"):
        train(teaching, choosing, PEOPLE, BASE, checkpoint=tmp_path, should_pause=lambda: True)


class PoisonedLater:
    """Pixels of which the network gets no number from the third epoch's first batch on."""

    def __init__(self, faces: TrainingFaces, monkeypatch: pytest.MonkeyPatch, from_step: int) -> None:
        usual = feeding.batch_reader

        def reader(*arguments: Any, **more: Any) -> Callable[[int], Any]:
            read = usual(*arguments, **more)

            def poisoned(step: int) -> Any:
                pixels, targets, weights = read(step)
                return pixels, targets, weights * np.float32(np.nan) if step >= from_step else weights

            return poisoned

        monkeypatch.setattr(feeding, "batch_reader", reader)


@pytest.mark.parametrize("from_step", [6, 8])  # the first and the last step of the third epoch
def test_a_loss_that_turns_to_no_number_leaves_the_best_epoch(
    from_step: int, teaching: TrainingFaces, choosing: TrainingFaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = train(teaching, choosing, PEOPLE, having(epochs=2, schedule="constant"))
    PoisonedLater(teaching, monkeypatch, from_step)
    settings = having(epochs=9, schedule="constant", refit=True)
    trained = train(teaching, choosing, PEOPLE, settings, state=tmp_path / "state.npz")
    assert "nan in epoch 3" in trained.trouble
    assert f"The best epoch until then, {healthy.best_epoch}, was kept." in trained.trouble
    assert "below 0.002" in trained.trouble
    assert (trained.stopped, trained.refitted) == (False, False)
    assert [each.loss for each in trained.history] == [each.loss for each in healthy.history]
    np.testing.assert_array_equal(logits_of(trained, choosing), healthy.validation_logits)
    assert not (tmp_path / "state.npz").exists()  # nobody wants to go on from there


@pytest.mark.parametrize(("schedule", "optimizer"), [("constant", "adam"), ("plateau", "sgd")])
def test_a_longer_training_is_the_same_as_a_long_one(
    schedule: str, optimizer: str, teaching: TrainingFaces, choosing: TrainingFaces, tmp_path: Path
) -> None:
    def of(epochs: int) -> Settings:
        return having(epochs=epochs, schedule=schedule, optimizer=optimizer, refit=True, mixup=0.2)

    state, heard = tmp_path / "state.npz", []
    train(teaching, choosing, PEOPLE, of(3), state=state)
    assert [each.epoch for each in finished_epochs(tmp_path, state)] == [1, 2, 3]
    longer = train(teaching, choosing, PEOPLE, of(7), earlier=state, on_epoch=heard.append, checkpoint=tmp_path / "own")
    whole = train(teaching, choosing, PEOPLE, of(7))
    # The first three reports say that there were three epochs to take.
    told = [dataclasses.replace(each, epochs=7) if each.phase == "select" else each for each in longer.history]
    assert_same(dataclasses.replace(longer, history=told), whole)
    assert [each.epoch for each in heard if each.phase == "select"] == [4, 5, 6, 7]


def test_a_longer_training_has_its_patience_back_and_is_of_the_same_faces(
    teaching: TrainingFaces, choosing: TrainingFaces, tmp_path: Path
) -> None:
    wrong = dataclasses.replace(choosing, labels=(choosing.labels + 1) % PEOPLE)  # learning can only make it worse
    settings = having(epochs=30, patience=3, learning_rate=1e-2, schedule="constant")
    state = tmp_path / "state.npz"
    short = train(teaching, wrong, PEOPLE, settings, state=state)
    longer = train(teaching, wrong, PEOPLE, having(**_training(settings, epochs=50)), earlier=state)
    assert len(longer.history) == len(short.history) + 3
    assert longer.best_epoch == short.best_epoch
    with pytest.raises(TrainingError, match="another training"):
        train(teaching, choosing, PEOPLE, settings, earlier=state)
    with pytest.raises(TrainingError, match="another training"):
        train(teaching, wrong, PEOPLE, having(**_training(settings, batch_size=8)), earlier=state)


def _training(settings: Settings, **changes: Any) -> dict[str, Any]:
    return {**dataclasses.asdict(settings.training), **changes}


def test_faces_are_known_by_name_where_they_have_one(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    names = tuple(f"photo {row}" for row in teaching.rows.tolist())
    named = dataclasses.replace(teaching, names=names)
    moved = dataclasses.replace(named, rows=teaching.rows + 5)
    here, there = (checkpoint.identify(BASE, PEOPLE, faces, choosing) for faces in (named, moved))
    assert here.exact[0] == there.exact[0]
    assert here.exact[1] != there.exact[1]
    nameless = checkpoint.identify(BASE, PEOPLE, teaching, choosing)
    assert here.exact[1] == nameless.exact[0]  # a checkpoint of an earlier program goes on
    other = checkpoint.identify(BASE, PEOPLE, dataclasses.replace(named, names=names[::-1]), choosing)
    assert other.exact[0] != here.exact[0]
    assert checkpoint.identify(having(keep_state=False), PEOPLE, named, choosing) == here
    assert checkpoint.identify(having(epochs=6), PEOPLE, named, choosing).but_length == here.but_length
    assert checkpoint.identify(having(epochs=6), PEOPLE, named, choosing).exact != here.exact
    with pytest.raises(ValueError, match="names"):
        dataclasses.replace(teaching, names=("one",))


def test_the_identity_of_a_training_is_that_of_earlier_programs(teaching: TrainingFaces, choosing: TrainingFaces) -> None:
    """The hash as it was made before mixup and exact repetition existed."""
    values = {
        part: value for part, value in to_json(BASE).items() if part in ("face", "augmentation", "model", "training", "seed")
    }
    for name in ("mixup", "deterministic", "keep_state"):
        del values["training"][name]
    digest = hashlib.sha256(json.dumps([values, PEOPLE], sort_keys=True).encode())
    for each in (teaching, choosing):
        digest.update(each.rows.astype(np.int64).tobytes() + each.labels.astype(np.int64).tobytes() + b"|")
    assert checkpoint.identify(BASE, PEOPLE, teaching, choosing).exact == (digest.hexdigest(),)
