"""The catalogue of a dataset: what is known of its photos, and every question that pages and training ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from core.datasets import duplicates, edits, qualities, schema, skipping, stored_faces
from core.datasets.builtin import BUILTIN, orl_root
from core.datasets.fingerprints import Fingerprints
from core.datasets.measures import BINS
from core.datasets.names import are_strangers
from core.datasets.photo import Conflict, DatasetSummary, Photo, SkippedFile
from core.detection import Detection
from core.errors import DatasetError
from core.quality import Quality
from core.settings import SplitSettings

_PHOTOS = """SELECT u.sha256, u.path, u.person, u.part, p.width, p.height, p.phash, p.bytes, p.red, p.green, p.blue
             FROM {used} u JOIN photos p ON p.sha256 = u.sha256
             ORDER BY +u.person, +u.path"""  # the plus keeps SQLite from jumping through `photos` in the order of names


@dataclass(frozen=True)
class Catalogue:
    """A dataset on the disk; each question opens a short connection of its own, so any thread or process may ask.

    Every method raises DatasetError where the catalogue is gone, damaged, busy or of a newer version, and StorageError
    where the disk refuses.

    Attributes:
        directory: Where the catalogue and everything derived from the photos lie.
        id: Name of that directory.
        name: What the dataset is called on pages.
        source: "orl" or the absolute path of the folder.
    """

    directory: Path
    id: str
    name: str
    source: str

    @property
    def root(self) -> Path:
        """The folder of the photos."""
        return orl_root() if self.source == BUILTIN else Path(self.source)

    @property
    def available(self) -> bool:
        """Whether the folder of the photos is there."""
        try:
            return self.root.is_dir()
        except (DatasetError, PermissionError):
            return False

    def photos(self) -> list[Photo]:
        """Return the photos that can be used, one for each content, sorted by person and path."""
        with self.reading() as connection:
            return [_photo(row) for row in connection.execute(_PHOTOS.format(used="used"))]

    def page_of_photos(self, person: str | None, offset: int, limit: int) -> list[Photo]:
        """Return some of `photos()`, of one person or of all (None)."""
        where = "WHERE person = :person" if person is not None else ""
        page = f"(SELECT * FROM used {where} ORDER BY person, path LIMIT :limit OFFSET :offset)"
        with self.reading() as connection:
            rows = connection.execute(_PHOTOS.format(used=page), {"person": person, "limit": limit, "offset": offset})
            return [_photo(row) for row in rows]

    def photos_of(self, contents: Sequence[str]) -> list[Photo]:
        """Return those of `photos()` with one of these sha256."""
        wanted = "(SELECT * FROM used WHERE sha256 IN (SELECT value FROM json_each(?)))"
        with self.reading() as connection:
            return [_photo(row) for row in connection.execute(_PHOTOS.format(used=wanted), (json.dumps(list(contents)),))]

    def excluded(self) -> list[Photo]:
        """Return the photos that are left out, sorted by person and path."""
        with self.reading() as connection:
            return [_photo(row) for row in connection.execute(_PHOTOS.format(used="excluded"))]

    def face_choices(self) -> dict[str, str]:
        """Return which face was chosen by hand, as the text of a `FaceChoice`, by sha256."""
        with self.reading() as connection:
            return edits.face_choices(connection)

    def people(self) -> list[tuple[str, int]]:
        """Return each person with the number of their photos, sorted by name; strangers are among them."""
        with self.reading() as connection:
            return connection.execute("SELECT person, count(*) FROM used GROUP BY person ORDER BY person").fetchall()

    def sizes(self) -> list[tuple[int, int, int]]:
        """Return (width, height, number of photos) for each size that occurs, in pixels."""
        query = """SELECT width, height, count(*) FROM used JOIN photos USING (sha256)
                   GROUP BY width, height ORDER BY width, height"""
        with self.reading() as connection:
            return connection.execute(query).fetchall()

    def channel_histograms(self) -> npt.NDArray[np.int64]:
        """Return how often each brightness occurs in all photos, each photo reduced to 64 x 64 pixels.

        Returns:
            int64 (3, 32), R, G, B; each of the 32 steps covers 8 gray levels.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT counts FROM used JOIN histograms USING (sha256)").fetchall()
        stored = np.frombuffer(b"".join(row[0] for row in rows), "<u2")
        return np.asarray(stored.reshape(-1, 3, BINS).sum(axis=0, dtype=np.int64))

    def skipped(self) -> list[SkippedFile]:
        """Return every file and folder that is not used, with reason and remedy, sorted by path."""
        with self.reading() as connection:
            return skipping.skipped_files(connection)

    def notes(self) -> list[str]:
        """Return sentences that a person should read before training: folders taken as one person, only one person."""
        with self.reading() as connection:
            return skipping.notes(connection)

    def conflicts(self, distance: int = SplitSettings().duplicate_distance) -> list[Conflict]:
        """Return the photos that are under two people, in the same bytes or nearly the same picture.

        Args:
            distance: Largest difference in percent that counts as nearly the same.
        """
        with self.reading() as connection:
            return duplicates.conflicts(connection, distance)

    def groups(self, distance: int) -> dict[str, int]:
        """Return the near-duplicate group of each photo by its sha256; a photo without any is a group of its own.

        Groups lie inside one person, and any two photos of a group differ by at most `distance`: no chains.

        Args:
            distance: Largest difference in percent.
        """
        with self.reading() as connection:
            return duplicates.groups(connection, distance)

    def fingerprints(self) -> Fingerprints:
        """Return the fingerprints of all photos, to find the same pictures elsewhere."""
        with self.reading() as connection:
            return duplicates.fingerprints_of_used(connection)

    def detections(self, key: str) -> dict[str, list[Detection]]:
        """Return the faces that a detector found, by sha256; photos it has not seen are absent.

        Args:
            key: `core.detection.detector_key` of the detector's settings.
        """
        query = "SELECT sha256, faces FROM used JOIN detections USING (sha256) WHERE key = ?"
        with self.reading() as connection:
            return stored_faces.unpack(connection.execute(query, (key,)).fetchall())

    def save_detections(self, key: str, found: Mapping[str, Sequence[Detection]]) -> None:
        """Keep the faces that a detector found, by sha256; an empty list says that there are none."""
        rows = [(key, sha256, stored_faces.pack(faces)) for sha256, faces in found.items()]
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO detections VALUES (?, ?, ?)", rows)

    def save_qualities(self, key: str, found: Mapping[str, Quality]) -> None:
        """Keep the figures of photos, by sha256, see `core.datasets.qualities.save`."""
        with self.writing() as connection:
            qualities.save(connection, key, found)

    def missing_detections(self, key: str) -> list[Photo]:
        """Return the photos that this detector has not seen, sorted by person and path."""
        missing = "(SELECT * FROM used WHERE sha256 NOT IN (SELECT sha256 FROM detections WHERE key = ?))"
        with self.reading() as connection:
            return [_photo(row) for row in connection.execute(_PHOTOS.format(used=missing), (key,))]

    def summary(self) -> DatasetSummary:
        """Return the figures of the dataset."""
        with self.reading() as connection:
            counts = dict(connection.execute("SELECT person, count(*) FROM used GROUP BY person"))
            state = dict(connection.execute("SELECT name, value FROM state"))
        strangers = [count for person, count in counts.items() if are_strangers(person)]
        return DatasetSummary(
            id=self.id,
            name=self.name,
            source=self.source,
            photos=sum(counts.values()),
            people=len(counts) - len(strangers),
            strangers=sum(strangers),
            skipped=int(state.get("skipped", 0)),
            conflicts=int(state.get("conflicts", 0)),
            available=self.available,
            scanned_at=state.get("scanned_at"),
            directory=self.directory,
        )

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that sees one state of the catalogue throughout."""
        return schema.reading(self.directory / schema.FILE_NAME)

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a connection whose changes are kept together or dropped together."""
        return schema.writing(self.directory / schema.FILE_NAME)


def _photo(row: tuple[Any, ...]) -> Photo:
    sha256, path, person, part, width, height, phash, size, red, green, blue = row
    return Photo(sha256, path, person, part, width, height, int(phash, 16), size, (red, green, blue))
