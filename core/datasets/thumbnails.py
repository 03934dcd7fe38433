"""Small pictures of photos for the walls, made once and kept on disk beside the catalogue."""

from __future__ import annotations

from core.datasets.catalogue import Catalogue
from core.datasets.photo import Photo
from core.errors import disk_errors
from core.images import encode_thumbnail, read_photo
from core.storage import write_whole

THUMBNAIL_SIDE = 240  # px, the longer side


def thumbnail(catalogue: Catalogue, photo: Photo) -> bytes:
    """Return a small picture of `photo`, at most THUMBNAIL_SIDE px on its longer side, as an encoded image.

    Raises:
        PhotoError: the photo is gone or can no longer be read.
        StorageError: the disk refuses to keep the thumbnail.
    """
    path = catalogue.directory / "thumbnails" / photo.sha256[:2] / photo.sha256
    if path.exists():
        return path.read_bytes()
    _, decoded = read_photo(catalogue.root / photo.path, photo.path)
    encoded = encode_thumbnail(decoded.pixels, THUMBNAIL_SIDE)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, encoded)
    return encoded
