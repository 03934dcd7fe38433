"""How face crops lie on the disk: raw and memory-mapped, or compressed with lz4 face by face or (joblib) as a whole.

Prints, for 4,000 crops of 128 x 128: seconds to write them, to read 100 batches of 32 in random order, to be ready for the
first batch, and megabytes on the disk; then which way wins. The crops come from VISAGE_TEST_PHOTOS where that names a folder
with pins40, else from the built-in faces. The files stay in the system's cache, as they do from the second epoch on.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import lz4.block
import numpy as np
import numpy.typing as npt

from benchmarks.measure import machine, row, seconds
from core.datasets.builtin import orl_root
from core.datasets.crops import CropIndex, open_crops
from core.images import read_photo, resize

COUNT, SIZE, BATCH, BATCHES = 4000, 128, 32, 100
PORTION = 256  # faces that preparation saves at once

Faces = npt.NDArray[np.uint8]
Reader = Callable[[npt.NDArray[np.int64]], Faces]


@dataclass(frozen=True)
class Way:
    """One way to keep crops: `write` stores them in a folder, `open` gives a reader of rows."""

    name: str
    write: Callable[[Path, Faces], object]
    open: Callable[[Path], Reader]


def main() -> None:
    print(machine())
    faces = _faces()
    rng = np.random.default_rng(0)
    batches = [rng.integers(0, COUNT, BATCH) for _ in range(BATCHES)]
    ways = [Way("raw", _write_raw, _open_raw), Way("lz4 by face", _write_lz4, _open_lz4),
            Way("joblib lz4", _write_joblib, _open_joblib)]  # fmt: skip
    reading = {way.name: _measure(way, faces, batches) for way in ways}
    wins = min(("raw", "lz4 by face"), key=lambda name: reading[name])
    print("A batch takes " + ", ".join(f"{name} {value * 1000 / BATCHES:.2f} ms" for name, value in reading.items()) + ".")
    print(f"{wins} wins; joblib lz4 unpacks everything first and then holds all {faces.nbytes / 1e6:.0f} MB in memory.")


def _measure(way: Way, faces: Faces, batches: list[npt.NDArray[np.int64]]) -> float:
    """Print the figures of one way; return the median seconds for all batches."""
    writing, opening, reading = [], [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            writing += seconds(lambda place=place: way.write(place, faces), 1)
            opening += seconds(lambda place=place: way.open(place)(batches[0]), 1)
            reader = way.open(place)
            np.testing.assert_array_equal(reader(batches[0]), faces[batches[0]])
            reading += seconds(lambda reader=reader: [reader(rows) for rows in batches], 1)
            megabytes = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / 1e6
    row(f"{way.name}: write {COUNT} crops", writing)
    row(f"{way.name}: open and read the first batch", opening)
    row(f"{way.name}: read {BATCHES} batches of {BATCH}", reading)
    print(f"{way.name}: {megabytes:.0f} MB on the disk, {megabytes * 1e6 / faces.nbytes:.2f} of the raw size")
    return statistics.median(reading)


def _faces() -> Faces:
    real = Path(os.environ.get("VISAGE_TEST_PHOTOS", "")) / "pins40"
    found = sorted(real.rglob("*.jpg")) if os.environ.get("VISAGE_TEST_PHOTOS") else []
    files = found or sorted(orl_root().rglob("*.pgm"))
    print(f"crops from {'pins40' if found else 'the built-in faces'}")
    chosen = [resize(read_photo(file)[1].pixels, SIZE, SIZE) for file in files[:COUNT]]
    return np.stack([chosen[number % len(chosen)] for number in range(COUNT)])


def _write_raw(folder: Path, faces: Faces) -> None:
    """Write as preparation does: portions first, one file at the end."""
    store, index = open_crops(folder, "raw", SIZE), CropIndex()
    for start in range(0, COUNT, PORTION):
        names = [str(number) for number in range(start, min(COUNT, start + PORTION))]
        index = store.add(index, names, list(faces[start : start + PORTION]))
    store.compact(index, lambda photo: True)


def _open_raw(folder: Path) -> Reader:
    store = open_crops(folder, "raw", SIZE)
    pixels = store.pixels(store.read_index())
    return lambda rows: np.asarray(pixels[rows])


def _write_lz4(folder: Path, faces: Faces) -> None:
    packed = [lz4.block.compress(face.tobytes(), store_size=False) for face in faces]
    (folder / "faces.lz4").write_bytes(b"".join(packed))
    np.save(folder / "ends.npy", np.cumsum([len(each) for each in packed]))


def _open_lz4(folder: Path) -> Reader:
    raw = np.memmap(folder / "faces.lz4", np.uint8, "r")
    ends = np.load(folder / "ends.npy")
    starts = np.concatenate([[0], ends[:-1]])

    def read(rows: npt.NDArray[np.int64]) -> Faces:
        length = SIZE * SIZE * 3
        parts = [lz4.block.decompress(raw[starts[each] : ends[each]], uncompressed_size=length) for each in rows]
        return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, SIZE, SIZE, 3)

    return read


def _write_joblib(folder: Path, faces: Faces) -> None:
    joblib.dump(faces, folder / "faces.joblib", compress=("lz4", 3))


def _open_joblib(folder: Path) -> Reader:
    faces: Any = joblib.load(folder / "faces.joblib")
    return lambda rows: np.asarray(faces[rows])


if __name__ == "__main__":
    main()
