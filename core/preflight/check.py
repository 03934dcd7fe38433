"""One line of the checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "note", "bad"]
Cure = Literal[
    "", "add_photos", "prepare", "show_problems", "show_conflicts", "split", "smaller", "free_disk", "other_preset",
    "get_weights", "faces", "move",
]  # fmt: skip
"""What leads on. add_photos: more photos or people. prepare: find the faces. show_problems: the photos without a face.
show_conflicts: photos under two names. split: the settings of the split. smaller: batch size, face size or layers.
free_disk: delete old runs, crops and datasets. other_preset: one with an embedding. get_weights: download an embedding's
weights, or choose a preset without. faces: the settings of the faces. move: say where the dataset's folder is now."""


@dataclass(frozen=True)
class Check:
    """One line of the checklist.

    Attributes:
        name: Which check: "folder", "people", "photos", "faces", "duplicates", "weights", "memory", "disk" or "queue".
        state: "good", "note" (worth knowing, the training can start) or "bad" (it cannot).
        words: What was found, one or two sentences; names in it come from users.
        cure: What leads on, for a button; empty where nothing needs to be done. See `Cure`.
    """

    name: str
    state: State
    words: str
    cure: Cure = ""
