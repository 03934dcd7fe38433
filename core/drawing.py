"""Drawing the found faces on a photo: numbered boxes, coloured by decision, that the text beside the photo refers to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from core.detection import Detection

# Okabe and Ito's colours, told apart by colour-blind people too. Source: https://jfly.uni-koeln.de/color/
COLOURS = {"known": (0, 158, 115), "unsure": (230, 159, 0), "unknown": (213, 94, 0)}


def draw_faces(pixels: npt.NDArray[np.uint8], scale: float, faces: Sequence[tuple[Detection, str]]) -> npt.NDArray[np.uint8]:
    """Return a copy of a photo with a numbered box around each face.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        scale: Pixels of the full-size photo, in which the boxes are measured, per pixel of `pixels`.
        faces: Each face with its decision: "known", "unsure" or "unknown".
    """
    picture = Image.fromarray(pixels)
    canvas = ImageDraw.Draw(picture)
    line = max(2, round(max(picture.size) / 300))
    font = ImageFont.load_default(max(12, round(max(picture.size) / 45)))
    for number, (detection, decision) in enumerate(faces, start=1):
        left, top, width, height = (value / scale for value in detection.box)
        colour = COLOURS[decision]
        canvas.rectangle((left, top, left + width, top + height), outline=colour, width=line)
        _draw_number(canvas, str(number), (left, top), font, colour)
    return np.asarray(picture)


def _draw_number(
    canvas: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    colour: tuple[int, int, int],
) -> None:
    left, top, right, bottom = canvas.textbbox((0, 0), text, font=font)
    pad = max(2, round((bottom - top) / 3))
    high = bottom + 2 * pad
    x, y = max(corner[0], 0), max(corner[1] - high, 0)
    canvas.rectangle((x, y, x + right - left + 2 * pad, y + high), fill=colour)
    canvas.text((x + pad - left, y + pad), text, font=font, fill=(255, 255, 255))


def draw_heat(pixels: npt.NDArray[np.uint8], heat: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return a face with a heat map laid over it: the warmer a part, the more of its colour covers the gray face.

    Args:
        pixels: uint8 (S, S, 3) RGB.
        heat: float32 (S, S), 0..1.
    """
    gray = np.repeat((pixels @ LUMA)[..., None], 3, axis=2)
    levels = np.linspace(0, 1, len(HEAT_COLOURS))
    colours = np.stack([np.interp(heat, levels, channel) for channel in np.array(HEAT_COLOURS, float).T], axis=-1)
    cover = HEAT_COVER * heat[..., None]
    return np.asarray(gray * (1 - cover) + colours * cover, np.uint8)


LUMA = np.array([0.2989, 0.5870, 0.1140], np.float32)  # Source: ITU-R BT.601
# From violet to yellow, rising in brightness, so that it reads without any sense of colour. Source: matplotlib's "plasma".
HEAT_COLOURS = ((13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33))
HEAT_COVER = 0.75  # how much of the face the warmest part hides
