"""What a batch is taken out as: files with their names, made one after the other, for a zip file or a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from core.batch.batch import Batch
from core.batch.kept import read_crops
from core.batch.pictures import annotated, photo_bytes
from core.batch.rows import BY_HAND, BatchPhoto, BatchRow
from core.datasets.file_names import free_name, safe_name
from core.errors import PhotoError
from core.redaction import redacted_photo

ALL = "all"
UNKNOWN, UNSURE, NO_FACE = "unknown", "unsure", "no face"  # folders beside those of the people


@dataclass(frozen=True)
class Piece:
    """One file.

    Attributes:
        photo, source: Number and name of the photo that it was made from.
        path: With slashes; no two of one kind are alike, whatever the case of their letters.
        content: Its bytes; None where it could not be made.
        why: Why not.
    """

    photo: int
    source: str
    path: str
    content: bytes | None
    why: str = ""


def annotated_files(batch: Batch) -> Iterator[Piece]:
    """Yield each photo with its faces marked, as JPEG."""
    places = Places()
    for photo in _readable(batch):
        yield from _made(photo, [places.of("", photo.file, ".jpg")], partial(annotated, batch, photo.number))


def sorted_files(batch: Batch) -> Iterator[Piece]:
    """Yield each photo as it is, in the folder of everybody who was named in it for sure or by hand.

    One in which nobody was is in "unsure" where somebody is unsure, else in "unknown", or in "no face".
    """
    places = Places()
    for photo in _readable(batch):
        folders = _folders_of(batch.rows_of(photo.number))
        suffix = PurePosixPath(photo.file).suffix
        paths = [places.of(folder, photo.file, suffix, is_person) for folder, is_person in folders]
        yield from _made(photo, paths, partial(photo_bytes, batch, photo.number))


def face_files(batch: Batch) -> Iterator[Piece]:
    """Yield each face as the network saw it, as JPEG, in the folder of the person, or in "unsure" or "unknown"."""
    places = Places()
    for photo in batch.photos:
        rows = batch.rows_of(photo.number)
        for row, crop in zip(rows, read_crops(batch.directory, rows), strict=True):
            ((folder, is_person),) = _folders_of([row])
            stem = f"{PurePosixPath(row.file).stem} {row.face}"
            yield Piece(row.photo, row.file, places.of(folder, f"{stem}.jpg", ".jpg", is_person), crop)


def redacted_files(batch: Batch, whom: Sequence[str], how: str) -> Iterator[Piece]:
    """Yield each photo at full size with the faces of some hidden.

    Args:
        batch: The batch.
        whom: Decisions ("known", "unsure", "unknown", "by hand"), names of people, or "all".
        how: See `core.redaction.redact`.
    """
    places = Places()
    for photo in _readable(batch):
        hidden = [row.detection for row in batch.rows_of(photo.number) if is_meant(row, whom)]
        try:
            content, suffix = redacted_photo(photo_bytes(batch, photo.number), photo.file, hidden, how)
            yield Piece(photo.number, photo.file, places.of("", photo.file, suffix), content)
        except PhotoError as error:
            yield Piece(photo.number, photo.file, "", None, str(error))


def is_meant(row: BatchRow, whom: Sequence[str]) -> bool:
    """Tell whether a face is one of those that are chosen by decision, by name, or all together."""
    named = row.person if row.decision in ("known", BY_HAND) else None
    return ALL in whom or row.decision in whom or named in whom


class Places:
    """Gives out names of files: people's folders keep their names, and nobody gets a folder that means something else."""

    def __init__(self) -> None:
        self._folders: dict[tuple[str, bool], str] = {}
        self._taken: set[str] = set()

    def of(self, folder: str, file: str, suffix: str, is_person: bool = False) -> str:
        """Return where a file goes.

        Args:
            folder: The person, or what else the photos in it have in common; empty for none.
            file: The photo's name, with or without a path.
            suffix: The ending.
            is_person: Whether `folder` is a person.
        """
        stem = safe_name(PurePosixPath(file.replace("\\", "/")).stem) or "photo"
        place = free_name(f"{self._folder(folder, is_person)}{stem}", suffix, self._taken)
        self._taken.add(place.casefold())
        return place

    def _folder(self, folder: str, is_person: bool) -> str:
        if not folder:
            return ""
        key = (folder, is_person)
        if key not in self._folders:
            taken = {each.casefold() for each in self._folders.values()} | ({UNKNOWN, UNSURE, NO_FACE} if is_person else set())
            self._folders[key] = free_name(safe_name(folder) or "Person", "", taken) if is_person else folder
        return f"{self._folders[key]}/"


def _folders_of(rows: Sequence[BatchRow]) -> list[tuple[str, bool]]:
    """Return the folders of a photo with these faces, each with whether it is a person's."""
    people = dict.fromkeys(row.person for row in rows if row.person and row.decision in ("known", BY_HAND))
    if people:
        return [(person, True) for person in people if person]
    if not rows:
        return [(NO_FACE, False)]
    return [(UNSURE if any(row.decision == "unsure" for row in rows) else UNKNOWN, False)]


def _readable(batch: Batch) -> Iterator[BatchPhoto]:
    return (photo for photo in batch.photos if photo.error is None)


def _made(photo: BatchPhoto, paths: Sequence[str], make: Callable[[], bytes]) -> list[Piece]:
    """Return the pieces that a photo makes, all with the same content."""
    try:
        content = make()
    except PhotoError as error:
        return [Piece(photo.number, photo.file, paths[0], None, str(error))]
    return [Piece(photo.number, photo.file, path, content) for path in paths]
