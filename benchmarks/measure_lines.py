"""The default lines for unknown that ship with each embedding, measured on public photos: LFW and a part of Pins.

    VISAGE_TEST_PHOTOS=... python -m benchmarks.measure_lines

Small galleries are what the defaults are for: five people with at most ten photos each, forty draws from `lfw34` and forty
from `pins40`. Everybody else there and in `lfw_strangers` is a stranger, ten faces a person at most. Prints the points for
core/openset/defaults.py. An own VISAGE_ARTIFACTS keeps the prepared faces for the next time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import machine
from core.embeddings import embed_faces, load_backbone, normalised
from core.experiment import prepare_dataset
from core.faces import choose_main_face, cut_face
from core.images import read_photo
from core.openset import gallery_of, stranger_curve
from core.settings import Settings, preset, rng_for

SETS = ("lfw34", "pins40")
DRAWS, PEOPLE, PHOTOS = 40, 5, 10


def main() -> int:
    folder = os.environ.get("VISAGE_TEST_PHOTOS")
    if not folder:
        print("Set VISAGE_TEST_PHOTOS to a folder that holds lfw34, pins40 and lfw_strangers.", file=sys.stderr)
        return 2
    print(machine())
    with tempfile.TemporaryDirectory() as artifacts:
        os.environ.setdefault("VISAGE_ARTIFACTS", artifacts)
        for name in ("embedding", "embedding-fast"):
            print_curve(preset(name), Path(folder))
    return 0


def print_curve(settings: Settings, folder: Path) -> None:
    """Measure one embedding."""
    others = strangers(settings, folder / "lfw_strangers")
    trials = [trial for name in SETS for trial in trials_on(*known_people(settings, folder / name), others)]
    known, right, strange = (np.concatenate(each) for each in zip(*trials, strict=True))
    curve = stranger_curve(known, right, strange)
    print(
        f"{settings.embedding.backbone}: AUROC {curve.auroc:.4f}, {curve.strangers} faces of strangers, {curve.known} of known"
    )
    for rate, line, named in curve.points:
        print(f"    ({rate}, {line:.4f}, {named:.4f}),")


def trials_on(vectors: np.ndarray, labels: np.ndarray, others: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield for each draw the scores of known faces, whether their best name is right, and the scores of strangers."""
    everybody = np.arange(labels.max() + 1)
    for draw in range(DRAWS):
        rng = rng_for(draw, "lines")
        chosen = rng.permutation(everybody)[:PEOPLE]
        place = np.full(len(everybody), -1)
        place[chosen] = np.arange(PEOPLE)
        taught, asked = deal(labels, chosen, rng)
        gallery = gallery_of(vectors[taught, None], place[labels[taught]], PEOPLE)
        alike = gallery.similarities(vectors[asked])
        rest = [rng.permutation(np.flatnonzero(labels == person))[:10] for person in everybody if place[person] < 0]
        theirs = gallery.similarities(np.concatenate([vectors[np.concatenate(rest)], others]))
        yield alike.max(axis=1), alike.argmax(axis=1) == place[labels[asked]], theirs.max(axis=1)


def deal(labels: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that teach, at most ten a person, and the rest of these people's."""
    taught, asked = [], []
    for person in chosen:
        rows = rng.permutation(np.flatnonzero(labels == person))
        taught.append(rows[:PHOTOS])
        asked.append(rows[PHOTOS:][:30])
    return np.concatenate(taught), np.concatenate(asked)


def known_people(settings: Settings, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the faces of a dataset, averaged with their mirror images, float32 (N, D), and who they show."""
    dataset, prepared = prepare_dataset(str(folder), settings.face)
    photos = [photo for photo in dataset.photos if photo.sha256 in prepared.rows]
    vectors = embed_faces(
        dataset.catalogue.directory, prepared.key, load_backbone(settings), prepared.pixels, prepared.rows,
        [photo.sha256 for photo in photos], [0, 1], settings.augmentation, settings.seed,
    )  # fmt: skip
    assert vectors is not None
    return normalised(vectors.sum(axis=1)), np.unique([str(photo.person) for photo in photos], return_inverse=True)[1]


def strangers(settings: Settings, folder: Path) -> np.ndarray:
    """Return the main faces of the photos in one folder, float32 (M, D)."""
    from core.detection import create_detector

    detector, crops = create_detector(settings.face), []
    for file in sorted(folder.iterdir()):
        photo = read_photo(file, file.name)[1]
        found = detector.detect([photo])[0]
        main_face = choose_main_face(found, photo.width, photo.height, settings.face.main_face_ratio)
        if main_face.index is not None:
            crops.append(cut_face(photo, found[main_face.index], settings.face).pixels)
    backbone, faces = load_backbone(settings), np.stack(crops)
    return normalised(backbone.embed(faces) + backbone.embed(np.ascontiguousarray(faces[:, :, ::-1])))


if __name__ == "__main__":
    sys.exit(main())
