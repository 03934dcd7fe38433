"""Heat maps: which parts of a face speak for a person, in the eyes of a network.

Grad-CAM    the last feature map that tells places apart, each part weighed by how the person's logit follows it
slopes      of a network without convolutions: which pixels the logit follows
occlusion   what the logit loses while a part of the face is covered; needs nothing but answers, so it suits any network
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from core.explain.opening import OpenedNetwork, Slopes, looks_at_pixels, open_network, slopes_of_pixels, trim_of

Faces = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Kind = Literal["grad_cam", "slopes", "occlusion"]
AskLogits = Callable[[Faces], Floats]
"""uint8 (N, S, S, 3) RGB to logits float32 (N, C)."""

# A patch as wide as an eye with its brow; neighbours overlap by half, so that no part is only ever half covered.
PATCH_SHARE = 0.25
STRIDE_SHARE = 0.125
FACES_PER_STEP = 64
# Single pixels say little and look like noise: their slopes are blurred by this share of the side.
BLUR_SHARE = 0.03


def kind_for(network: Any) -> Kind:
    """Return the best kind of heat map that `network` allows at once."""
    if not looks_at_pixels(network):
        return "occlusion"
    return "slopes" if open_network(network) is None else "grad_cam"


def grad_cam(opened: OpenedNetwork, face: Faces, person: int) -> Floats:
    """Return what speaks for a person, by the last feature map.

    Where the network averages with the mirror image, the heat of both is added in the place of the face's own pixels.

    Args:
        opened: See `open_network`.
        face: uint8 (S, S, 3) RGB.
        person: Whose logit.

    Returns:
        float32 (S, S), 0..1, 1 where most speaks for the person; all 0 where nothing does.

    Source:
        Selvaraju et al., "Grad-CAM" (arXiv 1610.02391), equations 1 and 2, with the weights of each place instead of their
        mean over all places: Draelos and Carin, "HiResCAM" (arXiv 2011.08891). The networks here flatten the map or look
        at aligned faces, so a part means something else in each place, and a mean over places says little.
    """
    found = opened.slopes(face, person)
    side = face.shape[0] - 2 * opened.trim
    heat = np.maximum(_weighed(found), 0)  # (K, H, W)
    whole = np.stack([_enlarged(each, side) for each in heat])
    if len(whole) == 2:
        whole[1] = whole[1, :, ::-1]
    return _scaled(_untrimmed(whole.sum(axis=0), opened.trim))


def _weighed(found: Slopes) -> Floats:
    return np.asarray((found.features * found.slopes).sum(axis=3), np.float32)


def pixel_slopes(network: Any, face: Faces, person: int) -> Floats:
    """Return which pixels a person's logit follows, brighter or darker alike.

    Args:
        network: As `core.models.build` makes it; meant for those without convolutions.
        face: uint8 (S, S, 3) RGB.
        person: Whose logit.

    Returns:
        float32 (S, S), 0..1.

    Source:
        Simonyan et al., "Deep inside convolutional networks" (arXiv 1312.6034), section 3.1.
    """
    steepness = np.abs(slopes_of_pixels(network, face, person)).max(axis=2)
    smooth = cv2.GaussianBlur(steepness, (0, 0), max(BLUR_SHARE * len(steepness), 0.5))
    return _scaled(_untrimmed(np.asarray(smooth, np.float32), trim_of(network)))


def occlusion(ask: AskLogits, face: Faces, person: int) -> Floats:
    """Return what a person's logit loses while a part of the face is covered by its mean colour.

    Args:
        ask: The network.
        face: uint8 (S, S, 3) RGB.
        person: Whose logit.

    Returns:
        float32 (S, S), 0..1; all 0 where covering no part lowers the logit.

    Source:
        Zeiler and Fergus, "Visualizing and understanding convolutional networks" (arXiv 1311.2901), section 4.2, with the
        logit in place of the probability, which hardly moves while a network is sure.
    """
    patches = patches_of(len(face))
    covered = np.repeat(face[None], len(patches) + 1, axis=0)
    for each, (rows, columns) in zip(covered[1:], patches, strict=True):
        each[rows, columns] = face.mean(axis=(0, 1)).round().astype(np.uint8)
    steps = [ask(covered[start : start + FACES_PER_STEP])[:, person] for start in range(0, len(covered), FACES_PER_STEP)]
    logits = np.concatenate(steps)
    lost, times = np.zeros(face.shape[:2], np.float32), np.zeros(face.shape[:2], np.float32)
    for (rows, columns), logit in zip(patches, logits[1:], strict=True):
        lost[rows, columns] += logits[0] - logit
        times[rows, columns] += 1
    return _scaled(np.maximum(lost / times, 0))


def patches_of(side: int) -> list[tuple[slice, slice]]:
    """Return the parts of a face that are covered in turn, as rows and columns; together they reach every pixel."""
    patch, stride = max(round(side * PATCH_SHARE), 1), max(round(side * STRIDE_SHARE), 1)
    starts = sorted({*range(0, side - patch + 1, stride), side - patch})
    return [(slice(top, top + patch), slice(left, left + patch)) for top in starts for left in starts]


def _enlarged(heat: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(heat, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _untrimmed(heat: Floats, trim: int) -> Floats:
    """Return the heat of a whole face whose edge the network does not look at."""
    return np.pad(heat, trim)


def _scaled(heat: Floats) -> Floats:
    most = float(heat.max(initial=0))
    return np.asarray(heat / most if most > 0 else np.zeros_like(heat), np.float32)
