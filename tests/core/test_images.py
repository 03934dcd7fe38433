"""The one decoder and the one resampler: every kind of file that people have, good and bad."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from core.errors import PhotoError
from core.images import MAX_OTHER_PIXELS, PHOTO_SUFFIXES, decode, encode_thumbnail, fit_within, read_photo, resize, warp
from core.storage import PROJECT_ROOT

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 180, 60), (20, 40, 220), (255, 255, 255)
LOSSY = {"JPEG", "WEBP", "HEIF", "AVIF"}


def four_corners(width: int = 64, height: int = 48) -> npt.NDArray[np.uint8]:
    """Red and green above, blue and white below: every turn and mirroring looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def encoded(image: Image.Image | npt.NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corners_of(pixels: npt.NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """Colours near the corners, clockwise from above left."""
    height, width = pixels.shape[:2]
    places = [(height // 4, width // 4), (height // 4, 3 * width // 4)]
    places += [(3 * height // 4, 3 * width // 4), (3 * height // 4, width // 4)]
    return [tuple(int(value) for value in pixels[place]) for place in places]


def near(got: list[tuple[int, ...]], expected: list[tuple[int, int, int]], by: int = 12) -> bool:
    return bool(np.abs(np.array(got) - np.array(expected)).max() <= by)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "PPM"])
def test_every_format_gives_the_same_picture(kind: str) -> None:
    photo = decode(encoded(four_corners(), kind), "photo")
    assert (photo.width, photo.height, photo.format) == (64, 48, kind)
    assert near(corners_of(photo.pixels), [RED, GREEN, WHITE, BLUE], by=12 if kind in LOSSY else 0)
    assert photo.scale == 1


def test_every_suffix_is_a_format_that_opens(tmp_path: Path) -> None:
    kinds = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".bmp": "BMP", ".webp": "WEBP", ".pgm": "PPM",
             ".ppm": "PPM", ".gif": "GIF", ".tif": "TIFF", ".tiff": "TIFF", ".heic": "HEIF", ".heif": "HEIF",
             ".avif": "AVIF"}  # fmt: skip
    assert set(kinds) == PHOTO_SUFFIXES
    for suffix, kind in kinds.items():
        file = tmp_path / f"photo{suffix}"
        file.write_bytes(encoded(four_corners(), kind))
        data, photo = read_photo(file)
        assert data == file.read_bytes()
        assert photo.pixels.shape == (48, 64, 3)


def test_a_phone_photo_of_several_frames_opens_as_jpeg() -> None:
    frames = [Image.fromarray(four_corners()), Image.new("RGB", (64, 48), "black")]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    photo = decode(data, "photo")
    assert photo.format == "JPEG"
    assert near(corners_of(photo.pixels), [RED, GREEN, WHITE, BLUE])


def test_a_heic_of_ten_bits_as_new_phones_write_it() -> None:
    deep = pillow_heif.from_bytes("RGB;16", (64, 48), (four_corners().astype(np.uint16) * 257).tobytes())
    buffer = io.BytesIO()
    deep.save(buffer, quality=95)
    photo = decode(buffer.getvalue(), "photo.heic")
    assert (photo.width, photo.height, photo.format) == (64, 48, "HEIF")
    assert near(corners_of(photo.pixels), [RED, GREEN, WHITE, BLUE])


def test_a_heic_of_several_pictures_shows_the_one_that_viewers_show() -> None:
    frames = [Image.new("RGB", (64, 48), "black"), Image.fromarray(four_corners())]
    data = encoded(frames[0], "HEIF", save_all=True, append_images=frames[1:], primary_index=1, quality=95)
    assert near(corners_of(decode(data, "burst.heic").pixels), [RED, GREEN, WHITE, BLUE])


def turned(orientation: int) -> list[tuple[int, int, int]]:
    """The corners, clockwise from above left, that a viewer shows for each EXIF orientation (Exif 2.3, tag 0x0112)."""
    return {
        1: [RED, GREEN, WHITE, BLUE],
        2: [GREEN, RED, BLUE, WHITE],  # mirrored left to right
        3: [WHITE, BLUE, RED, GREEN],  # half a turn
        4: [BLUE, WHITE, GREEN, RED],  # mirrored top to bottom
        5: [RED, BLUE, WHITE, GREEN],  # mirrored along the main diagonal
        6: [BLUE, RED, GREEN, WHITE],  # a quarter clockwise
        7: [WHITE, GREEN, RED, BLUE],  # mirrored along the other diagonal
        8: [GREEN, WHITE, BLUE, RED],  # a quarter anticlockwise
    }[orientation]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode(encoded(four_corners(), kind, exif=exif.tobytes()), "photo")
    sideways = orientation >= 5
    assert (photo.width, photo.height) == ((48, 64) if sideways else (64, 48))
    assert photo.pixels.shape[:2] == (photo.height, photo.width)
    assert near(corners_of(photo.pixels), turned(orientation))


def test_a_compressed_tiff_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = decode(encoded(four_corners(), "TIFF", exif=exif.tobytes(), compression="tiff_lzw"), "photo")
    assert (photo.width, photo.height) == (48, 64)
    assert near(corners_of(photo.pixels), turned(6))


def test_a_turned_photo_that_is_opened_reduced_keeps_its_full_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG"):
        photo = decode(encoded(four_corners(4400, 330), kind, exif=exif), "photo")
        assert (photo.width, photo.height) == (330, 4400)
        assert photo.pixels.shape == (2200, 165, 3)
        assert photo.scale == 2
        assert near(corners_of(photo.pixels), turned(6))


BROKEN_EXIF = [
    b"Exif\x00\x00" + b"garbage" * 9,
    b"Exif\x00\x00II*\x00\xff\xff\xff\xff",
    b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff",
    b"Exif\x00\x00",
    b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x02\x00\x04\x00\x00\x00ab\x00\x00",
]


@pytest.mark.parametrize("exif", BROKEN_EXIF)
@pytest.mark.filterwarnings("ignore")
def test_broken_exif_means_upright(exif: bytes) -> None:
    plain = decode(encoded(four_corners(), "JPEG"), "photo")
    photo = decode(encoded(four_corners(), "JPEG", exif=exif), "photo")
    np.testing.assert_array_equal(photo.pixels, plain.pixels)


def test_transparency_shows_white() -> None:
    rgba = np.dstack([four_corners(), np.full((48, 64), 255, np.uint8)])
    rgba[:24, :, 3] = 0
    rgba[24:, :32, 3] = 128
    photo = decode(encoded(rgba, "PNG"), "photo")
    half_blue = tuple(round((value * 128 + 255 * 127) / 255) for value in BLUE)
    assert near(corners_of(photo.pixels), [WHITE, WHITE, WHITE, half_blue], by=1)  # type: ignore[list-item]


def test_opaque_rgba_keeps_every_value() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    rgba = np.dstack([pixels, np.full((9, 7), 255, np.uint8)])
    np.testing.assert_array_equal(decode(encoded(rgba, "PNG"), "photo").pixels, pixels)


def test_palette_with_transparency() -> None:
    palette = Image.fromarray(four_corners()).quantize(4)
    transparent = palette.getpixel((5, 5))
    photo = decode(encoded(palette, "PNG", transparency=transparent), "photo")
    assert near(corners_of(photo.pixels), [WHITE, GREEN, WHITE, BLUE], by=2)
    photo = decode(encoded(palette, "PNG"), "photo")
    assert near(corners_of(photo.pixels), [RED, GREEN, WHITE, BLUE], by=2)


def test_gray_with_alpha() -> None:
    gray = np.full((4, 4), 100, np.uint8)
    alpha = np.array([[0, 255, 255, 255]] * 4, np.uint8)
    photo = decode(encoded(Image.merge("LA", [Image.fromarray(gray), Image.fromarray(alpha)]), "PNG"), "photo")
    assert photo.pixels[0].tolist() == [[255] * 3] + [[100] * 3] * 3


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bits_are_scaled_not_cut_off(kind: str) -> None:
    values = np.array([[0, 257, 128 * 257, 65535]], np.uint16)
    assert decode(encoded(values, kind), "photo").pixels[0, :, 0].tolist() == [0, 1, 128, 255]


def test_16_bit_colour() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = b"\0" + struct.pack(">6H", 65535, 0, 32896, 257, 257, 257)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    assert decode(data, "photo").pixels.tolist() == [[[255, 0, 128], [1, 1, 1]]]


def test_floats_bilevel_and_cmyk() -> None:
    floats = decode(encoded(Image.fromarray(np.array([[0, 0.5, 1.0, np.nan]], np.float32)), "TIFF"), "photo")
    assert floats.pixels[0, :, 0].tolist() == [0, 128, 255, 0]
    bilevel = decode(encoded(Image.fromarray(np.array([[True, False]])), "PNG"), "photo")
    assert bilevel.pixels.tolist() == [[[255] * 3, [0] * 3]]
    cmyk = decode(encoded(Image.fromarray(four_corners()).convert("CMYK"), "JPEG", quality=95), "photo")
    assert near(corners_of(cmyk.pixels), [RED, GREEN, WHITE, BLUE])


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_only_the_first_frame_of_an_animation(kind: str) -> None:
    first, second = Image.fromarray(four_corners()), Image.new("RGB", (64, 48), "black")
    photo = decode(encoded(first, kind, save_all=True, append_images=[second]), "photo")
    assert near(corners_of(photo.pixels), [RED, GREEN, WHITE, BLUE], by=8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "PPM"])
def test_a_cut_off_file_is_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    data = encoded(noise, kind)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(PhotoError) as caught:
            decode(data[: int(len(data) * share)], "Ann/holiday.jpg")
        assert "Ann/holiday.jpg" in caught.value.what
        assert caught.value.remedy


def test_empty_and_foreign_files() -> None:
    for data, words in [
        (b"", "is empty (0 bytes)"),
        (b"%PDF-1.7\n%\xe2\xe3 and more", "is a PDF document, not a photo"),
        (b"PK\x03\x04 and more", "is a zip file"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"just some words", "is not a photo that can be read"),
    ]:
        with pytest.raises(PhotoError) as caught:
            decode(data, "Ann/scan.jpg")
        assert caught.value.what.startswith("Ann/scan.jpg")
        assert words in caught.value.what
        assert caught.value.remedy


def test_a_renamed_png_opens(tmp_path: Path) -> None:
    file = tmp_path / "really.jpg"
    file.write_bytes(encoded(four_corners(), "PNG"))
    assert read_photo(file)[1].format == "PNG"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "PPM"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_bytes_never_raise_anything_else(kind: str) -> None:
    rng = np.random.default_rng(1)
    good = np.frombuffer(encoded(four_corners(32, 24), kind), np.uint8)
    for _ in range(60):
        data = good.copy()
        places = rng.integers(0, len(data), rng.integers(1, 12))
        data[places] = rng.integers(0, 256, len(places), np.uint8)
        try:
            decode(data.tobytes()[: rng.integers(1, len(data) + 1)], "photo")
        except PhotoError as error:
            assert error.what.startswith("photo ")


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 1000)
    parts = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in (header, body)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(12_000, 12_000), (22_000, 22_000), (30_000, 30_000)])
