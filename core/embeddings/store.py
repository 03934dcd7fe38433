"""The store of embeddings: each face and view is embedded once and read by every run, fold and search after that.

    <dataset>/embeddings/<crops>/<backbone>/<view>/<hash>.npz

A file holds the vectors of some photos, with a mark of the crop that each is of, and never changes. Its name is the hash of
its bytes, so a damaged one counts as not there, and two processes that embed the same faces only do some work twice.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.embeddings.backbone import BATCH, Backbone, Faces, Vectors
from core.embeddings.views import ViewMaker, view_key
from core.errors import disk_errors
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import AugmentationSettings
from core.storage import write_whole

SAVE_EVERY = 512  # vectors: what a crash can cost, and few enough files for a large dataset

Wanted = tuple[str, int]  # a photo and a view of its face


@dataclass(frozen=True)
class EmbeddingStore:
    """The vectors of one dataset's crops by one backbone.

    Attributes:
        directory: Where they lie.
        dimension: Numbers per vector.
        folders: The folder of each view.
    """

    directory: Path
    dimension: int
    folders: Mapping[int, str]

    def read(self, marks: Mapping[str, int] | None = None) -> dict[Wanted, Vectors]:
        """Return what is stored of the views, float32 (D,) for each photo and view.

        Args:
            marks: The mark of each photo's crop; vectors of another crop of the photo are passed over.
        """
        found: dict[Wanted, Vectors] = {}
        for view, folder in self.folders.items():
            for file in sorted((self.directory / folder).glob("*.npz")):
                for photo, vector, mark in zip(*self._read_file(file), strict=True):
                    if not marks or not mark or marks.get(photo, mark) == mark:
                        found[photo, view] = vector
        return found

    def save(self, vectors: Mapping[Wanted, Vectors], marks: Mapping[str, int] = MappingProxyType({})) -> None:
        """Store vectors, one file for each view.

        Args:
            marks: The mark of the crop that each photo's vectors are of.

        Raises:
            StorageError: the disk refuses.
        """
        for view, folder in self.folders.items():
            photos = [photo for photo, number in vectors if number == view]
            if photos:
                rows = np.stack([vectors[photo, view] for photo in photos])
                self._write_file(self.directory / folder, photos, rows, [marks.get(photo, 0) for photo in photos])

    def _read_file(self, file: Path) -> tuple[list[str], Vectors, list[int]]:
        try:
            raw = file.read_bytes()
        except FileNotFoundError:  # the dataset has just been removed
            return [], np.empty((0, self.dimension), np.float32), []
        if hashlib.sha256(raw).hexdigest() != file.stem:  # torn or damaged: its faces are embedded again
            file.unlink(missing_ok=True)
            return [], np.empty((0, self.dimension), np.float32), []
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            photos = [bytes(each).hex() for each in stored["photos"]]
            marks = stored["marks"].tolist() if "marks" in stored.files else [0] * len(photos)
            return photos, stored["vectors"], marks

    def _write_file(self, folder: Path, photos: Sequence[str], vectors: Vectors, marks: Sequence[int]) -> None:
        content = io.BytesIO()
        names = np.array([list(bytes.fromhex(photo)) for photo in photos], np.uint8)
        np.savez(content, photos=names, vectors=vectors, marks=np.array(marks, np.uint32))
        raw = content.getvalue()
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{hashlib.sha256(raw).hexdigest()}.npz", raw)


def open_embeddings(  # noqa: PLR0917 - each decides the vectors
    dataset: Path, crop_key: str, backbone: Backbone, views: Sequence[int], augmentation: AugmentationSettings, seed: int
) -> EmbeddingStore:
    """Return the store of some views of a dataset's crops; `augmentation` and `seed` matter to random views only."""
    folders = {view: view_key(view, augmentation, seed) for view in views}
    return EmbeddingStore(dataset / "embeddings" / crop_key / backbone.key, backbone.dimension, folders)


def forget(dataset: Path, photos: Collection[str]) -> int:
    """Remove the vectors of photos from all stores of a dataset, and return how many there were.

    Args:
        dataset: The directory of the dataset's catalogue.
        photos: Their sha256.

    Raises:
        StorageError: the disk refuses.
    """
    gone = frozenset(photos)
    files = sorted((dataset / "embeddings").glob("*/*/*/*.npz"))
    return sum(_without(file, gone) for file in files) if gone else 0


