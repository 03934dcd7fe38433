"""Heat maps: which parts of a face speak for a person, in the eyes of a network.

Grad-CAM    the last feature map that tells places apart, each part weighed by how the person's logit follows it
slopes      of a network without convolutions: which pixels the logit follows
occlusion   what the logit loses while a part of the face is covered; needs nothing but answers, so it suits any network
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from core.explain.opening import OpenedNetwork, Slopes, looks_at_pixels, open_network, slopes_of_pixels

Faces = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Kind = Literal["grad_cam", "slopes", "occlusion"]
AskLogits = Callable[[Faces], Floats]
"""uint8 (N, S, S, 3) RGB to logits float32 (N, C)."""

Cell = tuple[int, int]
"""Row and column of a patch in the grid; neighbours overlap by half."""

PATCH_SHARE = 0.25  # of the side: a patch as wide as an eye with its brow
HOTTEST = 4  # the share of patches around which others are covered, too, is 1 in so many
FACES_PER_STEP = 16
# Single pixels say little and look like noise: their slopes are blurred by this share of the side.
BLUR_SHARE = 0.03


def kind_for(network: Any) -> Kind:
    """Return the best kind of heat map that `network` allows at once."""
    if not looks_at_pixels(network):
        return "occlusion"
    return "slopes" if open_network(network) is None else "grad_cam"


def grad_cam(opened: OpenedNetwork, face: Faces, person: int) -> Floats:
    """Return what speaks for a person, by the last feature map.

    Where the network averages several views of the face, the heat of all is added in the place of the face's own pixels.

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
    heat = np.maximum(_weighed(opened.slopes(face, person)), 0)  # (V, H, W)
    whole = np.zeros(face.shape[:2], np.float32)
    for number, each in enumerate(heat):
        top, left, side = opened.parts[number % len(opened.parts)]
        own = each if number < len(opened.parts) else each[:, ::-1]  # the second half are mirror images
        whole[top : top + side, left : left + side] += _enlarged(own, side)
    return _scaled(whole)


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
    edge = (len(face) - len(smooth)) // 2
    return _scaled(np.pad(np.asarray(smooth, np.float32), edge))


def occlusion(ask: AskLogits, face: Faces, person: int) -> Floats:
    """Return what a person's logit loses while a part of the face is covered by its mean colour.

    First parts that lie side by side, which reach every pixel; then those half way between them around the quarter that lost
    most, so that the map is finer where it matters.

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
    whole = ask(face[None])[0, person]

    def losses(cells: Sequence[Cell]) -> dict[Cell, float]:
        logits = _covered_logits(ask, face, person, [patches[cell] for cell in cells])
        return {cell: float(whole - logit) for cell, logit in zip(cells, logits, strict=True)}

    lost = losses(side_by_side(patches))
    hottest = sorted(lost, key=lost.__getitem__)[-(len(lost) // HOTTEST or 1) :]
    lost |= losses([cell for cell in patches if cell not in lost and any(_touch(cell, hot) for hot in hottest)])
    total, times = np.zeros(face.shape[:2], np.float32), np.zeros(face.shape[:2], np.float32)
    for cell, loss in lost.items():
        total[patches[cell]] += loss
        times[patches[cell]] += 1
    return _scaled(np.maximum(total / times, 0))


def patches_of(side: int) -> dict[Cell, tuple[slice, slice]]:
    """Return the parts of a face that may be covered, as rows and columns, by their place in the grid."""
    patch = min(max(round(side * PATCH_SHARE), 2), side)
    starts = sorted({*range(0, side - patch + 1, max(patch // 2, 1)), side - patch})
    return {
        (row, column): (slice(top, top + patch), slice(left, left + patch))
        for row, top in enumerate(starts)
        for column, left in enumerate(starts)
    }


def side_by_side(patches: Collection[Cell]) -> list[Cell]:
    """Return the places of every second part in each direction, and of the last; together they reach every pixel."""
    last = max(row for row, _ in patches)
    return [cell for cell in patches if all(place % 2 == 0 or place == last for place in cell)]


def _touch(one: Cell, other: Cell) -> bool:
    return abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1


def _covered_logits(ask: AskLogits, face: Faces, person: int, patches: Sequence[tuple[slice, slice]]) -> list[float]:
    """Return the person's logit while each of the patches is covered, one by one."""
    covered = np.repeat(face[None], len(patches), axis=0)
    for each, patch in zip(covered, patches, strict=True):
        each[patch] = face.mean(axis=(0, 1)).round().astype(np.uint8)
    steps = [ask(covered[start : start + FACES_PER_STEP])[:, person] for start in range(0, len(covered), FACES_PER_STEP)]
    return np.concatenate(steps).tolist() if steps else []


def _enlarged(heat: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(heat, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _scaled(heat: Floats) -> Floats:
    most = float(heat.max(initial=0))
    return np.asarray(heat / most if most > 0 else np.zeros_like(heat), np.float32)
