"""What poor photos suffer from, in the order in which it befalls them: blur, grain, a JPEG's blocks, things in the way."""

from __future__ import annotations

import cv2
import numpy as np

from core.augmentation.draws import Draws, Faces
from core.settings import AugmentationSettings

BRIGHTEST = 255
# A blur wider than this many standard deviations on either side differs by less than a gray level.
REACH = 3
BEST_QUALITY = 100  # of a JPEG; the scale is that of libjpeg, 1..100
# Each side of an erased rectangle is the root of a number drawn from here, as a share of the face's side.
# Source: Zhong et al., "Random Erasing Data Augmentation" (arXiv 1708.04896), section 4: areas of 0.02 to 0.4.
ERASED_AREA = (0.02, 0.33)
MIDDLE_GRAY = 128  # noise instead, as in the paper, takes many times as long to draw


def spoil(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces as poor photos would show them."""
    for change in (_blurred, _grainy, _saved, _erased):
        faces = change(faces, settings, draws)
    return faces


def _blurred(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return mixtures of faces and their blurred twins, whose Gaussian is `blur` of a side wide."""
    if not settings.blur:
        return faces
    sigma = settings.blur * faces.shape[1]
    width = 2 * max(1, round(REACH * sigma)) + 1
    soft = np.empty_like(faces)
    for face, share, into in zip(faces, draws.between("blur", 0, 1)[0], soft, strict=True):
        twin = cv2.GaussianBlur(face, (width, width), sigma, borderType=cv2.BORDER_REFLECT)
        cv2.addWeighted(face, 1 - share, twin.reshape(face.shape), share, 0, into)
    return soft


def _grainy(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces with grain, as a sensor has it in poor light: normal noise of a deviation up to `noise` of the range."""
    if not settings.noise:
        return faces
    rng = draws.of("noise")
    deviations = rng.uniform(0, settings.noise * BRIGHTEST, len(faces))
    grainy, grain = np.empty_like(faces), np.empty(faces.shape[1:], np.float32)
    for face, deviation, into in zip(faces, deviations, grainy, strict=True):
        rng.standard_normal(dtype=np.float32, out=grain)
        cv2.addWeighted(face, 1, grain, deviation, 0, into, cv2.CV_8U)
    return grainy


def _saved(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces after a JPEG file of a quality down to 100 * (1 - `jpeg`)."""
    if not settings.jpeg:
        return faces
    qualities = np.rint(draws.between("jpeg", BEST_QUALITY * (1 - settings.jpeg), BEST_QUALITY)[0]).astype(int)
    opened = np.empty_like(faces)
    for face, quality, into in zip(faces, qualities.tolist(), opened, strict=True):
        gray = face.shape[-1] == 1
        picture = face if gray else cv2.cvtColor(face, cv2.COLOR_RGB2BGR)
        _, file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR_RGB), np.uint8)
        into[:] = picture.reshape(face.shape)
    return opened


def _erased(faces: Faces, settings: AugmentationSettings, draws: Draws) -> Faces:
    """Return faces of which a share of `erasing` has lost a rectangle, which lies wholly within the face."""
    if not settings.erasing:
        return faces
    rng, side = draws.of("erasing"), faces.shape[1]
    chosen = rng.random(len(faces)) < settings.erasing
    extents = np.maximum(1, np.rint(side * np.sqrt(rng.uniform(*ERASED_AREA, (2, len(faces)))))).astype(int)
    begins = rng.integers(0, side - extents, endpoint=True)  # (2, B): top and left
    erased = faces.copy()
    for place in np.flatnonzero(chosen):
        (top, left), (height, width) = begins[:, place], extents[:, place]
        erased[place, top : top + height, left : left + width] = MIDDLE_GRAY
    return erased
