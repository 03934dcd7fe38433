"""Small pictures of photos and faces for the walls, made once and kept on disk beside the catalogue.

<dataset>/thumbnails/<first 2 digits>/<sha256>           the whole photo
<dataset>/thumbnails/<first 2 digits>/<sha256>-<box>     one face of it
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from joblib import Parallel, cpu_count, delayed

from core.datasets.catalogue import Catalogue
from core.datasets.face_choice import Box
from core.datasets.photo import Photo
from core.errors import PhotoError, disk_errors
from core.images import DecodedPhoto, encode_thumbnail, read_photo
from core.images.resampling import Pixels
from core.storage import write_whole

THUMBNAIL_SIDE = 240  # px, the longer side
FACE_SIDE = 160  # px
AROUND = 1.5  # side of the square that is shown, in longer sides of the face's box

Thumbnails = tuple[tuple[Box | None, bytes], ...]  # encoded; of the whole photo (no box) and of its face


def thumbnail(catalogue: Catalogue, photo: Photo, box: Box | None = None) -> bytes:
    """Return a small picture of `photo`, or of one face of it, as an encoded image.

    Args:
        box: The face (left, top, width, height) in px of the upright photo; None for the whole photo, which is at most
            THUMBNAIL_SIDE px on its longer side.

    Raises:
        PhotoError: the photo is gone or can no longer be read.
        StorageError: the disk refuses to keep the thumbnail.
    """
    kept = kept_thumbnail(catalogue, photo, box)
    if kept is not None:
        return kept
    _, decoded = read_photo(catalogue.root / photo.path, photo.path)
    return keep_thumbnail(catalogue, photo.sha256, decoded, box)


def kept_thumbnail(catalogue: Catalogue, photo: Photo, box: Box | None = None) -> bytes | None:
    """Return a thumbnail that was made before, else None."""
    try:
        return _path(catalogue.directory, photo.sha256, box).read_bytes() or None  # empty: the machine went down meanwhile
    except FileNotFoundError:
        return None


def keep_thumbnail(catalogue: Catalogue, sha256: str, decoded: DecodedPhoto, box: Box | None = None) -> bytes:
    """Make and keep the thumbnail of a photo that is decoded already, and return it.

    Raises:
        StorageError: the disk refuses.
    """
    encoded = _encoded(decoded, box)
    _keep(_path(catalogue.directory, sha256, box), encoded)
    return encoded


def make_thumbnails(decoded: DecodedPhoto, boxes: Sequence[Box | None]) -> Thumbnails:
    """Return thumbnails of a photo (None) and of its faces, while the photo is decoded anyway; nothing is kept."""
    return tuple((box, _encoded(decoded, box)) for box in boxes)


def lacks_thumbnail(catalogue: Catalogue, sha256: str, box: Box | None) -> bool:
    """Tell whether the thumbnail of a photo, or of one face of it, was not made yet."""
    return not _path(catalogue.directory, sha256, box).exists()


def keep_made(catalogue: Catalogue, sha256: str, made: Thumbnails) -> None:
    """Keep thumbnails that were made before; those that are there stay.

    Raises:
        StorageError: the disk refuses.
    """
    for box, encoded in made:
        if lacks_thumbnail(catalogue, sha256, box):
            _keep(_path(catalogue.directory, sha256, box), encoded)


def _encoded(decoded: DecodedPhoto, box: Box | None) -> bytes:
    return encode_thumbnail(decoded.pixels, THUMBNAIL_SIDE) if box is None else encode_thumbnail(cut(decoded, box), FACE_SIDE)


def _keep(path: Path, encoded: bytes) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, encoded, durable=False)  # made again where it is lost


def thumbnails(catalogue: Catalogue, wanted: Sequence[tuple[Photo, Box | None]]) -> list[bytes | None]:
    """Return the thumbnails of a page; those not made before are made in parallel, None where a photo cannot be read.

    Raises:
        StorageError: the disk refuses to keep a thumbnail.
    """
    found = [kept_thumbnail(catalogue, photo, box) for photo, box in wanted]
    missing = [place for place, encoded in enumerate(found) if encoded is None]
    if missing:
        workers = Parallel(n_jobs=cpu_count(), prefer="threads")
        made = workers(delayed(_made)(catalogue, *wanted[place]) for place in missing)
        for place, encoded in zip(missing, made, strict=True):
            found[place] = encoded
    return found


def _made(catalogue: Catalogue, photo: Photo, box: Box | None) -> bytes | None:
    try:
        return thumbnail(catalogue, photo, box)
    except PhotoError:
        return None


def cut(decoded: DecodedPhoto, box: Box) -> Pixels:
    """Return the square around a face, moved into the photo where it would reach over its edge.

    Returns:
        uint8 (S, S, 3) or, where the photo is smaller than the square, a little less on one side; RGB, 0..255.
    """
    height, width = decoded.pixels.shape[:2]
    left, top, box_width, box_height = (value / decoded.scale for value in box)
    side = max(box_width, box_height) * AROUND
    across, down = max(1, round(min(side, width))), max(1, round(min(side, height)))
    x = round(min(max(left + box_width / 2 - across / 2, 0), width - across))
    y = round(min(max(top + box_height / 2 - down / 2, 0), height - down))
    return decoded.pixels[y : y + down, x : x + across]


def large_picture(catalogue: Catalogue, photo: Photo, side: int) -> bytes:
    """Return a photo to look at closely, at most `side` px on its longer side, as an encoded image; nothing is kept.

    Raises:
        PhotoError: the photo is gone or can no longer be read.
    """
    _, decoded = read_photo(catalogue.root / photo.path, photo.path)
    return encode_thumbnail(decoded.pixels, side)


def _path(directory: Path, sha256: str, box: Box | None) -> Path:
    name = sha256 if box is None else f"{sha256}-{'_'.join(str(round(value)) for value in box)}"
    return directory / "thumbnails" / sha256[:2] / name
