"""Pictures that no two tests confuse: smooth random colours, different for every seed, and folders of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from core.datasets import Catalogue, ScanResult, open_dataset, scan


def picture(seed: int, width: int = 60, height: int = 80) -> Image.Image:
    """Return a picture of `seed`: 5 x 6 random colours, blended smoothly into each other."""
    colours = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC)


def write_picture(path: Path, seed: int, **options: object) -> Path:
    """Write the picture of `seed`; the ending decides the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed).save(path, **options)
    return path


def picture_bytes(seed: int, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture(seed).save(buffer, kind)
    return buffer.getvalue()


def folder_of(root: Path, people: Mapping[str, int]) -> Path:
    """Write so many pictures into each person's folder, each picture different."""
    seed = 0
    for person, count in people.items():
        for number in range(count):
            seed += 1
            write_picture(root / person / f"{number + 1}.png", seed)
    return root


def scanned(root: Path) -> tuple[Catalogue, ScanResult]:
    catalogue = open_dataset(str(root))
    return catalogue, scan(catalogue)
