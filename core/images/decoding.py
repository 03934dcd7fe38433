"""The one decoder: the bytes of a file in, an upright RGB photo out, or a sentence that says what is wrong with it."""

from __future__ import annotations

import io
import stat
import struct
import threading
import zlib
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
import psutil
from PIL import Image, UnidentifiedImageError

from core.errors import PhotoError
from core.images.colours import rgb_pixels
from core.images.resampling import Pixels, resize

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".pgm", ".ppm", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)
MAX_FILE_BYTES = 512 * 2**20
MAX_JPEG_PIXELS = 300_000_000  # opened reduced, so that the largest phone photos (200 and 250 MP) take little memory
MAX_OTHER_PIXELS = 128_000_000  # other formats have to be unpacked whole: 512 MB as RGBA
WORK_SIDE = 2048  # a reduced photo keeps at least this many pixels along its longer side
BIG_PIXELS = 50_000_000  # photos above this are decoded one at a time: they need hundreds of MB for a moment

_JPEG = ("JPEG", "MPO")  # MPO is a JPEG of several frames, as phones write; it is opened as JPEG
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "PPM", "GIF", "TIFF", "HEIF", "AVIF")
_STRANGERS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip file",
    b"<": "a web page or drawing",
    b"8BPS": "a Photoshop document",
    b"\x1aE\xdf\xa3": "a video",
}
# What Pillow and its plugins are known to raise on damaged input.
_DAMAGED = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, ArithmeticError, AttributeError, RuntimeError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_COPY_AGAIN = "Copy or export it again from its source, or remove it."

Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS  # Pillow's own limit would refuse large phone photos; _check_size has ours
pillow_heif.register_heif_opener()
_one_big_photo = threading.Lock()


@dataclass(frozen=True)
class DecodedPhoto:
    """A photo as the rest of the program sees it.

    Attributes:
        pixels: uint8 (H, W, 3), RGB, 0..255, upright; smaller than the photo where that was opened reduced.
        width, height: Size of the upright photo in full, in pixels.
        format: "JPEG", "PNG", "HEIF", ...
    """

    pixels: Pixels
    width: int
    height: int
    format: str

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or 0 in self.pixels.shape:
            raise ValueError(f"pixels have to be uint8 (H, W, 3), not {self.pixels.dtype} {self.pixels.shape}")

    @property
    def scale(self) -> float:
        """Pixels of the full photo per pixel of `pixels`, along the width."""
        return self.width / int(self.pixels.shape[1])


def decode(data: bytes, name: str, whole: bool = False) -> DecodedPhoto:
    """Return the photo in `data`: the first frame, turned upright, on white where it is transparent.

    A photo of more than twice `WORK_SIDE` pixels along its longer side is reduced by 2, 4 or 8.

    Args:
        data: The bytes of a file.
        name: What the file is called in messages.
        whole: Never reduce it; a large photo then needs much memory.

    Raises:
        PhotoError: the file is empty, no photo, damaged, or too large; names the file and what to do.
    """
    with _open(data, name) as image:
        width, height = image.size
        _check_size(image, name, whole)
        with _one_big_photo if width * height > BIG_PIXELS else nullcontext():
            try:
                pixels, sideways = _load(image, whole)
            except _DAMAGED as error:
                raise _damaged(name, error) from error
        kind = "JPEG" if image.format in _JPEG else str(image.format)
    return DecodedPhoto(pixels, height if sideways else width, width if sideways else height, kind)


def read_photo(path: Path, name: str | None = None) -> tuple[bytes, DecodedPhoto]:
    """Return the bytes and the decoded photo of a file.

    Args:
        path: The file; links are followed.
        name: What the file is called in messages; the path if None.

    Raises:
        PhotoError: the file has vanished, may not be read, is no regular file, is too large, or see `decode`.
    """
    name = str(path) if name is None else name
    data = read_bytes(path, name)
    return data, decode(data, name)


