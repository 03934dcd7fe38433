"""Preparation of 250 x 250 photos beside one call of the bare detector per photo.

Preparing is all of it: read, decode, find faces, measure, cut out, keep the face and two thumbnails.
Prints seconds per 96 photos for both detectors, photos per second, and whether MTCNN finds the same faces as its package
does photo by photo. Photos are Labeled Faces in the Wild where VISAGE_TEST_PHOTOS names a folder with lfw34, else the
built-in faces on a noisy background.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.measure import REPEATS, interleaved, machine, row
from core.datasets import Catalogue, open_dataset, scan
from core.datasets.builtin import orl_root
from core.detection import create_detector, yunet
from core.detection.canvas import BORDER, make_canvas
from core.detection.weights import weights_file
from core.images import DecodedPhoto, read_photo, resize
from core.preparation import prepare
from core.settings import FaceSettings, preset

COUNT, SIDE = 96, 250

Corners = npt.NDArray[np.float64]


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        print(f"{COUNT} photos: {write_photos(photos, COUNT, 1)}")
        decoded = [read_photo(file)[1] for file in sorted(photos.rglob("*.jpg"))]
        faces = {"mtcnn": FaceSettings(), "yunet": preset("embedding").face}
        for (name, face), bare in zip(faces.items(), (_bare_mtcnn(), _bare_yunet()), strict=True):
            create_detector(face).detect(decoded[:8])  # load and compile outside the clock
            catalogues = _scanned(Path(folder) / name, photos)
            ours, alone = interleaved(
                lambda face=face, catalogues=catalogues: prepare(next(catalogues), face),
                lambda bare=bare: [bare(photo.pixels) for photo in decoded],
            )
            row(f"{name}: prepare {COUNT} photos", ours, alone)
            times = statistics.median(alone) / statistics.median(ours)
            print(f"  {COUNT / statistics.median(ours):.0f} photos/s, {times:.1f} times as fast as one call per photo")
        _compare_faces(decoded)


def write_photos(folder: Path, count: int, people: int) -> str:
    """Write so many photos of `SIDE` x `SIDE`, in one folder per person in turn, and return where they are from."""
    real = Path(os.environ.get("VISAGE_TEST_PHOTOS", "")) / "lfw34"
    found = sorted(real.rglob("*.jpg")) if os.environ.get("VISAGE_TEST_PHOTOS") else []
    files = [folder / f"person_{number % people:02}" / f"{number:03}.jpg" for number in range(count)]
    for file in files[:people]:
        file.parent.mkdir(parents=True)
    if found:
        for file, photo in zip(files, found[:: len(found) // count], strict=False):
            file.write_bytes(photo.read_bytes())
        return "Labeled Faces in the Wild"
    rng = np.random.default_rng(0)
    faces = sorted(orl_root().rglob("*.pgm"))
    for number, file in enumerate(files):
        pixels = resize(rng.integers(60, 190, (25, 25, 3), np.uint8), SIDE, SIDE)
        pixels[55:201, 65:185] = resize(read_photo(faces[number * (len(faces) // count)])[1].pixels, 120, 146)
        Image.fromarray(pixels).save(file, quality=90)
    return "built-in faces on a noisy background"


def _scanned(folder: Path, photos: Path) -> Iterator[Catalogue]:
    """Return as many catalogues of the photos as there are repeats, each without any detection."""
    made = []
    for number in range(REPEATS):
        os.environ["VISAGE_ARTIFACTS"] = str(folder / str(number))
        made.append(open_dataset(str(photos)))
        scan(made[-1])
    return iter(made)


def _bare_mtcnn() -> Any:
    from mtcnn import MTCNN

    return MTCNN().detect_faces


def _bare_yunet() -> Any:
    network = cv2.FaceDetectorYN.create(str(weights_file(yunet.PACKAGE, yunet.PATH, yunet.SHA256)), "", (SIDE, SIDE), 0.6)
    return lambda pixels: network.detect(np.ascontiguousarray(pixels[:, :, ::-1]))


def _compare_faces(photos: list[DecodedPhoto]) -> None:
    """Print how many faces the package finds photo by photo on the same canvases, and how many of them we find.

    The package cuts boxes at the canvas's edge, which moves their middle; so faces that reach beyond it are left out on both
    sides, and those whose middle lies outside the photo, as preparation leaves them out.
    """
    bare = _bare_mtcnn()
    face = FaceSettings(detector="mtcnn", min_score=0.8)  # the package's own threshold
    found = create_detector(face).detect(photos)
    theirs = own = shared = 0
    for photo, ours in zip(photos, found, strict=True):
        boxes = [_corners(each["box"]) - BORDER for each in bare(_canvas(photo))]
        boxes = [each for each in boxes if _is_whole(each) and _has_middle_inside(each)]
        whole = [corners for corners in (_corners(each.box) for each in ours) if _is_whole(corners)]
        theirs, own = theirs + len(boxes), own + len(whole)
        shared += sum(any(_overlap(each, box) > 0.8 for each in whole) for box in boxes)
    print(f"mtcnn: {theirs} whole faces by one call per photo, {own} by preparation, {shared} of them the same")


def _is_whole(corners: Corners) -> bool:
    return bool((corners > -BORDER).all() and (corners < SIDE + BORDER - 1).all())


def _has_middle_inside(corners: Corners) -> bool:
    middle = corners.mean(axis=0)
    return bool((middle >= 0).all() and (middle <= SIDE).all())


def _overlap(one: Corners, other: Corners) -> float:
    """Return intersection over union."""
    shared = np.prod(np.maximum(np.minimum(one[1], other[1]) - np.maximum(one[0], other[0]), 0))
    return float(shared / (np.prod(one[1] - one[0]) + np.prod(other[1] - other[0]) - shared))


def _corners(box: Any) -> Corners:
    """Return float64 (2, 2): left and top, right and bottom."""
    left, top, width, height = box
    return np.array([[left, top], [left + width, top + height]], np.float64)


def _canvas(photo: DecodedPhoto) -> npt.NDArray[np.uint8]:
    return make_canvas(photo, FaceSettings().detection_side, BORDER).pixels


if __name__ == "__main__":
    main()
