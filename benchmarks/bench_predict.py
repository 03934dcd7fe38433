"""Naming faces beside nothing but the detector and the network: one photo, and a thousand in a batch.

One photo of 1280 x 960 with one face, opened already: what the recogniser does with it (search, cut out, measure, ask, name)
beside the detector and the network called bare on the same pixels. The ratio is to stay below 1.15, for YuNet and for MTCNN.

A batch as a page starts it (read, decode, search, cut out, measure, ask, name, keep on the disk) beside the bare pipeline,
which does photo after photo in steps of 32 with nothing around: decode, search in as many threads as there are processors, cut
out, ask. At most 1.2 times that; and the memory at the last photo is at most 5% above that at the 200th.

    [VISAGE_TEST_PHOTOS=...] python -m benchmarks.bench_predict [--photos 1000] [--size 1280x960]
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
from PIL import Image

from benchmarks.measure import interleaved, machine, row
from benchmarks.trials import photos_folder
from core.batch import answer_batch, read_batch, write_batch
from core.datasets import open_dataset
from core.detection import create_detector
from core.detection.canvas import BORDER, make_canvas
from core.detection.weights import weights_file
from core.detection.yunet import OVERLAP, PACKAGE, PATH, SHA256
from core.embeddings import load_backbone
from core.embeddings.backbone import KerasBackbone
from core.faces import cut_face
from core.images import DecodedPhoto, decode, resize
from core.jobs import load_tensorflow
from core.models.joined import join
from core.openset import Gallery, Thresholds
from core.progress import Progress
from core.recognizer import Recognizer
from core.recognizer.naming import Knowledge
from core.settings import FaceSettings, preset, rng_for

PEOPLE = 100
STEP = 32  # photos that the bare pipeline holds at a time
ONE_LIMIT, BATCH_LIMIT, GROWTH_LIMIT = 1.15, 1.2, 0.05
EARLY = 200  # the photo from which on the memory may not grow


def recognizer_with(detector: str) -> Recognizer:
    """Return a recogniser as the preset embedding makes it, of people that do not exist."""
    settings = preset("embedding")
    face = replace(settings.face, detector=detector)
    backbone = load_backbone(settings)
    assert isinstance(backbone, KerasBackbone)
    rng = rng_for(0, "people")
    vectors = rng.normal(size=(5 * PEOPLE, backbone.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.arange(5 * PEOPLE) % PEOPLE
    kernel = 30 * np.stack([vectors[labels == person].mean(axis=0) for person in range(PEOPLE)], axis=1)
    network = join(backbone.network, kernel, np.zeros(PEOPLE, np.float32), settings.model.mirror_average)
    lines = Thresholds(0.4, 0.3, "made up", score="similarity")
    people = tuple(f"Person {number}" for number in range(PEOPLE))
    return Recognizer("", network, face, Knowledge(people, lines, Gallery(vectors, labels, PEOPLE)), create_detector(face))


def photo_with_a_face(width: int, height: int, number: int = 0) -> np.ndarray:
    """Return uint8 (height, width, 3) RGB: one of the built-in faces in a picture of soft noise."""
    rng = rng_for(number, "background")
    ground = resize(rng.integers(60, 200, (height // 40, width // 40, 3), np.uint8), width, height)
    files = sorted(open_dataset("orl").root.rglob("*.pgm"))
    face = decode(files[number % len(files)].read_bytes(), "face").pixels
    wide = round(min(width, height) * (0.2 + 0.2 * rng.random()))
    high = round(wide * face.shape[0] / face.shape[1])
    left, top = (int(rng.integers(20, room - 20 - size)) for room, size in ((width, wide), (height, high)))
    picture = ground.copy()
    picture[top : top + high, left : left + wide] = resize(face, wide, high)
    return picture


def one_photo(detector: str) -> float:
    """Print the row of one detector; return how many times the bare work the recogniser takes."""
    recognizer = recognizer_with(detector)
    pixels = photo_with_a_face(1280, 960)
    photo = DecodedPhoto(pixels, 1280, 960, "JPEG")
    search, network = bare_search(detector, recognizer.face), bare_network(recognizer)
    (found,) = recognizer.detector.detect([photo])
    crops = np.stack([cut_face(photo, each, recognizer.face).pixels for each in found])

    def ours() -> None:
        (found,) = recognizer.find([("a", photo)])
        recognizer.name(recognizer.ask_about([found])[0])

    def bare() -> None:
        search(photo)
        network(crops)

    for _ in range(3):
        ours(), bare()
    times = interleaved(ours, bare, repeats=25)
    row(f"one photo of 1280 x 960, {len(found)} face, {detector}", *times, unit="ms", factor=1000)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=90)
    row("  the same from the file's bytes", interleaved(lambda: recognizer.predict(content.getvalue(), "a"), bare, 9)[0],
        unit="ms", factor=1000)  # fmt: skip
    return statistics.median(times[0]) / statistics.median(times[1])


def bare_search(detector: str, face: FaceSettings) -> Callable[[DecodedPhoto], object]:
    """Return the detector with nothing around; of MTCNN the compiled one, as the package's own takes twice as long."""
    if detector == "mtcnn":
        whole = create_detector(face)
        return lambda photo: whole.detect([photo])
    weights = str(weights_file(PACKAGE, PATH, SHA256))
    network = cv2.FaceDetectorYN.create(weights, "", (320, 320), face.min_score, OVERLAP, 5000)

    def search(photo: DecodedPhoto) -> object:
        canvas = make_canvas(photo, face.detection_side, BORDER).pixels
        network.setInputSize(canvas.shape[1::-1])
        return network.detect(canvas[:, :, ::-1].copy())

    return search