def read_bytes(path: Path, name: str) -> bytes:
    """Return the bytes of a file that may be a photo.

    Raises:
        PhotoError: the file has vanished, may not be read, is no regular file, or is too large.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device could wait for ever
            raise PhotoError(f"{name} is not a regular file.", "Put the photo itself there, or remove it.")
        if status.st_size > MAX_FILE_BYTES:
            size, limit = status.st_size / 2**20, MAX_FILE_BYTES // 2**20
            raise PhotoError(f"{name} is {size:.0f} MB; a photo may have up to {limit} MB.", "Export it as JPEG, or remove it.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PhotoError(f"{name} has vanished.", "Put it back, or scan the folder again.") from error
    except PermissionError as error:
        raise PhotoError(f"{name} may not be read: permission is denied.", "Give this user permission to read it.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PhotoError(f"{name} cannot be read from the disk: {reason}.", "Check the disk or the network share.") from error


def _open(data: bytes, name: str) -> Image.Image:
    """Return the image with only its header read."""
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes).", _COPY_AGAIN)
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError as error:
        kind = next((words for start, words in _STRANGERS.items() if data[:64].lstrip().startswith(start)), None)
        what = f"is {kind}, not a photo" if kind else "is not a photo that can be read"
        raise PhotoError(f"{name} {what}.", "Save it as JPEG, PNG, WEBP, TIFF, HEIC or AVIF, or remove it.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name, f"more than {MAX_JPEG_PIXELS / 1e6:.0f}", MAX_JPEG_PIXELS) from error
    except _DAMAGED as error:
        raise _damaged(name, error) from error


def _check_size(image: Image.Image, name: str, whole: bool) -> None:
    """Refuse by the header alone what would take too much memory to unpack."""
    limit = MAX_JPEG_PIXELS if image.format in _JPEG else MAX_OTHER_PIXELS
    pixels = image.size[0] * image.size[1]
    if pixels > limit:
        raise _too_large(name, f"{pixels / 1e6:.0f}", limit)
    if pixels > BIG_PIXELS:
        _check_memory(image, pixels, name, whole)


def _check_memory(image: Image.Image, pixels: int, name: str, whole: bool) -> None:
    """Refuse a big photo that would take more memory than is free: the system would end the whole program."""
    if image.format not in _JPEG:
        needed = 8 * pixels  # as RGBA, and once more while it is blended and turned
    elif whole or image.info.get("progressive"):
        needed = 6 * pixels  # all coefficients are kept until the last scan has been read; or the photo is turned
    else:
        return  # read line by line into the reduced size
    free = psutil.virtual_memory().available
    if needed > free:
        raise PhotoError(
            f"{name} needs {needed / 1e9:.1f} GB of memory for a moment; {free / 1e9:.1f} GB are free.",
            "Close other programs, or export it smaller or as a baseline (not progressive) JPEG.",
        )


def _load(image: Image.Image, whole: bool) -> tuple[Pixels, bool]:
    """Return the upright pixels, reduced where the photo is large, and whether it was turned by a quarter."""
    reduction = 1 if whole else next((each for each in (8, 4, 2) if max(image.size) // each >= WORK_SIDE), 1)
    small = max(1, image.size[0] // reduction), max(1, image.size[1] // reduction)
    if reduction > 1:
        image.draft(None, small)  # only JPEG can open reduced; other formats unpack whole
    image.load()
    turn = 1 if image.format == "TIFF" else _orientation(image)  # Pillow opens TIFF upright by itself
    pixels = rgb_pixels(image.transpose(_TURNS[turn]) if turn in _TURNS else image)
    sideways = turn >= 5
    if reduction > 1 and image.format not in _JPEG:
        pixels = resize(pixels, *(small[::-1] if sideways else small))
    return pixels, sideways


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held, 1..8; 1 where the file does not say or its EXIF data is broken."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _damaged(name: str, error: BaseException) -> PhotoError:
    text = str(error)
    if isinstance(error, MemoryError):
        return PhotoError(f"{name} needs more memory than is free.", "Close other programs, or export the photo smaller.")
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return PhotoError(f"{name} is cut off: the file ends before the picture does.", _COPY_AGAIN)
    return PhotoError(f"{name} is damaged: {text or type(error).__name__}.", _COPY_AGAIN)


def _too_large(name: str, megapixels: str, limit: int) -> PhotoError:
    return PhotoError(
        f"{name} claims {megapixels} megapixels; up to {limit / 1e6:.0f} are opened.",
        f"Export it with fewer pixels, or as JPEG (up to {MAX_JPEG_PIXELS / 1e6:.0f} megapixels), or remove it.",
    )