@pytest.mark.filterwarnings("ignore")
def test_a_decompression_bomb_is_refused_from_its_header(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_OTHER_PIXELS
    with pytest.raises(PhotoError, match="megapixels") as caught:
        decode(png_header(*size), "bomb.png")
    assert "JPEG" in caught.value.remedy


@pytest.mark.filterwarnings("ignore")
def test_an_absurdly_large_jpeg_is_refused_from_its_header() -> None:
    data = bytearray(encoded(four_corners(16, 16), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 20_000, 20_000)
    with pytest.raises(PhotoError, match="400 megapixels"):
        decode(bytes(data), "huge.jpg")


MEASURE = """
import resource, sys
from pathlib import Path
from core.images import read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
_, photo = read_photo(Path(sys.argv[1]))
print(photo.width, photo.height, *photo.pixels.shape, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("progressive", [False, True])
def test_a_108_megapixel_jpeg_opens_reduced_in_little_memory(progressive: bool, tmp_path: Path) -> None:
    gray = Image.new("L", (12_000, 9_000), 90)
    gray.paste(200, (0, 0, 6_000, 4_500))
    file = tmp_path / "phone.jpg"
    gray.save(file, "JPEG", progressive=progressive)
    del gray
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, file], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    width, height, rows, columns, _, megabytes = map(int, done.stdout.split())
    assert (width, height) == (12_000, 9_000)
    assert (columns, rows) == (3_000, 2_250)
    assert megabytes < (300 if progressive else 60)  # a progressive file keeps 2 bytes for each pixel


def test_a_big_progressive_jpeg_is_refused_when_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    class Little:
        available = 100_000_000

    monkeypatch.setattr("core.images.decoding.psutil.virtual_memory", Little)
    data = encoded(Image.new("L", (8_000, 7_000)), "JPEG", progressive=True)
    with pytest.raises(PhotoError, match=r"needs 0.3 GB of memory for a moment; 0.1 GB are free") as caught:
        decode(data, "big.jpg")
    assert "baseline" in caught.value.remedy


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="has vanished"):
        read_photo(tmp_path / "gone.jpg")
    with pytest.raises(PhotoError, match="is not a regular file"):
        read_photo(tmp_path, "Ann")
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match=r"Ann/pipe.jpg is not a regular file"):
        read_photo(tmp_path / "pipe.jpg", "Ann/pipe.jpg")
    huge = tmp_path / "huge.tiff"
    with huge.open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(PhotoError, match="600 MB"):
        read_photo(huge)


def test_no_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.jpg"
    file.write_bytes(encoded(four_corners(), "JPEG"))
    file.chmod(0)
    if os.geteuid() == 0:  # root reads everything, so the refusal is played

        def refuse(self: Path) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PhotoError, match="permission is denied") as caught:
        read_photo(file, "Ann/secret.jpg")
    assert caught.value.what.startswith("Ann/secret.jpg")


def test_resize_averages_when_shrinking_and_interpolates_when_growing() -> None:
    checks = np.indices((8, 8)).sum(axis=0) % 2 * 200
    pixels = np.repeat(checks[:, :, None], 3, axis=2).astype(np.uint8)
    assert (resize(pixels, 4, 4) == 100).all()
    assert (resize(pixels, 4, 16)[:, :, 0] == 100).all()  # one axis shrinks, the other grows
    grown = resize(np.array([[[0] * 3, [100] * 3]], np.uint8), 4, 1)
    assert grown[0, :, 0].tolist() == [0, 25, 75, 100]


def test_fit_within_keeps_proportions_and_never_enlarges() -> None:
    pixels = four_corners(64, 48)
    assert fit_within(pixels, 32).shape == (24, 32, 3)
    assert fit_within(pixels, 100) is pixels
    assert fit_within(np.zeros((1, 4000, 3), np.uint8), 640).shape == (1, 640, 3)


def shift(x: float, y: float, zoom: float = 1) -> npt.NDArray[np.float32]:
    return np.array([[zoom, 0, x], [0, zoom, y]], np.float32)


def test_warp_without_change_and_beyond_the_edge() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    np.testing.assert_array_equal(warp(pixels, shift(0, 0), 6), pixels)
    moved = warp(pixels, shift(2, 1), 6)
    np.testing.assert_array_equal(moved[1:, 2:], pixels[:5, :4])
    np.testing.assert_array_equal(moved[0, 2:], pixels[0, :4])  # the edge is repeated
    np.testing.assert_array_equal(moved[1:, 0], pixels[:5, 0])


def test_warp_averages_when_it_shrinks() -> None:
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 200).astype(np.uint8)
    pixels = np.repeat(checks[:, :, None], 3, axis=2)
    small = warp(pixels, shift(-0.375, -0.375, 0.25), 16)  # 4 x 4 pixels become one; centres stay centres
    assert np.abs(small.astype(int) - 100).max() <= 1
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    # the pixels 4k .. 4k + 3 have the mean 4k + 1.5
    assert np.abs(warp(ramp, shift(-0.375, -0.375, 0.25), 16)[5, :, 0] - (4 * np.arange(16) + 1.5)).max() <= 0.5


def test_thumbnail() -> None:
    image = Image.open(io.BytesIO(encode_thumbnail(four_corners(640, 480), 100)))
    assert image.size == (100, 75)
    assert near(corners_of(np.asarray(image)), [RED, GREEN, WHITE, BLUE])
