"""What an embedding says of faces that a run has named wrong, kept beside the answers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from core.explain import Opinions
from core.runs.run import damage_named
from core.storage import write_whole


def write_opinions(path: Path, found: Opinions) -> None:
    """Store opinions in one `.npz` file that needs no pickle.

    Raises:
        StorageError: the disk refuses.
    """
    content = io.BytesIO()
    photos = np.array(found.sha256, dtype="S64")
    np.savez_compressed(content, sha256=photos, labels=found.labels, likely=found.likely, gaps=found.gaps)
    write_whole(path, content.getvalue())


def read_opinions(path: Path) -> Opinions | None:
    """Return what `write_opinions` has stored; None where nobody was asked.

    Raises:
        RunError: the file is damaged or cannot be read.
    """
    if not path.exists():
        return None
    with damage_named(path), np.load(path, allow_pickle=False) as stored:
        photos = tuple(stored["sha256"].astype(str).tolist())
        return Opinions(photos, stored["labels"], stored["likely"], stored["gaps"])
