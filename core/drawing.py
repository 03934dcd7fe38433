"""Drawing the found faces on a photo: numbered boxes, coloured by decision, that the text beside the photo refers to."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from core.detection import Detection

# Okabe and Ito's colours, told apart by colour-blind people too. Source: https://jfly.uni-koeln.de/color/
COLOURS = {"known": (0, 158, 115), "unsure": (230, 159, 0), "unknown": (213, 94, 0), "by hand": (0, 114, 178)}
FONT, WEIGHT = "sans", 500  # comes with OpenCV and has the letters of most scripts, which Pillow's own has not
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
BRIGHT = 140  # gray level of a colour from which black can be read on it more easily than white

Pixels = npt.NDArray[np.uint8]


def draw_faces(
    pixels: Pixels,
    scale: float,
    faces: Sequence[tuple[Detection, str]],
    names: Sequence[str] = (),
    numbers: Sequence[int] = (),
) -> Pixels:
    """Return a copy of a photo with a numbered box around each face.

    Args:
        pixels: uint8 (H, W, 3) RGB.
        scale: Pixels of the full-size photo, in which the boxes are measured, per pixel of `pixels`.
        faces: Each face with its decision: "known", "unsure", "unknown" or "by hand".
        names: What is written beside each number; none where it is empty.
        numbers: Of each face; 1, 2, ... where it is empty.
    """
    picture = np.ascontiguousarray(pixels).copy()
    side = max(picture.shape[:2])
    thick, height = max(2, round(side / 300)), max(12, round(side / 45))
    told = [str(number) for number in numbers or range(1, len(faces) + 1)]
    texts = [f"{number} {name}" for number, name in zip(told, names, strict=True)] if names else told
    boxes = [[value / scale for value in detection.box] for detection, _ in faces]
    for (left, top, wide, high), (_, decision) in zip(boxes, faces, strict=True):
        upper, lower = (round(left), round(top)), (round(left + wide), round(top + high))
        cv2.rectangle(picture, upper, lower, COLOURS[decision], thick)
    for (left, top, _, _), (_, decision), text in zip(boxes, faces, texts, strict=True):  # after all boxes: none crosses it
        _write(picture, text, (left, top), height, COLOURS[decision])
    return picture


def _write(picture: Pixels, text: str, corner: tuple[float, float], height: int, colour: tuple[int, int, int]) -> None:
    """Write on a coloured plate that stands on a corner, or as near to it as the picture goes on."""
    font, pad = cv2.FontFace(FONT), max(2, height // 4)
    shown = (picture.shape[1], picture.shape[0])
    _, _, wide, _ = cv2.getTextSize(shown, text, (0, 0), font, height, WEIGHT)
    high = height + pad
    x = max(0, min(round(corner[0]), shown[0] - wide - 2 * pad))
    y = max(0, round(corner[1]) - high)
    cv2.rectangle(picture, (x, y), (x + wide + 2 * pad, y + high), colour, cv2.FILLED)
    ink = BLACK if float(np.dot(LUMA, colour)) >= BRIGHT else WHITE
    cv2.putText(picture, text, (x + pad, y + high - pad), ink, font, height, WEIGHT)


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
