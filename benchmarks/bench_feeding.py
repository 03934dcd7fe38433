"""Feeding a network beside the notebooks' way: photos read from a folder and changed by Keras' layers in each epoch.

Feeding alone: batches with their random changes, no network. Ours are prepared crops, read and changed as
`core.training.train` does it; the notebooks' way is Keras' `image_dataset_from_directory` on the same photos (gray ones
where the network is gray) and its own random layers at the same strengths, in parallel and two batches ahead. Then whole
epochs: ours are those of `core.training.train`, theirs of `fit` with the notebook's network. Prints seconds per epoch;
`ratio` is ours to theirs. The limits: feeding 5 times as fast, an epoch of `dense` 2 times; `cnn` is reported. Last, what
the single changes cost.

Photos are Labeled Faces in the Wild where VISAGE_TEST_PHOTOS names a folder with lfw34, else the built-in faces on a noisy
background, 250 x 250 either way.
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_preparation import SIDE, write_photos
from benchmarks.measure import REPEATS, interleaved, machine, row, seconds
from core.augmentation import change_faces
from core.images import read_photo, resize
from core.settings import AUGMENTATIONS, AugmentationSettings, Settings, preset
from core.training import EpochReport, TrainingFaces, train
from core.training.feeding import training_batches

PHOTOS, PEOPLE = 320, 40
IN_A_ROW = 8  # epochs a reading: what lies ready, and what the other one still does in the background, hardly counts
FEEDING_LIMIT, EPOCH_LIMIT = 5.0, 2.0
NOTHING = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)


def main() -> int:
    print(machine())
    feeding, epochs = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        print(f"{PHOTOS} photos of {SIDE} x {SIDE}: {write_photos(photos, PHOTOS, PEOPLE)}")
        for name in ("dense", "cnn"):
            settings = preset(name)
            ours = our_faces(settings, photos, Path(folder) / f"{name}.rgb")
            feeding[name] = compare_feeding(settings, ours, photos)
            epochs[name] = compare_epochs(settings, ours, photos)
    for name, settings in (("rgb", preset("cnn")), ("gray", preset("dense"))):
        print_changes(name, settings)
    print(f"feeding at least {min(feeding.values()):.1f} times as fast (limit {FEEDING_LIMIT})")
    print(f"an epoch of dense {epochs['dense']:.1f} times as fast (limit {EPOCH_LIMIT}), of cnn {epochs['cnn']:.1f} times")
    return int(min(feeding.values()) < FEEDING_LIMIT or epochs["dense"] < EPOCH_LIMIT)


def our_faces(settings: Settings, photos: Path, crops: Path) -> TrainingFaces:
    """Return prepared crops of the photos, memory-mapped as in a training."""
    size, files = settings.face.size, sorted(photos.rglob("*.jpg"))
    np.stack([resize(read_photo(file)[1].pixels, size, size) for file in files]).tofile(crops)
    pixels = np.memmap(crops, np.uint8, "r", shape=(len(files), size, size, 3))
    people = sorted({file.parent.name for file in files})
    return TrainingFaces(pixels, np.arange(len(files)), np.array([people.index(file.parent.name) for file in files], np.int32))


def their_batches(settings: Settings, photos: Path) -> Any:
    """Return endless batches as the notebooks make them: each photo is opened and resized in each epoch, then changed."""
    import keras
    import tensorflow as tf
    from keras import layers

    size, chosen = settings.face.size, settings.augmentation
    edge: dict[str, Any] = {"fill_mode": "nearest", "interpolation": "bilinear"}
    changes = keras.Sequential([
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(chosen.rotation / 360, **edge),
        layers.RandomZoom(chosen.zoom, **edge),
        layers.RandomTranslation(chosen.shift, chosen.shift, **edge),
        layers.RandomBrightness(chosen.brightness, (0, 255)),
        layers.RandomContrast((chosen.contrast, chosen.contrast), (0, 255)),
    ])  # fmt: skip
    read = keras.utils.image_dataset_from_directory(
        photos,
        label_mode="categorical",
        color_mode="grayscale" if settings.model.colour == "gray" else "rgb",
        batch_size=settings.training.batch_size,
        image_size=(size, size),
        verbose=False,
    ).repeat()
    change = lambda faces, people: (changes(faces, training=True), people)  # noqa: E731
    return read.map(change, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def compare_feeding(settings: Settings, faces: TrainingFaces, photos: Path) -> float:
    """Print the times of feeding alone, and return how many times as fast ours is."""
    ours, theirs = (
        _taken(settings, training_batches(faces, PEOPLE, settings)),
        _taken(settings, their_batches(settings, photos)),
    )
    ours(), theirs()  # what is compiled, and what the machine keeps in memory
    mine, yours = interleaved(ours, theirs, REPEATS)
    row(f"{settings.preset}: feeding {PHOTOS} faces", mine, yours, factor=1 / IN_A_ROW)
    return statistics.median(yours) / statistics.median(mine)


def _taken(settings: Settings, batches: Any) -> Callable[[], object]:
    feed, steps = iter(batches), IN_A_ROW * -(-PHOTOS // settings.training.batch_size)
    return lambda: [batch[0].shape for batch in itertools.islice(feed, steps)]


def compare_epochs(settings: Settings, faces: TrainingFaces, photos: Path) -> float:
    """Print the times of whole epochs, and return how many times as fast ours are; measured in turns."""
    their_epoch = _bare_epoch(settings, photos)
    their_epoch()
    mine, yours = [], []

    def after_epoch(report: EpochReport) -> None:
        started = time.perf_counter()
        their_epoch()
        if report.epoch > 1:  # the first compiles
            mine.append(report.seconds)
            yours.append(time.perf_counter() - started)

    learning = dataclasses.replace(settings.training, epochs=REPEATS + 1, patience=0, refit=False)
    nobody = TrainingFaces(faces.pixels, faces.rows[:0], faces.labels[:0])
    train(faces, nobody, PEOPLE, dataclasses.replace(settings, training=learning), on_epoch=after_epoch)
    row(f"{settings.preset}: an epoch of {PHOTOS} faces", mine, yours)
    return statistics.median(yours) / statistics.median(mine)


def _bare_epoch(settings: Settings, photos: Path) -> Callable[[], None]:
    """Return what learns an epoch the notebooks' way: the compiled steps of `fit` and nothing around them."""
    network, feed = their_network(settings), iter(their_batches(settings, photos))
    network.make_train_function()
    steps = -(-PHOTOS // settings.training.batch_size)

    def bare_epoch() -> None:
        for _ in range(steps):
            logs = network.train_function(feed)
        float(logs["loss"])  # wait for the last step

    return bare_epoch


def their_network(settings: Settings) -> Any:
    """Return the notebook's network of this preset, compiled as there but for its mistakes."""
    import keras
    from keras import layers

    gray, size = settings.model.colour == "gray", settings.face.size
    convolutions = [(32, True), (64, True), (64, False)] if settings.model.architecture == "cnn" else []
    parts: list[Any] = [layers.Rescaling(1 / 255)]
    for filters, pools in convolutions:
        parts += [layers.Conv2D(filters, 3, activation="relu"), *([layers.MaxPooling2D()] if pools else [])]
    parts.append(layers.Flatten())
    for units in settings.model.units:
        parts += [layers.Dense(units, activation="relu"), layers.Dropout(0.3)]
    network = keras.Sequential([keras.Input((size, size, 1 if gray else 3)), *parts, layers.Dense(PEOPLE)])
    network.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return network


def print_changes(name: str, settings: Settings) -> None:
    """Print what each change, and each ready set of them, costs a face on one processor."""
    size = settings.face.size
    faces = np.random.default_rng(0).integers(0, 256, (32, size, size, 3), np.uint8)
    gray = settings.model.colour == "gray"
    ready = {**AUGMENTATIONS, **{f"{each} only": _only(each) for each in vars(AUGMENTATIONS["strong"])}}
    for label, changes in ready.items():
        change_faces(faces, changes, 0, gray=gray)
        taken = seconds(lambda changes=changes: [change_faces(faces, changes, 0, number, gray=gray) for number in range(10)])
        row(f"changing a face of {size} px, {name}: {label}", taken, unit="ms", factor=1e3 / (10 * len(faces)))


def _only(change: str) -> AugmentationSettings:
    strength = getattr(AUGMENTATIONS["strong"], change) or True  # upside down is in no set
    return dataclasses.replace(NOTHING, **{change: strength})


if __name__ == "__main__":
    sys.exit(main())
