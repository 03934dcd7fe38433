"""What a correction changes in a catalogue: whose a face is, which file is kept of it, and which was kept before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection

from core.curation.names import STRANGERS, known_as
from core.curation.pieces import PhotoFace, Piece
from core.datasets import Catalogue, are_strangers, edits, keep_photo, person_key, said, tidy_name
from core.datasets.edits import Change
from core.datasets.enrolled import is_enrolled, kept_file
from core.datasets.forgotten import read_forgotten
from core.datasets.records import Owner, Reading, keep_readings
from core.datasets.used import people_shown, shown_people
from core.errors import DatasetError


@dataclass(frozen=True)
class Told:
    """A face about which something is said.

    Attributes:
        face: The face.
        photo: sha256 of its photo.
        piece: What is to be kept of the photo; None where nothing is.
    """

    face: PhotoFace
    photo: str
    piece: Piece | None = None


@dataclass
class Noting:
    """Works out the changes of one correction, and remembers what was done on the way.

    Attributes:
        catalogue: Of the dataset.
        told: The faces.
        person: Whose they are, in the spelling of the catalogue as soon as that is known; None where they are no faces.
        fresh: sha256 of the files that were written.
        kept: How many of the faces have a file in the dataset now because of corrections.
        present: How many lie in photos that the dataset has under this name already.
    """

    catalogue: Catalogue
    told: Sequence[Told]
    person: str | None
    fresh: list[str] = field(default_factory=list)
    kept: int = 0
    present: int = 0

    def plan(self, connection: Connection) -> list[Change]:
        """Return the changes; the files to keep are written and known to the catalogue then.

        Raises:
            DatasetError: a photo shows somebody who was forgotten, or nothing would change.
            StorageError: the disk refuses.
        """
        if self.person is not None:
            self.person = _spelled(connection, self.person)
        changes: dict[tuple[str, str], Change] = {}
        for each in self.told:
            changes |= {(change.what, change.key): change for change in self._changes(connection, each)}
        if not changes:
            raise DatasetError("Nothing changes: this was said before.", "Say something else, or take it back.")
        return list(changes.values())

    def _changes(self, connection: Connection, told: Told) -> list[Change]:
        _refuse_forgotten(connection, told)
        photo, box = told.photo, told.face.detection.box
        before = said.said_of(said.said_in(connection, photo), box)
        kept, changes = self._keep(connection, told)
        after = [self.person, kept]
        earlier = before.kept if before else None
        if earlier and earlier != kept and not edits.current(connection, "excluded", [earlier])[earlier]:
            changes.append(Change("excluded", earlier, 0, 1))
        if before is None:
            changes.append(Change("said", said.face_named(photo, box), None, after))
        elif before.value != after:
            changes.append(Change("said", before.face, before.value, after))
        return changes

    def _keep(self, connection: Connection, told: Told) -> tuple[str | None, list[Change]]:
        """Return the sha256 of the file that is kept of a face, None for none, and what that changes."""
        piece = told.piece
        if self.person is None or piece is None:
            return None, []
        own = path_of(connection, told.photo)
        if own is not None and not is_enrolled(own) and self._shows(connection, told.photo):
            self.present += 1
            return None, []
        path = path_of(connection, piece.sha256)
        if path is None:
            return piece.sha256, self._kept_anew(connection, piece)
        changes = self._put_right(connection, piece.sha256)
        if told.face.drawn or is_enrolled(path):
            changes += _chosen(connection, piece)
        self.kept += 1
        return (piece.sha256 if is_enrolled(path) else None), changes

    def _kept_anew(self, connection: Connection, piece: Piece) -> list[Change]:
        """Write a file and let the catalogue know it as a scan would; undoing leaves the photo out."""
        person = str(self.person)
        keep_photo(self.catalogue.directory, person, piece.data, piece.suffix)
        self.fresh.append(piece.sha256)
        file = kept_file(self.catalogue.directory, person, piece.sha256)
        assert file is not None
        keep_readings(connection, [Reading(file, piece.sha256, piece.measures)], {file.folder: Owner(person, None)})
        self.kept += 1
        return [Change("excluded", piece.sha256, 1, 0), *_chosen(connection, piece)]

    def _put_right(self, connection: Connection, sha256: str) -> list[Change]:
        """Return what shows a photo that the dataset has as the person's, and takes it in again where it was left out."""
        left_out = edits.current(connection, "excluded", [sha256])[sha256]
        changes = [Change("excluded", sha256, 1, 0)] if left_out else []
        if not self._shows(connection, sha256, also_left_out=True):
            now = edits.current(connection, "person", [sha256])[sha256]
            changes.append(Change("person", sha256, now, self.person))
        return changes

    def _shows(self, connection: Connection, sha256: str, also_left_out: bool = False) -> bool:
        """Whether the dataset has a photo under the person's name."""
        shown = shown_people(connection, [sha256]).get(sha256)
        used = also_left_out or not edits.current(connection, "excluded", [sha256])[sha256]
        return used and shown is not None and person_key(shown) == person_key(str(self.person))


def _spelled(connection: Connection, name: str) -> str:
    """Return the spelling of a person who is there already, else the one that a scan will give; strangers have one name."""
    if are_strangers(name):
        return next((each for each in people_shown(connection) if are_strangers(each)), STRANGERS)
    return known_as(connection, tidy_name(name))


def _refuse_forgotten(connection: Connection, told: Told) -> None:
    memory = read_forgotten(connection)
    contents = [told.photo, *([told.piece.sha256] if told.piece else [])]
    if memory and any(map(memory.photo, contents)):
        raise DatasetError(
            f"{told.face.file} shows somebody who was forgotten, so nothing of it is kept.", "Use another photo."
        )


def path_of(connection: Connection, sha256: str) -> str | None:
    """Return where the dataset has a content; None where it has not, or the file of a person who was added is gone."""
    rows = connection.execute("SELECT path FROM files WHERE sha256 = ? AND reason IS NULL ORDER BY path", (sha256,))
    paths = [row[0] for row in rows if not is_enrolled(row[0]) or Path(row[0]).exists()]
    return next((each for each in paths if not is_enrolled(each)), next(iter(paths), None))


def _chosen(connection: Connection, piece: Piece) -> list[Change]:
    """Return what states which face of a file is meant."""
    now, wanted = edits.current(connection, "face", [piece.sha256])[piece.sha256], piece.choice.to_text()
    return [] if now == wanted else [Change("face", piece.sha256, now, wanted)]
