"""The heat map of one face: warm, on each kind of network; at most one second.

Own networks are untrained, which takes as long; the embeddings carry a head for 100 people. "covered" is the occlusion map
that is drawn on demand: about thirty covered faces, by a network that is compiled once.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measure import machine, row, seconds
from core.embeddings import KerasBackbone, load_backbone
from core.explain import grad_cam, occlusion, open_network, pixel_slopes
from core.models import answering, build
from core.models.joined import join
from core.models.logits import compiled
from core.settings import PRESETS

PEOPLE = 100
LIMIT = 1.0  # seconds


def main() -> int:
    print(machine())
    slowest = max(measure(name) for name in PRESETS)
    print(f"the slowest heat map takes {slowest:.2f} s (limit {LIMIT:g} s)")
    return int(slowest > LIMIT)


def measure(name: str) -> float:
    """Print the rows of one preset; return the seconds of its heat map."""
    network, size = _network(name), PRESETS[name].face.size
    face = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    heat = _heat(network, face)
    heat()
    taken = seconds(heat)
    row(f"{name}: heat map", taken)
    asked = compiled(network)
    once = seconds(lambda: asked(face[None]), 1)
    row(
        f"{name}: covered, after {once[0]:.1f} s once",
        seconds(lambda: occlusion(lambda faces: asked(faces).logits, face, 1), 3),
    )
    return statistics.median(taken)


def _network(name: str) -> Any:
    settings = PRESETS[name]
    if settings.model.architecture != "embedding":
        plain = build(settings.model, settings.face.size, PEOPLE, seed=0)
        return answering(plain, settings.model)
    backbone = load_backbone(settings)
    if not isinstance(backbone, KerasBackbone):
        raise TypeError(f"{name} has no network of ours")
    kernel = np.random.default_rng(1).normal(size=(backbone.dimension, PEOPLE)).astype(np.float32)
    return join(backbone.network, kernel, np.zeros(PEOPLE, np.float32), settings.model.mirror_average)


def _heat(network: Any, face: Any) -> Callable[[], object]:
    opened = open_network(network)
    if opened is None:
        return lambda: pixel_slopes(network, face, 1)
    return lambda: grad_cam(opened, face, 1)


if __name__ == "__main__":
    sys.exit(main())
