"""Taking a cleaned dataset out of Visage: a folder of photos or face crops per person in a zip file, or a table."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from PIL import Image

from core.datasets import Catalogue, Photo, are_strangers
from core.datasets.face_choice import FaceChoice
from core.datasets.file_names import free_name, safe_name
from core.errors import DatasetError, PhotoError
from core.images import read_photo
from core.preparation import PreparedFaces, prepare
from core.progress import Progress, Report, ShouldStop, never, silent
from core.settings import FaceSettings
from core.storage import new_zip

_REPORT_EVERY = 50  # photos
_COLUMNS = ("sha256", "path", "person", "part", "left out", "width", "height", "bytes", "face", "face box")
_FACES = {"none": "none", "found": "chosen", "drawn": "drawn"}


@dataclass(frozen=True)
class Exported:
    """What an export holds.

    Attributes:
        path: The zip file.
        photos: How many photos or crops are in it.
        people: Of how many people; strangers are not counted.
        missing: Path and reason of each photo that is not in it.
    """

    path: Path
    photos: int
    people: int
    missing: tuple[tuple[str, str], ...]


def export_photos(  # noqa: PLR0917 - as the other long works: what, then who listens
    catalogue: Catalogue,
    to: Path,
    what: Literal["photos", "crops"],
    face: FaceSettings,
    report: Report = silent,
    should_stop: ShouldStop = never,
) -> Exported | None:
    """Write the photos that can be used, or their face crops, into a zip file with one folder per person.

    Args:
        to: The file; what is there is replaced, and only when the new one is whole.
        what: "photos" are the files as they are, "crops" the faces as PNG.
        face: How faces are found and cut out.

    Returns:
        None where it was stopped; nothing of it is left then.

    Raises:
        DatasetError: there is no photo to export.
        ModelError: the detector's weights are missing or damaged.
        StorageError: the disk refuses; nothing of it is left.
    """
    prepared = prepare(catalogue, face, report, should_stop) if what == "crops" else None
    photos = catalogue.photos()
    if not photos:
        raise DatasetError("There is no photo that can be exported.", "Scan the folder, or take photos in again.")
    if prepared is not None and not prepared.complete:
        return None
    content = _crops_of(prepared) if prepared is not None else _files_of(catalogue)
    suffix = ".png" if prepared is not None else None
    with new_zip(to) as (archive, keep_it):
        missing = _write(archive, photos, _places(photos, suffix), content, report, should_stop)
        if missing is None:
            return None
        keep_it()
    left_out = {path for path, _ in missing}
    people = {photo.person for photo in photos if photo.path not in left_out and not are_strangers(photo.person)}
    return Exported(to, len(photos) - len(missing), len(people), tuple(missing))


def export_table(catalogue: Catalogue) -> str:
    """Return all photos as CSV text, those that are left out too, with whose they are and which face was chosen."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(_COLUMNS)
    choices = catalogue.face_choices()
    for left_out, photos in (("", catalogue.photos()), ("yes", catalogue.excluded())):
        for each in photos:
            choice = FaceChoice.from_text(choices[each.sha256]) if each.sha256 in choices else None
            box = " ".join(f"{value:g}" for value in choice.box) if choice and choice.box else ""
            told = (each.sha256, each.path, each.person or "", each.part or "", left_out, each.width, each.height, each.bytes)
            lines.writerow([*told, _FACES[choice.kind] if choice else "", box])
    return out.getvalue()


def _write(  # noqa: PLR0917
    archive: zipfile.ZipFile,
    photos: Sequence[Photo],
    places: Sequence[str],
    content: Callable[[Photo], bytes],
    report: Report,
    should_stop: ShouldStop,
) -> list[tuple[str, str]] | None:
    """Write what can be written; return what cannot, None where it was stopped."""
    missing: list[tuple[str, str]] = []
    for number, (photo, place) in enumerate(zip(photos, places, strict=True)):
        if number % _REPORT_EVERY == 0:
            report(Progress("Exporting photos", number, len(photos)))
            if should_stop():
                return None
        try:
            archive.writestr(place, content(photo))
        except PhotoError as error:
            missing.append((photo.path, error.what.removeprefix(photo.path).strip()))
    report(Progress("Exporting photos", len(photos), len(photos)))
    return missing


def _files_of(catalogue: Catalogue) -> Callable[[Photo], bytes]:
    def content(photo: Photo) -> bytes:
        data, _ = read_photo(catalogue.root / photo.path, photo.path)
        if hashlib.sha256(data).hexdigest() != photo.sha256:
            raise PhotoError(f"{photo.path} has changed since the folder was scanned.", "Scan the folder again.")
        return data

    return content


def _crops_of(prepared: PreparedFaces) -> Callable[[Photo], bytes]:
    reasons = {"no_face": "shows no face", "several_faces": "shows several faces, none of them the main one"}

    def content(photo: Photo) -> bytes:
        row = prepared.rows.get(photo.sha256)
        if row is None:
            why = reasons.get(prepared.status.get(photo.sha256, ""), "cannot be read any more")
            raise PhotoError(f"{photo.path} {why}.")
        buffer = io.BytesIO()
        Image.fromarray(prepared.pixels[row]).save(buffer, "PNG")
        return buffer.getvalue()

    return content


def _places(photos: Sequence[Photo], suffix: str | None) -> list[str]:
    """Return where each photo stands in the zip file: no two in one place, whatever the case of the letters."""
    folders: dict[str, str] = {}
    taken: set[str] = set()
    places = []
    for photo in photos:
        person = photo.person or ""
        if person not in folders:
            folders[person] = free_name(safe_name(person) or "Person", "", {each.casefold() for each in folders.values()})
        file = PurePosixPath(photo.path)
        inside = f"{folders[person]}/{safe_name(file.stem) or 'photo'}"
        place = free_name(inside, suffix or file.suffix, taken)
        taken.add(place.casefold())
        places.append(place)
    return places
