"""The health measures: wrong names and copies that were planted, and what a page asks about up to 200,000 photos.

Wrong names need VISAGE_TEST_PHOTOS, a folder with pins40; faces are embedded first, which takes minutes unless
VISAGE_ARTIFACTS holds them already. The figures are shares; the questions are timed beside one plain pass over the rows.
"""

from __future__ import annotations

import io
import os
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from benchmarks.measure import interleaved, machine, row, seconds
from benchmarks.synthetic import NEAR, make_catalogue, make_fingerprints
from core import datasets
from core.datasets import Catalogue, Fingerprints
from core.datasets.doubts import AlikePeople, Doubt, points_on_map, save_doubts
from core.datasets.fingerprints import compare, compare_within
from core.datasets.health import NEAR as NEAR_DUPLICATE
from core.datasets.health import counts
from core.datasets.measures import Measures, measure
from core.experiment.photos import prepare_dataset
from core.health import coverage, health_face
from core.health.faces import embed_known, health_settings
from core.health.measuring import ask_others
from core.health.names import judge_names
from core.images import DecodedPhoto, read_photo
from core.jobs import load_tensorflow
from core.progress import never, silent
from core.quality import Quality, measure_quality
from core.settings import PRESETS

SWAPPED, TOP, DRAWS = 0.05, 0.06, 3
PLANTED = 500  # photos that get copies
MADE_UP = 17_500
LARGE = 200_000
FACE = PRESETS["embedding"].face


def wrong_names(source: str) -> None:
    """Swap 5% of the names of a dataset, and print how many of those stand in the first 6% of the doubtful ones."""
    load_tensorflow()
    dataset, prepared = prepare_dataset(source, health_face(FACE))
    settings = health_settings(source, FACE)
    faces = embed_known(dataset, prepared, settings, silent, never)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        count = round(SWAPPED * len(faces.labels))
        wrong = rng.choice(len(faces.labels), count, replace=False)
        labels = faces.labels.copy()
        labels[wrong] = (labels[wrong] + rng.integers(1, len(faces.people), count)) % len(faces.people)
        named = {sha256: faces.people[label] for sha256, label in zip(faces.sha256, labels.tolist(), strict=True)}
        photos = tuple(replace(each, person=named.get(each.sha256, each.person)) for each in dataset.photos)
        answers, _ = ask_others(replace(dataset, photos=photos), prepared, settings, silent, never)
        doubts = judge_names(replace(faces, labels=labels), answers)
        top = {each.sha256 for each in doubts[: round(TOP * len(doubts))]}
        found = sum(faces.sha256[place] in top for place in wrong)
        print(
            f"{Path(source).name}, draw {seed}: {found / count:.1%} of {count} wrong names in the first {TOP:.0%}", flush=True
        )