def _without(file: Path, gone: frozenset[str]) -> int:
    """Put a file without some photos in the place of `file`; who reads it meanwhile finds the one or the other."""
    store = EmbeddingStore(file.parent.parent, 0, {0: file.parent.name})
    photos, vectors, marks = store._read_file(file)
    stay = [row for row, photo in enumerate(photos) if photo not in gone]
    if len(stay) == len(photos):
        return 0
    if stay:
        store._write_file(file.parent, [photos[row] for row in stay], vectors[stay], [marks[row] for row in stay])
    with disk_errors(file):
        file.unlink(missing_ok=True)
    return len(photos) - len(stay)


def embed_faces(  # noqa: PLR0917 - each decides the vectors
    directory: Path,
    crop_key: str,
    backbone: Backbone,
    pixels: Faces,
    rows: Mapping[str, int],
    wanted: Sequence[str],
    views: Sequence[int],
    augmentation: AugmentationSettings,
    seed: int,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Vectors | None:
    """Return the vectors of some views of some faces; what is not stored yet is worked out and stored.

    Args:
        directory: The directory of the dataset's catalogue.
        crop_key: What decided the crops; see `core.faces.crop_key`.
        backbone: Who embeds.
        pixels: uint8 (N, S, S, 3), RGB, 0..255, all crops, such as a memory map.
        rows: The row of each photo (sha256) in `pixels`.
        wanted: Photos, in any order, repeated or not.
        views: 0 the face, 1 its mirror image, from 2 on random changes.
        augmentation, seed: Decide the random changes.
        report: Told about each batch.
        should_stop: Asked before each batch; what is finished is kept.

    Returns:
        float32 (len(wanted), len(views), D), rows of length 1; None where it was stopped.

    Raises:
        StorageError: the disk refuses; what was stored before is untouched.
    """
    store = open_embeddings(directory, crop_key, backbone, views, augmentation, seed)
    work = _Work(backbone, pixels, rows, ViewMaker(augmentation, seed), report, should_stop)
    return _collected(store, work, wanted, views)


@dataclass(frozen=True)
class _Work:
    """Turns photos and views into vectors, batch by batch."""

    backbone: Backbone
    pixels: Faces
    rows: Mapping[str, int]
    maker: ViewMaker
    report: Report
    should_stop: ShouldStop

    def embedded(self, missing: Sequence[Wanted]) -> Iterator[dict[Wanted, Vectors]]:
        """Yield the vectors of each batch; ends early where it is asked to stop."""
        for start in range(0, len(missing), BATCH):
            if self.should_stop():
                return
            batch = missing[start : start + BATCH]
            faces = np.stack([self.maker.make(self.pixels[self.rows[photo]], photo, view) for photo, view in batch])
            yield dict(zip(batch, self.backbone.embed(faces), strict=True))
            self.report(Progress("Embedding faces", start + len(batch), len(missing), "views"))


def _collected(store: EmbeddingStore, work: _Work, wanted: Sequence[str], views: Sequence[int]) -> Vectors | None:
    """Return float32 (len(wanted), len(views), D), from the store or worked out now; None where it was stopped."""
    marks = {photo: _mark(work.pixels[work.rows[photo]]) for photo in dict.fromkeys(wanted) if photo in work.rows}
    vectors = store.read(marks)
    needed = dict.fromkeys((photo, view) for photo in wanted for view in views)
    missing = [each for each in needed if each not in vectors]
    for fresh in _saved(work.embedded(missing), store, marks):
        vectors.update(fresh)
    if not needed.keys() <= vectors.keys():
        return None
    found = [[vectors[photo, view] for view in views] for photo in wanted]
    return np.array(found, np.float32).reshape(len(wanted), len(views), store.dimension)


def _mark(crop: Faces) -> int:
    """Return a number that tells two crops of one photo apart: of two of its lines, never 0.

    A photo's face may be chosen anew by hand while another process still embeds the crop from before.
    """
    lines = (np.ascontiguousarray(crop[len(crop) * share // 3]) for share in (1, 2))
    return zlib.crc32(b"".join(line.tobytes() for line in lines)) or 1


def _saved(
    batches: Iterator[dict[Wanted, Vectors]], store: EmbeddingStore, marks: Mapping[str, int]
) -> Iterator[dict[Wanted, Vectors]]:
    """Yield the batches on, and store them now and then and at the end, whatever the end is."""
    waiting: dict[Wanted, Vectors] = {}
    try:
        for batch in batches:
            waiting.update(batch)
            yield batch
            if len(waiting) >= SAVE_EVERY:
                store.save(waiting, marks)
                waiting.clear()
    finally:
        store.save(waiting, marks)
