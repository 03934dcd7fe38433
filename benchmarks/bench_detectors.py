"""Which detector finds the face in photos of one person each: miss rate and speed of both, on the shared photos.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.bench_detectors [--photos 300]

A sample of each set, the same photos for both. Missed: no face at all. Set aside: several faces, none clearly the main one.
Times are of the search alone, photo after photo in one thread, beside each other in turns.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.trials import photos_folder
from core.detection import create_detector
from core.errors import PhotoError
from core.faces import choose_main_face
from core.images import PHOTO_SUFFIXES, DecodedPhoto, read_photo
from core.settings import FaceSettings, preset, rng_for

SETS = ("pins40", "lfw34", "lfw_strangers", "messy_upload", "celebrities5", "cast_gallery")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_detectors", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photos", type=int, default=300, help="photos of each set, at most (default 300)")
    chosen = parser.parse_args(arguments)
    folder = photos_folder()
    if folder is None:
        print("Set VISAGE_TEST_PHOTOS to the folder of shared photos.", file=sys.stderr)
        return 2
    print(machine())
    settings = {"mtcnn": preset("cnn").face, "yunet": preset("embedding").face}
    for name in SETS:
        photos = sample(folder / name, chosen.photos)
        for detector, face in settings.items():
            print(f"{name:14} {len(photos):4} photos  {detector}: {look(photos, face)}", flush=True)
    return 0


def sample(folder: Path, count: int) -> list[DecodedPhoto]:
    """Return some readable photos below a folder, always the same."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PHOTO_SUFFIXES)
    order = rng_for(0, "detectors").permutation(len(files))[:count]
    return [photo for photo in (opened(files[place]) for place in order) if photo is not None]


def opened(file: Path) -> DecodedPhoto | None:
    try:
        return read_photo(file, file.name)[1]
    except PhotoError:
        return None


def look(photos: list[DecodedPhoto], face: FaceSettings) -> str:
    """Return what one detector finds and how long it takes."""
    detector = create_detector(face)
    detector.detect(photos[:1])  # loading is not measured
    found, taken = [], []
    for photo in photos:
        started = time.perf_counter()
        found.append(detector.detect([photo])[0])
        taken.append(time.perf_counter() - started)
    status = [
        choose_main_face(faces, photo.width, photo.height, face.main_face_ratio).status
        for faces, photo in zip(found, photos, strict=True)
    ]
    missed, aside = status.count("no_face") / len(photos), status.count("several_faces") / len(photos)
    return f"missed {missed:6.2%}, set aside {aside:6.2%}, {sorted(taken)[len(taken) // 2] * 1e3:6.1f} ms a photo (median)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