def copies_of(image: Image.Image, luck: random.Random) -> dict[str, Image.Image]:
    """Return copies as they arise when photos are passed around."""
    width, height = image.size
    x, y = round(width * 0.05), round(height * 0.05)
    left, top = luck.randint(0, x), luck.randint(0, y)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return {
        "re-encoded": Image.open(buffer).convert("RGB"),
        "resized": image.resize((width * 6 // 10, height * 6 // 10), Image.Resampling.BICUBIC),
        "brightened": ImageEnhance.Brightness(image).enhance(1.15),
        "5% cropped": image.crop((left, top, width - x + left, height - y + top)),
    }


def planted_copies(name: str, files: Sequence[Path]) -> None:
    """Print which share of planted copies is found among the originals, and how many other pairs are."""
    luck = random.Random(0)
    photos = [Image.fromarray(read_photo(file)[1].pixels) for file in files]
    originals = _fingerprints([_measures(photo) for photo in photos])
    planted = [copies_of(photo, luck) for photo in photos]
    for kind in planted[0]:
        near = compare(_fingerprints([_measures(each[kind]) for each in planted]), originals)
        own = (near.left == near.right) & (near.difference <= NEAR_DUPLICATE)
        print(
            f"{name}: {np.count_nonzero(own) / len(photos):.1%} of the {kind} copies of {len(photos)} photos found", flush=True
        )


def _measures(image: Image.Image) -> Measures:
    return measure(DecodedPhoto(np.asarray(image, np.uint8), image.width, image.height, "PNG"))


def _fingerprints(measured: Sequence[Measures]) -> Fingerprints:
    names = tuple(f"{number:064d}" for number in range(len(measured)))
    return Fingerprints(names, np.stack([each.hashes for each in measured]), np.stack([each.miniature for each in measured]))


def false_pairs() -> None:
    """Print how many pairs are found among made-up pictures beyond those that were planted."""
    near = compare_within(make_fingerprints(MADE_UP))
    pairs = near.right[near.difference <= NEAR_DUPLICATE] - near.left[near.difference <= NEAR_DUPLICATE] != 1
    print(f"{np.count_nonzero(pairs)} false pairs among {MADE_UP:,} made-up pictures, {MADE_UP // NEAR} true ones planted")


def false_pairs_across(source: str) -> None:
    """Print how many photos of different people of a real dataset count as near-duplicates."""
    catalogue = datasets.open_dataset(source)
    datasets.scan(catalogue)
    across = [each for each in catalogue.conflicts() if each.difference]
    print(f"{catalogue.name}: {len(across)} pairs across people among {catalogue.summary().photos:,} photos")


def questions(photos: int) -> None:
    """Time what the Health part of the Explore page asks."""
    catalogue = make_catalogue(photos, 105)
    _fill(catalogue)
    asked: dict[str, Callable[[], object]] = {
        "counts of all flags": lambda: counts(catalogue, "q", "d"),
        "coverage of all people": lambda: coverage(catalogue, "q"),
        "points of the map": lambda: points_on_map(catalogue, "d"),
    }

    def plain() -> object:
        with closing(sqlite3.connect(catalogue.directory / "catalogue.sqlite")) as connection:
            return connection.execute("SELECT * FROM used JOIN qualities USING (sha256) JOIN doubts USING (sha256)").fetchall()

    for name, work in asked.items():
        row(f"  {name}, {photos:,} photos", seconds(work, 3), unit="ms", factor=1000)
    row(
        f"all questions of the Health part, {photos:,} photos",
        *interleaved(lambda: [work() for work in asked.values()], plain, 3),
    )


def _fill(catalogue: Catalogue) -> None:
    rng = np.random.default_rng(0)
    photos = catalogue.photos()

    def figures() -> Iterator[Quality]:
        for values in rng.uniform(size=(len(photos), 6)).tolist():
            yield Quality(1, "face", 30 + 200 * values[0], *values[1:5], values[5], 140 * values[0] - 70, 0.0, 0.0)

    catalogue.save_qualities("q", {photo.sha256: each for photo, each in zip(photos, figures(), strict=True)})
    doubts = (Doubt(each.sha256, s, n, s, str(each.person), s, d, s, d) for n, (each, (s, d)) in enumerate(
        zip(photos, rng.uniform(size=(len(photos), 2)).tolist(), strict=True), start=1))  # fmt: skip
    save_doubts(catalogue, "d", doubts, [AlikePeople("Person 001", "Person 002", 0.8)], {"at": "2026-01-01"})


def measuring(files: Sequence[Path]) -> None:
    """Time the figures of a photo beside its decoding."""
    decoded = [read_photo(file)[1] for file in files]

    def ours() -> object:
        return [measure_quality(photo, [], None, "no_face") for photo in decoded]

    row(f"figures of {len(files)} photos", *interleaved(ours, lambda: [read_photo(file) for file in files], 3))


def main() -> None:
    """Run all on temporary artifacts, but the embeddings of pins40 where VISAGE_ARTIFACTS holds them."""
    print(machine())
    real = Path(os.environ.get("VISAGE_TEST_PHOTOS", "")) if os.environ.get("VISAGE_TEST_PHOTOS") else None
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VISAGE_ARTIFACTS", str(Path(folder) / "real"))
        if real is None:
            print("Wrong names and real copies are left out: VISAGE_TEST_PHOTOS names no folder of photos.")
        else:
            wrong_names(str(real / "pins40"))
            for name in ("pins40", "lfw34"):
                files = sorted((real / name).rglob("*.jpg"))
                planted_copies(name, files[:: max(1, len(files) // PLANTED)][:PLANTED])
                false_pairs_across(str(real / name))
            measuring(sorted((real / "lfw34").rglob("*.jpg"))[:200])
        false_pairs()
        for photos in (MADE_UP, LARGE):
            os.environ["VISAGE_ARTIFACTS"] = str(Path(folder) / str(photos))
            questions(photos)


if __name__ == "__main__":
    main()
