"""A large catalogue without large data: thousands of tiny files with made-up measures, as if they had been scanned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.datasets import Catalogue, Fingerprints, duplicates, open_dataset, records
from core.datasets.folder import FoundFile, PersonFolder
from core.datasets.measures import Measures, measure
from core.datasets.names import tidy_name
from core.datasets.records import Owner, Reading
from core.detection import Detection
from core.images import DecodedPhoto
from core.storage import artifacts_root

SIZES = ((250, 250), (220, 280), (300, 260), (1024, 768), (640, 960))
SHOWN_SIDE = 250
NEAR = 30  # every so many photos there is a near-duplicate of the one before


def make_catalogue(photos: int, people: int, images: int = 48, seed: int = 0) -> Catalogue:
    """Make a folder of photos and its catalogue, both below the artifacts folder.

    Args:
        photos, people: How many; people have unequal numbers of photos.
        images: So many photos, the first in page order, are pictures of 250 px; the others have 8 x 8 pixels.
        seed: Another seed, other photos.
    """
    rng = np.random.default_rng(seed)
    root = artifacts_root() / "synthetic"
    folders = [PersonFolder(f"person_{number:03d}", f"person_{number:03d}", None) for number in range(people)]
    owners = {folder.path: Owner(tidy_name(folder.name), None) for folder in folders}
    readings = [_reading(file, digest, rng) for file, digest in _write_files(root, folders, photos, images, rng)]
    catalogue = open_dataset(str(root))
    contents = [str(reading.sha256) for reading in readings]
    with catalogue.writing() as connection:
        records.replace_folders(connection, folders, owners)
        records.keep_readings(connection, readings, owners)
        near = zip(contents[::NEAR], contents[1::NEAR], strict=False)
        pairs = [(min(pair), max(pair), int(rng.integers(1, 20))) for pair in near]
        duplicates.keep_pairs(connection, contents, pairs)
        records.keep_state(connection, complete=1, scanned_at="2026-01-01T00:00:00+00:00", skipped=0, conflicts=0)
    return catalogue


def fill_detections(catalogue: Catalogue, key: str, seed: int = 0) -> None:
    """Give every photo a face, as a detector with this key would have found it."""
    rng = np.random.default_rng(seed)
    found = {}
    for photo in catalogue.photos():
        marks = rng.uniform(40, 200, (5, 2)).astype(np.float32)
        found[photo.sha256] = [Detection((30.5, 40.25, 150.0, 170.0), marks, float(rng.uniform(0.6, 1)))]
    catalogue.save_detections(key, found)


def fill_measures(catalogue: Catalogue, quality_key: str, doubt_key: str, seed: int = 0) -> None:
    """Give every photo a quality and a place among the doubtful names, as the health check would have found them."""
    rng = np.random.default_rng(seed)
    photos = [photo.sha256 for photo in catalogue.photos()]
    figures = rng.random((len(photos), 5)).round(4).tolist()
    places = rng.permutation(len(photos)).tolist()
    qualities = [(quality_key, sha256, *row) for sha256, row in zip(photos, figures, strict=True)]
    doubts = [
        (doubt_key, sha256, row[0], place + 1, row[3]) for sha256, row, place in zip(photos, figures, places, strict=True)
    ]
    with catalogue.writing() as connection:
        connection.executemany("INSERT INTO qualities VALUES (?, ?, 1, 'face', 120, ?, ?, ?, ?, ?, 0, 0, 0)", qualities)
        connection.executemany("INSERT INTO doubts VALUES (?, ?, ?, ?, 0.9, 'Person 000', 0.1, ?, 0, 0)", doubts)


def make_fingerprints(count: int, seed: int = 0) -> Fingerprints:
    """Return fingerprints of pictures that are as alike as portraits are: one face-like shape under random patches.

    Every `NEAR`th is cut out of the one before, 5% smaller.
    """
    rng = np.random.default_rng(seed)
    pictures: list[npt.NDArray[np.uint8]] = []
    for number in range(count):
        pictures.append(_cut(pictures[-1]) if number % NEAR == 1 else _portrait(rng))
    measured = [measure(DecodedPhoto(np.repeat(each[:, :, None], 3, axis=2), 64, 64, "PNG")) for each in pictures]
    names = tuple(hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))
    return Fingerprints(names, np.stack([each.hashes for each in measured]), np.stack([each.miniature for each in measured]))


def _portrait(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return a gray picture, uint8 (64, 64): a bright oval under random patches and noise."""
    rows, columns = np.mgrid[-1:1:64j, -1:1:64j]
    oval = 110 * np.exp(-(columns**2 / 0.25 + rows**2 / 0.4)) + 60
    patches = Image.fromarray(rng.normal(0, 24, (6, 6)).astype(np.float32)).resize((64, 64), Image.Resampling.BICUBIC)
    return np.clip(oval + np.asarray(patches) + rng.normal(0, 3, (64, 64)), 0, 255).astype(np.uint8)


def _cut(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a picture without 5% of its width and height, in the size that it had."""
    resized = Image.fromarray(picture).resize((64, 64), Image.Resampling.BICUBIC, box=(1, 2, 61.8, 62.8))
    return np.asarray(resized, np.uint8)


def _write_files(
    root: Path, folders: list[PersonFolder], photos: int, images: int, rng: np.random.Generator
) -> Iterator[tuple[FoundFile, str]]:
    """Write the files and yield each with the hash of its bytes."""
    shares = rng.uniform(0.5, 1.5, len(folders))
    ends = np.rint(np.cumsum(shares) / shares.sum() * photos).astype(int)
    written = 0
    for folder, end in zip(folders, ends, strict=True):
        (root / folder.path).mkdir(parents=True)
        for number in range(written, int(end)):
            path = root / folder.path / f"{number:06d}.ppm"
            side = SHOWN_SIDE if number < images else 8
            path.write_bytes(b"P6 %d %d 255\n" % (side, side) + rng.bytes(side * side * 3))
            status = path.stat()
            file = FoundFile(f"{folder.path}/{path.name}", folder.path, status.st_size, status.st_mtime_ns)
            yield file, hashlib.sha256(path.read_bytes()).hexdigest()
        written = int(end)


def _reading(file: FoundFile, sha256: str, rng: np.random.Generator) -> Reading:
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    histogram: npt.NDArray[np.uint16] = rng.multinomial(64 * 64, np.full(32, 1 / 32), 3).astype(np.uint16)
    red, green, blue = rng.uniform(60, 190, 3).tolist()
    hashes = rng.integers(0, 2**63, 6, dtype=np.uint64)
    miniature = rng.integers(0, 256, (32, 32), dtype=np.uint8)
    return Reading(file, sha256, Measures(width, height, (red, green, blue), histogram, hashes, miniature))
