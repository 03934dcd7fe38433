"""The store of face crops: raw pixels in files that never change, read through memory maps.

    <dataset>/crops/<key>/index.json       which photo each row shows, and which photos show no single face
    <dataset>/crops/<key>/<hash>.rgb       the rows' pixels, one after the other, named by their content

Raw pixels were measured against lz4: batches in random order are read faster, for more space on the disk
(benchmarks/bench_crops.py). New files appear whole, the index is replaced whole, and only then do files go that it no
longer names; so a reader or a stopped writer always finds a store that agrees with itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from core.datasets.crop_index import CropIndex, Shard
from core.errors import disk_errors
from core.storage import read_json, write_json

__all__ = ["CropIndex", "CropStore", "Shard", "delete_crops", "forget", "open_crops"]

Faces = npt.NDArray[np.uint8]

_INDEX = "index.json"
_VERSION = 1
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class CropStore:
    """The crops of one dataset under one key.

    Attributes:
        directory: Where they lie.
        size: Side of each crop in pixels.
    """

    directory: Path
    size: int

    def read_index(self) -> CropIndex:
        """Return what the store holds; crops whose file is gone or cut off count as not there."""
        try:
            values = read_json(self.directory / _INDEX)
        except ValueError:  # the disk has lost it: the crops are cut again
            return CropIndex()
        if not isinstance(values, dict) or values.get("version") != _VERSION or values.get("size") != self.size:
            return CropIndex()
        shards = (Shard(each["file"], tuple(each["photos"])) for each in values["shards"])
        whole = tuple(each for each in shards if self._is_whole(each))
        problems = {photo: (what, remedy) for photo, (what, remedy) in values["problems"].items()}
        return CropIndex(whole, values["others"], problems, values.get("choices", {}))

    def add(self, index: CropIndex, photos: Sequence[str], faces: Sequence[Faces]) -> CropIndex:
        """Return `index` with one more file, that holds uint8 (S, S, 3) RGB crops of `photos`; it is not stored yet.

        Raises:
            StorageError: the disk refuses; what was stored before is untouched.
        """
        if not photos:
            return index
        return replace(index, shards=(*index.shards, self._write(photos, iter([np.stack(faces)]))))

    def save_index(self, index: CropIndex) -> None:
        """Make `index` the truth, and remove the files that it does not name.

        Raises:
            StorageError: the disk refuses; the old index still holds.
        """
        with disk_errors(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
        shards = [{"file": each.file, "photos": list(each.photos)} for each in index.shards]
        problems = {photo: list(problem) for photo, problem in index.problems.items()}
        others = dict(index.others)
        write_json(
            self.directory / _INDEX,
            {
                "version": _VERSION,
                "size": self.size,
                "shards": shards,
                "others": others,
                "problems": problems,
                "choices": dict(index.choices),
            },
        )
        named = {_INDEX, *(each.file for each in index.shards)}
        for file in self.directory.iterdir():
            if file.name not in named:
                file.unlink(missing_ok=True)  # who has it mapped keeps reading it

    def compact(self, index: CropIndex, wanted: Callable[[str], bool]) -> CropIndex:
        """Store the crops of the wanted photos in a single file, if they are not so already, and return the new index.

        Raises:
            StorageError: the disk refuses; the old files still hold.
        """
        keep = [(shard, [row for row, photo in enumerate(shard.photos) if photo and wanted(photo)]) for shard in index.shards]
        photos = [shard.photos[row] for shard, rows in keep for row in rows]
        others = {photo: why for photo, why in index.others.items() if wanted(photo)}
        problems = {photo: problem for photo, problem in index.problems.items() if wanted(photo)}
        choices = {photo: choice for photo, choice in index.choices.items() if wanted(photo)}
        tidy = CropIndex(index.shards, others, problems, choices)
        if len(index.shards) > 1 or len(photos) < sum(len(each.photos) for each in index.shards):
            parts = (self._map(shard)[some] for shard, rows in keep for some in _portions(rows))
            tidy = replace(tidy, shards=(self._write(photos, parts),) if photos else ())
        if tidy != index:
            self.save_index(tidy)
        return tidy

    def pixels(self, index: CropIndex) -> Faces:
        """Return uint8 (N, S, S, 3), RGB, 0..255, all crops, read-only; a memory map once the store is compact.

        Raises:
            FileNotFoundError: another process has replaced the files since `index` was read.
        """
        maps = [self._map(each) for each in index.shards]
        if not maps:
            return np.empty((0, self.size, self.size, 3), np.uint8)
        return maps[0] if len(maps) == 1 else np.concatenate(maps)

    def read_face(self, index: CropIndex, photo: str) -> Faces | None:
        """Return the crop of one photo, uint8 (S, S, 3) RGB, 0..255; None where it is not there."""
        for shard in index.shards:
            if photo in shard.photos:
                try:
                    return np.array(self._map(shard)[shard.photos.index(photo)])
                except FileNotFoundError:  # another process has replaced the files
                    return None
        return None

    def _map(self, shard: Shard) -> Faces:
        shape = (len(shard.photos), self.size, self.size, 3)
        return np.memmap(self.directory / shard.file, np.uint8, "r", shape=shape)

    def _is_whole(self, shard: Shard) -> bool:
        try:
            return (self.directory / shard.file).stat().st_size == len(shard.photos) * self.size**2 * 3
        except FileNotFoundError:
            return False

    def _write(self, photos: Sequence[str], parts: Iterator[Faces]) -> Shard:
        content = hashlib.sha256()
        with _new_file(self.directory) as (file, name_it):
            for part in parts:
                raw = np.ascontiguousarray(part)
                content.update(raw.data)
                file.write(raw.data)
            name = f"{content.hexdigest()[:32]}.rgb"
            name_it(name)
        return Shard(name, tuple(photos))


def open_crops(dataset: Path, key: str, size: int) -> CropStore:
    """Return the store of a dataset's crops.

    Args:
        dataset: The directory of the dataset's catalogue.
        key: What decides the crops; see `core.faces.crop_key`.
        size: Side of each crop in pixels.
    """
    return CropStore(dataset / "crops" / key, size)


def delete_crops(dataset: Path, keep: Sequence[str] = ()) -> None:
    """Remove all crops of a dataset but those of the keys to `keep`; detections stay, so they can be cut again quickly."""
    for directory in (dataset / "crops").glob("*"):
        if directory.name not in keep:
            shutil.rmtree(directory, ignore_errors=True)


def forget(dataset: Path, photos: Collection[str]) -> int:
    """Remove the crops of photos from all stores of a dataset, and return how many there were.

    Nobody may be preparing the dataset meanwhile: a process that is would write back what it still holds.

    Args:
        dataset: The directory of the dataset's catalogue.
        photos: Their sha256.

    Raises:
        StorageError: the disk refuses.
    """
    gone = frozenset(photos)
    removed = 0
    for directory in sorted((dataset / "crops").glob("*")):
        store = _store_in(directory)
        if store is not None:
            index = store.read_index()
            removed += len(gone & index.rows().keys())
            store.compact(index, lambda photo: photo not in gone)
    return removed


def _store_in(directory: Path) -> CropStore | None:
    """Return the store in a directory; None, and an empty directory, where its index is lost and nobody could read it."""
    try:
        values = read_json(directory / _INDEX)
        return CropStore(directory, int(values["size"]))
    except (ValueError, KeyError, TypeError):
        shutil.rmtree(directory, ignore_errors=True)
        return None


def _portions(rows: list[int]) -> Iterator[list[int]]:
    return (rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE))


@contextmanager
def _new_file(directory: Path) -> Iterator[tuple[IO[bytes], Callable[[str], None]]]:
    """Yield an open temporary file and a function that gives it its name at the end; without a name nothing remains."""
    with disk_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".crops.")
        chosen: list[str] = []
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, chosen.append
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(directory / chosen[0])
        finally:
            Path(temporary).unlink(missing_ok=True)  # gone already where it got its name
