"""The one decoder (upright RGB uint8, bounded in size) and the one resampler of the project."""

from core.images.decoding import (
    MAX_JPEG_PIXELS,
    MAX_OTHER_PIXELS,
    PHOTO_SUFFIXES,
    DecodedPhoto,
    decode,
    read_bytes,
    read_photo,
)
from core.images.resampling import encode_thumbnail, fit_within, resize, warp

__all__ = [
    "MAX_JPEG_PIXELS",
    "MAX_OTHER_PIXELS",
    "PHOTO_SUFFIXES",
    "DecodedPhoto",
    "decode",
    "encode_thumbnail",
    "fit_within",
    "read_bytes",
    "read_photo",
    "resize",
    "warp",
]
