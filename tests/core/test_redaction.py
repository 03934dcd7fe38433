"""What is hidden stays hidden: in the pixels, and in what a file holds beside them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.detection import Detection, create_detector
from core.images import decode
from core.redaction import HOW, MARGIN, SQUARES, redact, redacted_photo
from core.settings import FaceSettings
from tests.core.photos import pasted

MARKS = np.zeros((5, 2), np.float32)


def _face(left: float, top: float, width: float, height: float) -> Detection:
    return Detection((left, top, width, height), MARKS, 0.9)


def _noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)


@pytest.mark.parametrize("how", HOW)
def test_the_face_and_its_margin_change_and_nothing_else_does(how: str) -> None:
    pixels = _noise(200, 150)
    hidden = redact(pixels, [_face(60, 50, 40, 50)], how)
    room = round(MARGIN * 50)
    inside = np.zeros((150, 200), bool)
    inside[50 - room : 100 + room, 60 - room : 100 + room] = True
    np.testing.assert_array_equal(hidden[~inside], pixels[~inside])
    assert (hidden[inside] != pixels[inside]).any(axis=1).mean() > 0.95
    assert hidden is not pixels


def test_few_colours_are_left_of_a_face() -> None:
    pixels = _noise(200, 150)
    hidden = redact(pixels, [_face(60, 40, 60, 60)], "pixelate")[28:112, 48:132]
    assert len(np.unique(hidden.reshape(-1, 3), axis=0)) <= SQUARES**2
    assert not redact(pixels, [_face(60, 40, 60, 60)], "cover")[28:112, 48:132].any()
    # Whatever is done to a blurred face, it was worked out from the same few colours.
    smooth = redact(pixels, [_face(60, 40, 60, 60)], "blur")[28:112, 48:132].astype(float)
    assert np.abs(np.diff(smooth, axis=0)).max() < 30


@pytest.mark.parametrize("how", HOW)
def test_a_detector_finds_no_hidden_face(how: str) -> None:
    photo = pasted((400, 300), [(1, 60, 60, 100), (2, 240, 80, 100)])
    detector = create_detector(FaceSettings(detector="yunet"))
    found = detector.detect([photo])[0]
    assert len(found) == 2
    one = redact(photo.pixels, found[:1], how)
    both = redact(photo.pixels, found, how)
    left = [len(detector.detect([type(photo)(pixels, 400, 300, "PNG")])[0]) for pixels in (one, both)]
    assert left == [1, 0]


def test_faces_at_the_edge_beyond_it_and_of_one_pixel() -> None:
    pixels = _noise(50, 40)
    for how in HOW:
        redact(pixels, [_face(-20, -20, 30, 30), _face(45, 35, 30, 30), _face(20, 20, 0.5, 0.5)], how)
        np.testing.assert_array_equal(redact(pixels, [_face(500, 500, 10, 10)], how), pixels)
    with pytest.raises(ValueError, match="hidden by one of"):
        redact(pixels, [], "smudge")


def test_boxes_are_measured_in_the_full_photo() -> None:
    pixels = _noise(100, 100)
    np.testing.assert_array_equal(
        redact(pixels, [_face(80, 80, 80, 80)], "cover", scale=2.0), redact(pixels, [_face(40, 40, 40, 40)], "cover")
    )


def test_a_file_is_upright_of_full_size_and_says_nothing_else() -> None:
    secret = Image.fromarray(_noise(60, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "Ann at home"
    exif.get_ifd(0x8825)[1] = "N"
    content = io.BytesIO()
    secret.save(content, "JPEG", exif=exif, comment=b"Ann at home", quality=95)
    told, suffix = redacted_photo(content.getvalue(), "a.jpg", [_face(5, 5, 20, 20)], "cover")
    opened = Image.open(io.BytesIO(told))
    assert (opened.size, suffix, opened.format) == ((40, 60), ".jpg", "JPEG")
    assert not opened.getexif()
    assert not {"exif", "comment", "photoshop", "xmp"} & set(opened.info)
    assert b"Ann" not in told
    assert b"Exif" not in told
    shown = np.asarray(opened)
    assert shown[12:20, 12:20].max() < 30
    original = decode(content.getvalue(), "a.jpg").pixels
    assert np.abs(shown[40:].astype(float) - original[40:]).mean() < 25


def test_a_large_photo_keeps_its_size_and_a_png_its_pixels() -> None:
    large = Image.new("RGB", (4200, 2100), (10, 200, 30))
    content = io.BytesIO()
    large.save(content, "JPEG")
    told, _ = redacted_photo(content.getvalue(), "large.jpg", [_face(4000, 2000, 50, 50)], "cover")
    opened = Image.open(io.BytesIO(told))
    assert opened.size == (4200, 2100)
    assert np.asarray(opened)[2020, 4020].max() < 30
    assert decode(content.getvalue(), "large.jpg").pixels.shape[1] == 2100  # elsewhere it is opened reduced
    pixels = _noise(30, 20)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", pnginfo=None)
    told, suffix = redacted_photo(content.getvalue(), "small.png", [_face(0, 0, 5, 5)], "cover")
    assert suffix == ".png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(told)))[10:, 10:], pixels[10:, 10:])