def bare_network(recognizer: Recognizer) -> Callable[[np.ndarray], object]:
    """Return the network as one compiled graph."""
    import tensorflow as tf

    compiled = tf.function(lambda faces: recognizer.network(faces, training=False))
    size = recognizer.face.size
    compiled.get_concrete_function(tf.TensorSpec((None, size, size, 3), tf.uint8))
    return lambda faces: compiled(tf.constant(faces))["logits"].numpy()


def write_photos(folder: Path, count: int, width: int, height: int) -> list[Path]:
    """Write photos with one or more faces."""
    files = []
    for number in range(count):
        file = folder / f"{number:04d}.jpg"
        Image.fromarray(photo_with_a_face(width, height, number)).save(file, quality=88)
        files.append(file)
    return files


def real_photos(count: int) -> list[Path]:
    """Return real photos, always the same; none without the shared folder."""
    folder = photos_folder()
    files = sorted((folder / "lfw34").rglob("*.jpg")) if folder else []
    return [files[place] for place in sorted(rng_for(0, "batch").permutation(len(files))[:count].tolist())]


def batch(detector: str, files: Sequence[Path], label: str) -> tuple[float, float]:
    """Print the rows of a batch; return how many times the bare pipeline it takes, and by how much the memory grows."""
    recognizer = recognizer_with(detector)
    network = bare_network(recognizer)
    pipeline(recognizer, network, files[:STEP])
    answer(recognizer, files[:STEP])
    grown = 0.0
    pairs = []
    for _ in range(3):
        started = time.perf_counter()
        memory = answer(recognizer, files)
        between = time.perf_counter()
        pipeline(recognizer, network, files)
        pairs.append((between - started, time.perf_counter() - between))
        early = max((used for done, used in memory if done <= EARLY), default=memory[0][1])
        grown = max(grown, memory[-1][1] / early - 1)
    ours, bare = ([pair[at] for pair in pairs] for at in (0, 1))
    row(f"{label}, {len(files)} photos, {detector}, each", ours, bare, "ms", 1000 / len(files))
    print(f"  memory from the {EARLY}th photo to the last: {grown:+.1%}")
    return statistics.median(ours) / statistics.median(bare), grown


def answer(recognizer: Recognizer, files: Sequence[Path]) -> list[tuple[int, int]]:
    """Answer a batch of files as its process does, and return the memory in bytes after so many photos."""
    used: list[tuple[int, int]] = []
    process = psutil.Process()

    def note(progress: Progress) -> None:
        used.append((progress.done, process.memory_info().rss))

    about = {"kind": "prediction", "title": "a", "run": "/none", "run_name": "a", "source": "uploads", "path": None}
    with tempfile.TemporaryDirectory() as folder:
        write_batch(Path(folder), {**about, "once": False, "lines": recognizer.thresholds.to_json()}, files)
        answer_batch(Path(folder), recognizer, note)
        assert len(read_batch(Path(folder)).photos) == len(files)
    return used


def pipeline(recognizer: Recognizer, network: Callable[[np.ndarray], Any], files: Sequence[Path]) -> None:
    """Do what cannot be left out, and nothing else."""
    for start in range(0, len(files), STEP):
        photos = [decode(file.read_bytes(), file.name) for file in files[start : start + STEP]]
        found = recognizer.detector.detect(photos)
        crops = [
            cut_face(photo, each, recognizer.face).pixels for photo, faces in zip(photos, found, strict=True) for each in faces
        ]
        for first in range(0, len(crops), 64):
            network(np.stack(crops[first : first + 64]))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_predict", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photos", type=int, default=1000, help="in a batch (default 1000)")
    parser.add_argument("--size", default="1280x960", help="of the photos that are made for it (default 1280x960)")
    parser.add_argument("--detectors", nargs="+", default=["yunet", "mtcnn"], choices=("yunet", "mtcnn"))
    chosen = parser.parse_args(arguments)
    print(machine())
    load_tensorflow()
    worst_one = max(one_photo(detector) for detector in chosen.detectors)
    print(f"at most {worst_one:.2f} times the bare detector and network (limit {ONE_LIMIT})")
    ratios, growths = [], []
    width, height = map(int, chosen.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        made = write_photos(Path(folder), chosen.photos, width, height)
        for label, files in (("made photos", made), ("LFW", real_photos(chosen.photos))):
            for detector in chosen.detectors if files else ():
                ratio, growth = batch(detector, files, label)
                ratios.append(ratio)
                growths.append(growth)
    print(f"at most {max(ratios):.2f} times the bare pipeline (limit {BATCH_LIMIT})")
    print(f"memory grows by {max(growths):+.1%} at most (limit {GROWTH_LIMIT:.0%})")
    return int(worst_one > ONE_LIMIT or max(ratios) > BATCH_LIMIT or max(growths) > GROWTH_LIMIT)


if __name__ == "__main__":
    os.environ.setdefault("VISAGE_ARTIFACTS", tempfile.mkdtemp(prefix="bench-"))
    sys.exit(main(sys.argv[1:]))
