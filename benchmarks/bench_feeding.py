"""Feeding a network beside the notebooks' way: photos read from a folder in each epoch.

Feeding alone: batches with their random changes, no network. Ours are prepared crops, read as `core.training.train` reads
them and changed by the layers that it uses; the notebooks' way is Keras' `image_dataset_from_directory` on the same photos,
with the same random changes (`map`, in parallel, two batches ahead). Then whole epochs with the network. Prints seconds per
epoch; `ratio` is ours to theirs. The limits: feeding 5 times as fast, an epoch of `dense` 2 times; `cnn` is reported.

Photos are Labeled Faces in the Wild where VISAGE_TEST_PHOTOS names a folder with lfw34, else the built-in faces on a noisy
background, 250 x 250 either way.
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_preparation import SIDE, write_photos
from benchmarks.measure import REPEATS, interleaved, machine, row
from core.images import read_photo, resize
from core.models import build
from core.settings import Settings, preset
from core.training import TrainingFaces
from core.training.feeding import batch_reader, endless_batches
from core.training.trainee import build_trainee

PHOTOS, PEOPLE = 320, 40
FEEDING_LIMIT, EPOCH_LIMIT = 5.0, 2.0


def main() -> int:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        print(f"{PHOTOS} photos of {SIDE} x {SIDE}: {write_photos(photos, PHOTOS, PEOPLE)}")
        slow = [measure(name, photos, Path(folder) / f"{name}.rgb") for name in ("dense", "cnn")]
    feeding, epochs = [each[0] for each in slow], slow[0][1]
    print(f"feeding at least {min(feeding):.1f} times as fast (limit {FEEDING_LIMIT})")
    print(f"an epoch of dense {epochs:.1f} times as fast (limit {EPOCH_LIMIT}), of cnn {slow[1][1]:.1f} times")
    return int(min(feeding) < FEEDING_LIMIT or epochs < EPOCH_LIMIT)


def measure(name: str, photos: Path, crops: Path) -> tuple[float, float]:
    """Print the times of one preset, and return how many times as fast we feed, and how many times our epochs."""
    chosen = preset(name)
    settings = dataclasses.replace(chosen, model=dataclasses.replace(chosen.model, mirror_average=False))
    ours, theirs = our_batches(settings, photos, crops), their_batches(settings, photos)
    feeding = _compare(f"{name}: feeding {PHOTOS} faces", changed(settings, ours), changed(settings, theirs))
    whole = _compare(f"{name}: an epoch of {PHOTOS} faces", learnt(settings, ours), learnt(settings, theirs))
    return feeding, whole


def _compare(label: str, ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    ours(), theirs()  # what is compiled, and what the machine keeps in memory
    mine, yours = interleaved(ours, theirs, REPEATS)
    row(label, mine, yours)
    return statistics.median(yours) / statistics.median(mine)


def our_batches(settings: Settings, photos: Path, crops: Path) -> Any:
    """Return endless batches of prepared crops of the photos."""
    size, files = settings.face.size, sorted(photos.rglob("*.jpg"))
    np.stack([resize(read_photo(file)[1].pixels, size, size) for file in files]).tofile(crops)
    pixels = np.memmap(crops, np.uint8, "r", shape=(len(files), size, size, 3))
    people = sorted({file.parent.name for file in files})
    labels = np.array([people.index(file.parent.name) for file in files], np.int32)
    faces = TrainingFaces(pixels, np.arange(len(files)), labels)
    read = batch_reader(faces, np.ones(len(files), np.float32), PEOPLE, settings.training, settings.seed)
    return endless_batches(read, 0, size, PEOPLE)


def their_batches(settings: Settings, photos: Path) -> Any:
    """Return endless batches as the notebooks read them: each photo is opened and resized in each epoch."""
    import keras

    size = settings.face.size
    read = keras.utils.image_dataset_from_directory(
        photos, label_mode="categorical", batch_size=settings.training.batch_size, image_size=(size, size), verbose=False
    )
    return read.repeat()


def changed(settings: Settings, batches: Any) -> Callable[[], object]:
    """Return what takes an epoch of batches, changed at random by the layers of a training, two batches ahead."""
    import tensorflow as tf

    trainee = build_trainee(build(settings.model, settings.face.size, PEOPLE, settings.seed), settings)
    changes = trainee.get_layer("changes")
    mapped = batches.map(lambda faces, *_: changes(faces, training=True), num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)
    feed, steps = iter(mapped), -(-PHOTOS // settings.training.batch_size)
    return lambda: [each.shape for each in itertools.islice(feed, steps)]


def learnt(settings: Settings, batches: Any) -> Callable[[], object]:
    """Return what learns an epoch of batches with the network of the preset behind the same random changes."""
    import tensorflow as tf

    trainee = build_trainee(build(settings.model, settings.face.size, PEOPLE, settings.seed), settings)
    feed = batches.map(lambda faces, *others: (tf.cast(faces, tf.uint8), *others)).prefetch(2)
    steps = -(-PHOTOS // settings.training.batch_size)
    return lambda: trainee.fit(feed, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)


if __name__ == "__main__":
    sys.exit(main())
