"""Where the second look at YuNet's faces draws its lines: scores of faces, and of what YuNet takes for one.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.measure_second_look [--photos 250]

Faces: those with true boxes in group photos at three sizes, and the main face of a sample of each set of single people. No
faces: what YuNet finds in the photos without people and beside the true boxes, at several sizes and mirrored, and in two
pictures that come with scikit-learn, turned. Prints how many of either a rule keeps.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.bench_detectors import SETS, sample
from benchmarks.group_photos import EMPTY, matched, scaled_photo, true_boxes
from benchmarks.measure import machine
from benchmarks.trials import photos_folder
from core.detection import Detection, create_detector
from core.faces import choose_main_face
from core.images import DecodedPhoto, decode
from core.jobs import load_tensorflow
from core.recognizer.second_look import how_like_a_face
from core.settings import preset

FACE_SIZES = (1.0, 0.75, 0.5)
EMPTY_SIZES = (1.5, 1.25, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
Judged = tuple[bool, DecodedPhoto, list[Detection]]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure_second_look")
    parser.add_argument("--photos", type=int, default=250, help="photos of each set of single people (default 250)")
    chosen = parser.parse_args(arguments)
    folder = photos_folder()
    if folder is None:
        print("Set VISAGE_TEST_PHOTOS to the folder of shared photos.", file=sys.stderr)
        return 2
    print(machine())
    load_tensorflow()
    scores: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for is_face, photo, found in _all(folder, chosen.photos):
        if found:
            told = how_like_a_face(photo, found).tolist()
            scores[is_face] += [(each.score, likeness) for each, likeness in zip(found, told, strict=True)]
    faces, others = (np.array(scores[kind]) for kind in (True, False))
    print(f"{len(faces)} faces, {len(others)} that are none")
    for sure in (0.88, 0.9, 0.92):
        for least in (0.3, 0.4, 0.5, 0.6):
            lost, kept = (int(_kept(table, sure, least).sum()) for table in (faces, others))
            again = (faces[:, 0] < sure).mean()
            print(f"sure from {sure}, else {least}: loses {len(faces) - lost}, keeps {kept} false, asks about {again:.1%}")
    return 0


def _kept(table: np.ndarray, sure: float, least: float) -> np.ndarray:
    return (table[:, 0] >= sure) | (table[:, 1] >= least)


def _all(folder: Path, photos: int) -> Iterator[Judged]:
    """Yield photos with what YuNet finds in them, faces and others apart."""
    face = preset("embedding").face
    detector = create_detector(face)
    for name in SETS:
        for photo in sample(folder / name, photos):
            (found,) = detector.detect([photo])
            main = choose_main_face(found, photo.width, photo.height, 1.0).index
            yield True, photo, [] if main is None else [found[main]]
    for scale in FACE_SIZES:
        for file, boxes in true_boxes(folder).items():
            photo = decode(scaled_photo(folder / "group_photos" / "crowds" / file, scale), file)
            (found,) = detector.detect([photo])
            true = [tuple(side * scale for side in box) for box in boxes]
            hits = {place for place, _ in matched([each.box for each in found], true, 0.3)}  # type: ignore[arg-type]
            yield True, photo, [each for place, each in enumerate(found) if place in hits]
            yield False, photo, [each for place, each in enumerate(found) if place not in hits]
    for photo in _without_people(folder):
        yield False, photo, detector.detect([photo])[0]


def _without_people(folder: Path) -> Iterator[DecodedPhoto]:
    from sklearn.datasets import load_sample_images

    for scale in EMPTY_SIZES:
        for file in EMPTY:
            photo = decode(scaled_photo(folder / "group_photos" / file, scale), file)
            yield photo
            yield replace(photo, pixels=np.ascontiguousarray(photo.pixels[:, ::-1]))
    for picture in load_sample_images().images:
        for turns in range(4):
            pixels = np.ascontiguousarray(np.rot90(picture, turns))
            yield DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], "PNG")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
