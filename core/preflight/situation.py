"""What the checks look at, read once: the photos, how they would be split, and which faces are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from core.datasets import Catalogue, Photo, are_strangers
from core.datasets.crops import open_crops
from core.errors import SplitError
from core.faces import crop_key
from core.settings import Settings
from core.splits import Split, draw_split

# Only what a split asks about: the whole rows of 17,500 photos take five times as long.
_PHOTOS = "SELECT sha256, path, person, part FROM used ORDER BY +person, +path"
_PAIRS = """SELECT n.first, n.second FROM near_pairs n
            JOIN used a ON a.sha256 = n.first JOIN used b ON b.sha256 = n.second
            WHERE a.person = b.person AND n.difference <= ?"""


@dataclass(frozen=True, eq=False)
class Situation:
    """What a training would find.

    Attributes:
        photos: The usable photos; of each only content, path, person and part are known.
        split: As training would draw it; None where that fails, with `split_error`.
        pairs: Near-duplicates of one person, as pairs of sha256.
        conflicts: How many photos, or nearly the same pictures, are under two people.
        status: What is known of the photos that were searched for faces: "face", "no_face", "several_faces", "unreadable".
        complete: Whether all photos have been read and compared.
    """

    catalogue: Catalogue
    settings: Settings
    photos: tuple[Photo, ...]
    split: Split | None
    split_error: SplitError | None
    pairs: tuple[tuple[str, str], ...]
    conflicts: int
    status: Mapping[str, str]
    complete: bool

    @cached_property
    def people(self) -> Counter[str]:
        """How many photos there are of each person, strangers apart."""
        found = Counter(str(photo.person) for photo in self.photos)
        return Counter({person: count for person, count in found.items() if not are_strangers(person)})

    @property
    def uses_embedding(self) -> bool:
        """Whether a pretrained embedding is used."""
        return self.settings.model.architecture == "embedding"

    @cached_property
    def missing(self) -> int:
        """How many photos have not been searched for a face as the settings say."""
        return sum(photo.sha256 not in self.status for photo in self.photos)

    def part_of(self) -> dict[str, str]:
        """Return the part of the split that each photo is in."""
        if self.split is None:
            return {}
        parts = {"train": self.split.train, "validation": self.split.validation, "test": self.split.test}
        return {self.photos[row].sha256: part for part, rows in parts.items() for row in rows.tolist()}


def look_at(catalogue: Catalogue, settings: Settings) -> Situation:
    """Read what the checks need.

    Raises:
        DatasetError: the catalogue is gone or damaged.
        StorageError: the disk refuses.
    """
    distance = settings.split.duplicate_distance
    with catalogue.reading() as connection:
        rows = connection.execute(_PHOTOS).fetchall()
        pairs = tuple(connection.execute(_PAIRS, (distance,)).fetchall())
        complete = connection.execute("SELECT value FROM state WHERE name = 'complete'").fetchone() == ("1",)
    photos = tuple(_photo(*row) for row in rows)
    split, error = _split(catalogue, photos, settings)
    conflicts = len(catalogue.conflicts(distance))
    return Situation(catalogue, settings, photos, split, error, pairs, conflicts, _status(catalogue, settings), complete)


def _photo(sha256: str, path: str, person: str, part: str | None) -> Photo:
    return Photo(sha256, path, person, part, 0, 0, 0, 0, (0.0, 0.0, 0.0))


def _split(catalogue: Catalogue, photos: tuple[Photo, ...], settings: Settings) -> tuple[Split | None, SplitError | None]:
    try:
        groups = catalogue.groups(settings.split.duplicate_distance)
        return draw_split(photos, groups, settings.split, settings.seed), None
    except SplitError as error:
        return None, error


def _status(catalogue: Catalogue, settings: Settings) -> dict[str, str]:
    store = open_crops(catalogue.directory, crop_key(settings.face), settings.face.size)
    index = store.read_index().following(catalogue.face_choices())
    return {**dict.fromkeys(index.rows(), "face"), **index.others}
