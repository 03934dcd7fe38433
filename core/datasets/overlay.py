"""Laying one photo over another: how much do they differ once small crops and changes of brightness are undone?

Two cut and re-encoded copies of a photo differ by a few percent, two different photos of a person by tens of percent;
their perceptual hashes alone do not tell the two cases apart.

Source: S. Baker, I. Matthews, "Lucas-Kanade 20 Years On" (IJCV 2004): Gauss-Newton steps on shift and scale, here with the
gradient of the lower picture. Brightness and contrast are fitted in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.datasets.measures import MINIATURE_SIDE

Floats = npt.NDArray[np.float32]

_EDGE = 2  # px left out all around: what a crop has cut off has no counterpart
_CENTRE = (MINIATURE_SIDE - 1) / 2
_LARGEST_STEP = 0.13  # of half a side: up to 13% of scale and shift, more than twice a 5% crop
_STEPS = 4
_HOPELESS = 25.0  # percent after three steps; copies were at 13 at most, and steps after that hardly change it
_BLACK, _WHITE = 6.0, 249.0  # outside of these a pixel has been cut off by a change of brightness
_FLAT = 25.0  # variance in gray levels squared below which there is nothing to lay over
_BLOCK = 128  # pairs at a time: what fits into a processor's cache


def differences(lower: npt.NDArray[np.uint8], upper: npt.NDArray[np.uint8]) -> Floats:
    """Return how much the photos of each pair differ after being laid over each other.

    Args:
        lower, upper: uint8 (N, 32, 32), miniatures.

    Returns:
        float32 (N,), percent: the share of the contrast (as a standard deviation) that the other photo does not explain;
        0 for equal photos, 100 for unrelated or flat ones.
    """
    found = np.full(len(lower), 100.0, np.float32)
    for start in range(0, len(lower), _BLOCK):
        block = slice(start, start + _BLOCK)
        found[block] = _both_ways(lower[block].astype(np.float32), upper[block].astype(np.float32))
    return found


def _both_ways(lower: Floats, upper: Floats) -> Floats:
    """Try either photo as the smaller cut of the other; the second way only where the first gives hope."""
    first = _lay_over(lower, upper)
    hopeful = np.flatnonzero(first <= _HOPELESS)
    if len(hopeful):
        first[hopeful] = np.minimum(first[hopeful], _lay_over(upper[hopeful], lower[hopeful]))
    return first


def _lay_over(lower: Floats, upper: Floats) -> Floats:
    best = np.full(len(lower), 100.0, np.float32)
    alive = np.arange(len(lower))
    window = _Window.of(lower)
    place = np.zeros((len(lower), 4), np.float32)  # scale and shift in x, scale and shift in y, in half sides
    for step in range(_STEPS + 1):
        seen = _seen_through(window, upper, place)
        best[alive] = np.minimum(best[alive], seen.difference)
        if step == _STEPS:
            break
        if step == _STEPS - 1:
            kept = best[alive] <= _HOPELESS
            alive, place, upper, window, seen = alive[kept], place[kept], upper[kept], window.only(kept), seen.only(kept)
        if not len(alive):
            break
        place = np.clip(place + _step(window, seen), -_LARGEST_STEP, _LARGEST_STEP)
    return best


@dataclass(frozen=True)
class _Window:
    """The middle of the lower photos: pixels float32 (N, P), slopes along the four parameters float32 (N, 4, P)."""

    pixels: Floats
    slopes: Floats

    @classmethod
    def of(cls, photos: Floats) -> _Window:
        low, high = _EDGE, MINIATURE_SIDE - _EDGE
        across = (photos[:, low:high, low + 1 : high + 1] - photos[:, low:high, low - 1 : high - 1]) / 2 * _CENTRE
        down = (photos[:, low + 1 : high + 1, low:high] - photos[:, low - 1 : high - 1, low:high]) / 2 * _CENTRE
        slopes = np.stack([across * _PLACES[None, None, :], across, down * _PLACES[None, :, None], down], 1)
        count = len(photos)
        middle = photos[:, low:high, low:high].reshape(count, -1)
        return cls(middle, slopes.reshape(count, 4, -1).astype(np.float32, copy=False))

    def only(self, kept: npt.NDArray[np.bool_]) -> _Window:
        return _Window(self.pixels[kept], self.slopes[kept])


@dataclass(frozen=True)
class _Seen:
    """The upper photos seen through the window: which pixels count, what is left over, and the difference in percent."""

    weights: Floats
    left_over: Floats
    difference: Floats

    def only(self, kept: npt.NDArray[np.bool_]) -> _Seen:
        return _Seen(self.weights[kept], self.left_over[kept], self.difference[kept])


# Centres of the window's pixels, from -1 to 1 over the whole side.
_PLACES: Floats = ((np.arange(_EDGE, MINIATURE_SIDE - _EDGE) - _CENTRE) / _CENTRE).astype(np.float32)


def _seen_through(window: _Window, upper: Floats, place: Floats) -> _Seen:
    across, down = _weights_at(place[:, :2]), _weights_at(place[:, 2:])
    drawn: Floats = np.matmul(down @ upper, across.transpose(0, 2, 1), dtype=np.float32).reshape(len(upper), -1)
    counts = _not_cut_off(window.pixels) & _not_cut_off(drawn)
    weights = counts.astype(np.float32)
    total = np.maximum(weights.sum(1), 1)
    below = (window.pixels - ((weights * window.pixels).sum(1) / total)[:, None]) * weights
    above = (drawn - ((weights * drawn).sum(1) / total)[:, None]) * weights
    of_below, of_above, of_both = (below**2).sum(1), (above**2).sum(1), (below * above).sum(1)
    alike = of_both / np.sqrt(of_below * of_above + 1e-6)
    difference = 100 * np.sqrt(np.clip(1 - alike**2, 0, 1))
    enough = (total > 0.25 * weights.shape[1]) & (of_below > _FLAT * total) & (of_above > _FLAT * total)
    left_over = below - above * (of_both / (of_above + 1e-6))[:, None]
    return _Seen(weights, left_over, np.where(enough & (alike > 0), difference, 100).astype(np.float32))


def _not_cut_off(pixels: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray((pixels > _BLACK) & (pixels < _WHITE))


def _weights_at(place: Floats) -> Floats:
    """Return the weights with which each window pixel draws on a line of the upper photo: float32 (N, P, 32).

    Source: R. Keys, "Cubic convolution interpolation" (IEEE Trans. ASSP 1981), a = -1/2.
    """
    points = np.clip(_CENTRE + _CENTRE * (_PLACES * (1 + place[:, :1]) + place[:, 1:]), 0, MINIATURE_SIDE - 1)
    far = np.abs(points[..., None] - np.arange(MINIATURE_SIDE, dtype=np.float32))
    near_part = (1.5 * far - 2.5) * far * far + 1
    far_part = ((-0.5 * far + 2.5) * far - 4) * far + 2
    return np.where(far < 1, near_part, np.where(far < 2, far_part, 0)).astype(np.float32)


def _step(window: _Window, seen: _Seen) -> Floats:
    """Return the Gauss-Newton step of the four parameters: float32 (N, 4)."""
    slopes = window.slopes * seen.weights[:, None]
    slopes = slopes - slopes.mean(2, keepdims=True)
    curvature = slopes @ slopes.transpose(0, 2, 1)
    damping = np.trace(curvature, axis1=1, axis2=2) * (1e-3 / 4) + 1
    pull = slopes @ seen.left_over[..., None]
    solved = np.linalg.solve(curvature + damping[:, None, None] * np.eye(4, dtype=np.float32), pull)
    return np.asarray(solved[..., 0], np.float32)
