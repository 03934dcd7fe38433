"""Embedding new faces beside nothing but the network's batches on the same faces in memory.

Ours is `core.embeddings.embed_faces` on memory-mapped crops of which nothing is stored: read, embed, normalise, report,
write. The bare work is the compiled network on batches of the same length. Prints milliseconds per face and the ratio for
both embeddings; the ratio is to stay below 1.2. A last row reads the stored vectors again.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import interleaved, machine, row, seconds
from core.embeddings import KerasBackbone, embed_faces, load_backbone
from core.embeddings.backbone import BATCH
from core.settings import Settings, preset

FACES = 8 * BATCH
LIMIT = 1.2


def main() -> int:
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        ratios = [measure(Path(folder), name) for name in ("embedding", "embedding-fast")]
    print(f"at most {max(ratios):.2f} times the bare batches (limit {LIMIT})")
    return int(max(ratios) > LIMIT)


def measure(folder: Path, name: str) -> float:
    """Print the rows of one preset; return how many times the bare work ours takes."""
    settings = preset(name)
    backbone = load_backbone(settings)
    if not isinstance(backbone, KerasBackbone):
        raise TypeError(f"{name} has no network of ours")
    pixels = write_crops(folder / f"{name}.rgb", settings.face.size)
    photos = {f"{number:064x}": number for number in range(FACES)}
    places = (folder / f"{name}-{number}" for number in count())

    def embed(place: Path, settings: Settings = settings) -> Any:
        wanted, changes = list(photos), settings.augmentation
        return embed_faces(place, "crops", backbone, pixels, photos, wanted, (0,), changes, settings.seed)

    bare = bare_batches(backbone, np.array(pixels))
    bare()
    ours, alone = interleaved(lambda: embed(next(places)), bare)
    per_face = 1000 / FACES
    row(f"{name}: embed {FACES} new faces, per face", ours, alone, "ms", per_face)
    row(f"{name}: read them again, per face", seconds(lambda: embed(folder / f"{name}-0")), unit="ms", factor=per_face)
    return statistics.median(ours) / statistics.median(alone)


def write_crops(path: Path, size: int) -> Any:
    """Write random crops and return them as a memory map, uint8 (N, S, S, 3)."""
    shape = (FACES, size, size, 3)
    np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).tofile(path)
    return np.memmap(path, np.uint8, "r", shape=shape)


def bare_batches(backbone: KerasBackbone, faces: Any) -> Any:
    import tensorflow as tf

    network = tf.function(lambda batch: backbone.network(batch, training=False))
    batches = [tf.constant(faces[start : start + BATCH]) for start in range(0, FACES, BATCH)]
    return lambda: [network(batch).numpy() for batch in batches]


if __name__ == "__main__":
    sys.exit(main())
