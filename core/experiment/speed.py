"""How fast this machine is: each piece of work done a few times on made-up faces, and what a training will take by that.

The file `speed.json` in the artifacts folder keeps what was measured, in seconds:
    detection   by detector: for one photo, from its bytes to the cut face, with all processors at work
    embedding   by backbone: for one view of one face
    training    by architecture: for one face in one training step of the preset
    ready       by architecture: until the first step is through; the graph is compiled in it
    head        for one row, number, person and step of a head's training, times 1e9
    startup     until TensorFlow is there
A figure whose network cannot be used here is None.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from core.datasets.builtin import orl_root
from core.detection import create_detector
from core.embeddings import load_backbone
from core.errors import ModelError, disk_errors
from core.faces import choose_main_face, cut_face
from core.heads import HeadStep, train_head
from core.images import decode, encode_thumbnail, read_photo, resize
from core.jobs import Stopped, load_tensorflow
from core.models import build
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import PRESETS, Settings, rng_for
from core.storage import PROJECT_ROOT, artifacts_root, read_json, write_json
from core.training.feeding import changed
from core.training.selection import planned_epochs
from core.training.trainee import build_trainee

Speed = dict[str, Any]  # what `speed.json` holds

VERSION = 3  # also a new recipe of a preset makes old figures wrong
FILE = "speed.json"
DETECTORS = {"mtcnn": "cnn", "yunet": "embedding"}  # each with a preset that uses it
BACKBONES = {"sface": "embedding", "dlib": "embedding-fast"}
ARCHITECTURES = ("residual", "cnn", "dense")
PHOTO_SIDE = 300  # px
PHOTOS, FACES, PEOPLE = 8, 64, 40
STEPS = 4  # timed training steps, after a first one that compiles
HEAD_ROWS, HEAD_NUMBERS, HEAD_STEPS = 1000, 128, 20
# Steps that the head of a whole dataset takes until nothing improves; the most are `training.epochs`.
USUAL_HEAD_STEPS = 60
PART_OF_TEST = {"80/20": 0.2, "80/10/10": 0.1, "folders": 0.2}  # of folders: a guess


def measure_speed(report: Report = silent, should_stop: ShouldStop = never) -> Speed:
    """Time all presets' work on this machine, in less than a minute on two processors, and keep the outcome.

    Raises:
        Stopped: somebody asked to stop; what was measured before stays.
        StorageError: the disk refuses.
    """
    tasks: list[tuple[str, str, Callable[[], Any]]] = [("startup", "", _start_up), ("head", "", _head)]
    tasks += [("detection", name, partial(_detection, PRESETS[of])) for name, of in DETECTORS.items()]
    tasks += [("embedding", name, partial(_embedding, PRESETS[of])) for name, of in BACKBONES.items()]
    tasks += [("training", name, partial(_training, PRESETS[name])) for name in ARCHITECTURES]
    found: Speed = {"version": VERSION, "measured": datetime.now(UTC).isoformat(), "processors": os.cpu_count()}
    found |= {"detection": {}, "embedding": {}, "training": {}, "ready": {}}
    load_tensorflow()
    for done, (part, name, work) in enumerate(tasks):
        if should_stop():
            raise Stopped
        report(Progress("Measuring this machine", done, len(tasks), "parts", name or part))
        if part == "training":
            found["ready"][name], found[part][name] = work()
        elif name:
            found[part][name] = _if_usable(work)
        else:
            found[part] = work()
    with disk_errors(_path()):
        _path().parent.mkdir(parents=True, exist_ok=True)
    write_json(_path(), found)
    return found


def read_speed() -> Speed | None:
    """Return what `measure_speed` has kept; None where it was not run yet, or by another version."""
    try:
        speed = read_json(_path())
    except (json.JSONDecodeError, OSError):
        return None
    return speed if isinstance(speed, dict) and speed.get("version") == VERSION else None


def _path() -> Path:
    return artifacts_root() / FILE


def _if_usable(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ModelError:  # weights are missing: the other presets can still be measured
        return None


def _start_up() -> float:
    """Return the seconds until TensorFlow is there, in a process of its own, as trainings are."""
    code = [sys.executable, "-c", "from core.jobs import load_tensorflow; load_tensorflow()"]
    started = time.monotonic()
    subprocess.run(code, cwd=PROJECT_ROOT, check=True, capture_output=True)
    return time.monotonic() - started


def _detection(settings: Settings) -> float:
    """Return the seconds per photo from its bytes to the cut face, as preparation does it: one photo per processor."""
    photos, detector = _photos(), create_detector(settings.face)

    def work(data: bytes) -> None:
        photo = decode(data, "photo.jpg")
        (found,) = detector.detect([photo])
        main = choose_main_face(found, photo.width, photo.height, settings.face.main_face_ratio)
        if main.index is not None:
            cut_face(photo, found[main.index], settings.face)

    with joblib.Parallel(n_jobs=joblib.cpu_count(), prefer="threads") as parallel:
        parallel(joblib.delayed(work)(data) for data in photos[: joblib.cpu_count()])  # compiles
        started = time.monotonic()
        parallel(joblib.delayed(work)(data) for data in photos)
    return (time.monotonic() - started) / len(photos)


def _photos() -> list[bytes]:
    """Return built-in photos as JPEG files, each face in the middle of a larger picture."""
    made = []
    for file in sorted(orl_root().glob("s*/1.pgm"))[:PHOTOS]:
        photo = np.full((PHOTO_SIDE, PHOTO_SIDE, 3), 110, np.uint8)
        photo[60:240, 76:224] = resize(read_photo(file)[1].pixels, 148, 180)  # proportions are kept
        made.append(encode_thumbnail(photo, PHOTO_SIDE))
    return made


def _embedding(settings: Settings) -> float:
    backbone, faces = load_backbone(settings), _faces(settings, FACES)
    backbone.embed(faces)  # compiles
    started = time.monotonic()
    backbone.embed(faces)
    return (time.monotonic() - started) / len(faces)


def _faces(settings: Settings, count: int) -> Any:
    shape = (count, settings.face.size, settings.face.size, 3)
    return rng_for(0, "speed").integers(0, 256, shape, dtype=np.uint8)


def _training(settings: Settings) -> tuple[float, float]:
    """Return the seconds until the first step is through, and those for each face of a later step."""
    started = time.monotonic()
    batch = settings.training.batch_size
    trainee = build_trainee(build(settings.model, settings.face.size, PEOPLE, 0), settings)
    whole = _faces(settings, batch), np.eye(PEOPLE, dtype=np.float32)[np.arange(batch) % PEOPLE], np.ones(batch, np.float32)
    read = changed(lambda step: whole, settings)
    trainee.train_on_batch(*read(0))  # compiles
    ready = time.monotonic() - started
    steps = []
    for step in range(STEPS):
        started = time.monotonic()
        trainee.train_on_batch(*read(step))
        steps.append(time.monotonic() - started)
    return ready, float(np.median(steps)) / batch


def _head() -> float:
    rng = rng_for(0, "speed")
    labels = np.arange(HEAD_ROWS) % PEOPLE
    vectors = rng.normal(size=(PEOPLE, HEAD_NUMBERS))[labels] + rng.normal(size=(HEAD_ROWS, HEAD_NUMBERS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    done = 0

    def count(step: HeadStep) -> bool:
        nonlocal done
        done = step.step
        return False

    started = time.monotonic()
    train_head(vectors.astype(np.float32), labels, PEOPLE, PRESETS["embedding"].embedding, steps=HEAD_STEPS, on_step=count)
    return (time.monotonic() - started) / (HEAD_ROWS * HEAD_NUMBERS * PEOPLE * max(1, done)) * 1e9


def estimate(speed: Speed, settings: Settings, photos: int, people: int) -> float | None:
    """Return about how many seconds a training from photos will take; None where a figure for it is missing.

    In it are: starting TensorFlow; finding and cutting out the face of every photo; with an embedding, embedding all faces
    in their views and training the head; else compiling and all epochs, each face at the preset's cost times its share of
    pixels. With `training.refit` the head or the network learns twice, the second time from the validation faces, too.
    Not in it are: reading and comparing the photos, measuring and saving. Faces that are prepared or embedded already,
    photos without a face, and a training that stops early make it shorter.

    Args:
        speed: As `measure_speed` returns it.
        settings: Of the run.
        photos: How many there are of all people together.
        people: How many people.
    """
    judging = PART_OF_TEST[settings.split.preset] * photos
    validating = 0.1 * (photos - judging if settings.split.preset == "80/20" else photos)
    faces = (photos - judging - validating, validating, judging)
    if settings.model.architecture == "embedding":
        learning = _head_seconds(speed, settings, faces, people)
    else:
        learning = _network_seconds(speed, settings, faces)
    detection = speed["detection"].get(settings.face.detector)
    if learning is None or detection is None:
        return None
    return float(speed["startup"] + detection * photos + learning)


def _head_seconds(speed: Speed, settings: Settings, faces: tuple[float, float, float], people: int) -> float | None:
    teaching, validating, judging = faces
    views, mirrored = settings.embedding.views, settings.model.mirror_average
    of_teaching, of_judging = (max(views, 2), 2) if mirrored else (views, 1)
    each = speed["embedding"].get(settings.embedding.backbone)
    if each is None:
        return None
    embedding = each * ((teaching + validating) * of_teaching + judging * of_judging)
    rows = views * (teaching + _again(settings, teaching, validating))
    steps = min(settings.training.epochs, USUAL_HEAD_STEPS)
    return float(embedding + speed["head"] * rows * HEAD_NUMBERS * people * steps / 1e9)


def _network_seconds(speed: Speed, settings: Settings, faces: tuple[float, float, float]) -> float | None:
    teaching, validating, _ = faces
    architecture = settings.model.architecture
    ready, each = speed["ready"].get(architecture), speed["training"].get(architecture)
    if ready is None or each is None:
        return None
    pixels = (settings.face.size / PRESETS[architecture].face.size) ** 2
    again = _again(settings, teaching, validating)
    epochs = planned_epochs(settings.training, max(1, math.ceil(teaching / settings.training.batch_size)))
    return float(ready * (2 if again else 1) + each * pixels * epochs * (teaching + again))


def _again(settings: Settings, teaching: float, validating: float) -> float:
    """Return how many faces teach a second time."""
    return teaching + validating if settings.training.refit and validating else 0.0
