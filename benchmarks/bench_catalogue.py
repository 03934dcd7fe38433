"""The catalogue at 17,500 photos of 105 people: what a warm Explore page asks, scanning again, finding near-duplicates;
and the questions of the wall of photos at 200,000 photos of 1,000 people.

Bare work, in this order: reading the same rows through one plain SQLite connection; listing the files with their sizes;
decoding the photos one by one; comparing one 64-bit hash per photo, once for each pair.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.measure import interleaved, machine, row, seconds
from benchmarks.synthetic import NEAR, fill_detections, fill_measures, make_catalogue, make_fingerprints
from core import datasets
from core.datasets import Catalogue, Fingerprints, wall
from core.datasets.fingerprints import compare, compare_within
from core.datasets.health import FLAGS
from core.datasets.wall import SORTS, WallKeys, WallQuery
from core.images import read_photo
from core.settings import SplitSettings
from core.splits import draw_split

PHOTOS, PEOPLE = 17_500, 105
MANY_PHOTOS, MANY_PEOPLE = 200_000, 1000
KEY = "synthetic"
KEYS = WallKeys(KEY, KEY, KEY)
ON_A_PAGE = 48


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
        "page_of_photos": lambda: catalogue.page_of_photos(None, PHOTOS // 2, ON_A_PAGE),
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


def walls(catalogue: Catalogue, photos: int) -> None:
    """Time every question of the wall: each order from its start and its middle, each flag, one person, a search."""
    print(f"  the wall, {photos:,} photos:", flush=True)
    everybody = WallQuery()
    asked: dict[str, Callable[[], object]] = {
        "people": catalogue.people,
        "count of all": lambda: wall.count(catalogue, everybody, KEYS),
        "all that match": lambda: wall.matching(catalogue, everybody, KEYS),
    }
    queries = {f"by {sort}": WallQuery(sort=sort) for sort in SORTS}
    queries |= {"one person, doubtful": WallQuery(person=catalogue.people()[0][0], sort="doubtful")}
    queries |= {"a search": WallQuery(search="7"), "three flags": WallQuery(flags=("blurry", "dark", "doubtful"))}
    queries |= {f"flag {name}": WallQuery(flags=(name,)) for name in FLAGS}
    for name, query in queries.items():
        asked[f"{name}, count"] = partial(wall.count, catalogue, query, KEYS)
        asked[f"{name}, first page"] = partial(wall.page, catalogue, query, KEYS, 0, ON_A_PAGE)
        asked[f"{name}, middle page"] = partial(wall.page, catalogue, query, KEYS, photos // 2, ON_A_PAGE)
    for name, work in asked.items():
        row(f"    {name}", seconds(work, 3), unit="ms", factor=1000)


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


def many() -> None:
    """Ask the questions of the wall of a very large catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = str(Path(folder))
        catalogue = make_catalogue(MANY_PHOTOS, MANY_PEOPLE)
        fill_detections(catalogue, KEY)
        fill_measures(catalogue, KEY, KEY)
        walls(catalogue, MANY_PHOTOS)


def main() -> None:
    """Run all on catalogues in temporary folders; `many` on the command line runs only the very large one."""
    print(machine())
    if sys.argv[1:] == ["many"]:
        many()
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = str(Path(folder))
        catalogue = make_catalogue(PHOTOS, PEOPLE)
        fill_detections(catalogue, KEY)
        fill_measures(catalogue, KEY, KEY)
        ask(catalogue)
        walls(catalogue, PHOTOS)
        scan_again(catalogue)
        first_scan()
        near_duplicates()
    many()


if __name__ == "__main__":
    main()
