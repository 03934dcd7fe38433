"""The catalogue at 17,500 photos of 105 people: what a warm Explore page asks, scanning again, finding near-duplicates.

Bare work, in this order: reading the same rows through one plain SQLite connection; listing the files with their sizes;
decoding the photos one by one; comparing one 64-bit hash per photo, once for each pair.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.measure import interleaved, machine, row, seconds
from benchmarks.synthetic import NEAR, fill_detections, make_catalogue, make_fingerprints
from core import datasets
from core.datasets import Catalogue, Fingerprints
from core.datasets.fingerprints import compare, compare_within
from core.images import read_photo
from core.settings import SplitSettings
from core.splits import draw_split

PHOTOS, PEOPLE = 17_500, 105
KEY = "synthetic"


def questions(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """Return everything that an Explore page may ask, whatever is cached above the engine."""
    split = SplitSettings()

    def drawn() -> object:
        return draw_split(catalogue.photos(), catalogue.groups(split.duplicate_distance), split, 0)

    return {
        "list_datasets": datasets.list_datasets,
        "open_dataset": lambda: datasets.open_dataset(catalogue.source),
        "summary": catalogue.summary,
        "people": catalogue.people,
        "page_of_photos": lambda: catalogue.page_of_photos(None, PHOTOS // 2, 48),
        "sizes": catalogue.sizes,
        "channel_histograms": catalogue.channel_histograms,
        "skipped": catalogue.skipped,
        "conflicts": catalogue.conflicts,
        "notes": catalogue.notes,
        "photos, groups and split": drawn,
        "detections": lambda: catalogue.detections(KEY),
        "missing_detections": lambda: catalogue.missing_detections(KEY),
    }


def ask(catalogue: Catalogue) -> None:
    """Time each question, then all of them together."""
    asked = questions(catalogue)
    for name, work in asked.items():
        row(f"  {name}", seconds(work), unit="ms", factor=1000)

    def plain() -> object:
        with closing(sqlite3.connect(catalogue.directory / "catalogue.sqlite")) as connection:
            return connection.execute("SELECT * FROM used JOIN photos USING (sha256) JOIN detections USING (sha256)").fetchall()

    row(
        f"all questions of an Explore page, {PHOTOS:,} photos", *interleaved(lambda: [work() for work in asked.values()], plain)
    )


def scan_again(catalogue: Catalogue) -> None:
    """Scan a folder of which everything is known."""

    def listing() -> object:
        walked = os.walk(catalogue.root)
        return [os.stat(os.path.join(folder, name)).st_size for folder, _, names in walked for name in names]  # noqa: PTH116, PTH118

    row(f"scanning {PHOTOS:,} known files again", *interleaved(lambda: datasets.scan(catalogue), listing))


def first_scan() -> None:
    """Scan the built-in faces into a fresh catalogue."""
    files = sorted(datasets.open_dataset(datasets.BUILTIN).root.glob("*/*.pgm"))

    def ours() -> object:
        datasets.delete_dataset(datasets.BUILTIN)
        return datasets.scan(datasets.open_dataset(datasets.BUILTIN))

    row("first scan of the built-in faces", *interleaved(ours, lambda: [read_photo(file) for file in files]))


def near_duplicates() -> None:
    """Find near-duplicates among all photos, in the blocks in which a first scan does."""
    print(f"  measuring {PHOTOS:,} made-up pictures ...", flush=True)
    photos = make_fingerprints(PHOTOS)

    def in_blocks() -> int:
        found = 0
        for start in range(0, PHOTOS, 256):
            block: Fingerprints = photos.take(slice(start, start + 256))
            found += len(compare_within(block).left) + len(compare(block, photos.take(slice(0, start))).left)
        return found

    def one_hash() -> int:
        first = np.ascontiguousarray(photos.hashes[:, 0])
        return sum(np.count_nonzero(np.bitwise_count(first[at] ^ first[at + 1 :]) <= 8) for at in range(PHOTOS))

    row(f"near-duplicates among {PHOTOS:,} photos", *interleaved(in_blocks, one_hash))
    print(f"  {in_blocks()} pairs found; {len(range(1, PHOTOS, NEAR))} were planted")


def main() -> None:
    """Run all four on a catalogue in a temporary folder."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = str(Path(folder))
        catalogue = make_catalogue(PHOTOS, PEOPLE)
        fill_detections(catalogue, KEY)
        ask(catalogue)
        scan_again(catalogue)
        first_scan()
        near_duplicates()


if __name__ == "__main__":
    main()
