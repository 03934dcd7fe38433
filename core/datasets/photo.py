"""What a catalogue tells: photos, files that cannot be used, photos filed under two people, and the figures of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.storage import disk_use


@dataclass(frozen=True)
class Photo:
    """One content that can be used, however many files hold it.

    Attributes:
        sha256: Hash of the file's bytes, as hex text; the photo's identity.
        path: POSIX path of the file, relative to the dataset's root; absolute for a photo that was added in the app.
        person: The tidied name of the person; None where nobody is named.
        part: "train", "val" or "test" if the photo came from such a folder.
        width, height: Size of the upright photo in full, in pixels.
        phash: Perceptual hash, an unsigned 64-bit number.
        bytes: Size of the file.
        means: Mean red, green and blue, 0..255.
    """

    sha256: str
    path: str
    person: str | None
    part: str | None
    width: int
    height: int
    phash: int
    bytes: int
    means: tuple[float, float, float]


@dataclass(frozen=True)
class SkippedFile:
    """A file or folder that is not used.

    Attributes:
        path: POSIX path relative to the dataset's root; a folder ends in "/".
        reason: What is wrong, as the rest of a sentence that begins with the path: "is empty (0 bytes)".
        remedy: What to do; one sentence, may be empty.
    """

    path: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Conflict:
    """The same or nearly the same photo under two people: one of the names has to be wrong.

    Attributes:
        distance: How much the photos differ after being laid over each other, in percent; 0 for the same bytes.
    """

    person_a: str
    path_a: str
    person_b: str
    path_b: str
    distance: int


@dataclass(frozen=True)
class DatasetSummary:
    """The figures of a dataset.

    Attributes:
        source: "orl" or the absolute path of the folder.
        photos: Photos that can be used, each content once.
        people: People with at least one such photo; strangers are not counted.
        skipped: Files and folders that are not used.
        conflicts: Photos under two people.
        available: Whether the folder is still there.
        scanned_at: When the last whole scan ended, ISO 8601 in UTC; None before the first.
        directory: Where the catalogue and everything derived from the photos lie.
        problem: Why the catalogue cannot be read; empty where it can.
        strangers: How many of the photos show strangers: they test who stays unknown, and teach nobody.
    """

    id: str
    name: str
    source: str
    photos: int
    people: int
    skipped: int
    conflicts: int
    available: bool
    scanned_at: str | None
    directory: Path
    problem: str = ""
    strangers: int = 0

    @property
    def disk_bytes(self) -> int:
        """Bytes on the disk that the catalogue, crops and thumbnails take; counted when asked for."""
        return disk_use(self.directory)
