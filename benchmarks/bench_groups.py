"""Group photos: which faces are found, who they are, and how well faces without a name are put together by likeness.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.bench_groups [found] [named] [grouped]

found    the photos with true boxes (testing.xml), at full and at half size, by both detectors, along the path that prediction
         takes: at least 95% found (overlap of 0.5), at most 2% of the found are none; no face in two photos without people
named    a run of cast_gallery names the faces of cast_truth.csv: at least 90% right, nobody twice in a photo
grouped  faces of people whom a run does not know, by its own line: purity (share of faces whose group is mostly their person)
         and pairwise F1, beside those at other limits
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.group_photos import DETECTORS, NAMED_LIMIT, SIZES, cast_run, look, name_cast
from benchmarks.likeness import judge, strangers
from benchmarks.measure import machine
from benchmarks.trials import photos_folder
from core.batch.groups import group_vectors, limit_of
from core.jobs import load_tensorflow
from core.recognizer import load_recognizer, read_knowledge
from core.runs import layout, read_run
from core.runs.vectors import read_vectors


def main(arguments: Sequence[str]) -> int:
    photos = photos_folder()
    if photos is None:
        print("Set VISAGE_TEST_PHOTOS to the folder of shared photos.", file=sys.stderr)
        return 2
    wanted = arguments or ("found", "named", "grouped")
    print(machine())
    load_tensorflow()
    good = True
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ["VISAGE_ARTIFACTS"] = folder
        if "found" in wanted:
            good &= _print_found(photos)
        if "named" in wanted:
            good &= _print_named(photos)
        if "grouped" in wanted:
            _print_grouped(photos)
    return int(not good)


def _print_found(photos: Path) -> bool:
    good = True
    for detector in DETECTORS:
        for scale in SIZES:
            found = look(photos, detector, scale)
            print(f"{detector:6} at {scale:4.0%}: {found}", flush=True)
            good &= found.good
    return good


def _print_named(photos: Path) -> bool:
    good = True
    for name in ("embedding", "embedding-fast"):
        for detector in DETECTORS:
            recognizer = load_recognizer(cast_run(photos, name, detector))
            for once in (True, False):
                told = name_cast(photos, recognizer, once)
                how = "once a photo" if once else "as they are"
                print(
                    f"{name}, {detector}, {how}: {told.right} of {told.true} right ({told.right / told.true:.1%}), "
                    f"{told.found} found, {told.twice} twice; {told.wrong}",
                    flush=True,
                )
                if once:
                    good &= told.right >= NAMED_LIMIT * told.true and not told.twice
    return good


def _print_grouped(photos: Path) -> None:
    for name in ("embedding", "embedding-fast"):
        run = read_run(cast_run(photos, name))
        recognizer = load_recognizer(run.directory)
        limit = limit_of(read_knowledge(run), read_vectors(run.directory / layout.VECTORS))
        vectors, people = strangers(photos, recognizer, 30)
        print(f"{name}: {len(vectors)} faces of {len(set(people.tolist()))} people, its own limit {limit:.3f}")
        for step in (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15):
            at = limit + step * (1 if name == "embedding" else 0.2)
            print(f"  limit {at:.3f}: {judge(group_vectors(vectors, at), people)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
