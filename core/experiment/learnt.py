"""What a training leaves, whichever way the network has learnt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.training import EpochReport

Floats = npt.NDArray[np.float32]

FINAL, SELECTION = "final", "selection"  # the saved network, and the one that had not yet seen the validation photos


@dataclass(frozen=True, eq=False)
class Learnt:
    """A trained network and its answers.

    Attributes:
        network: keras.Model, to be saved; see `core.models`.
        logits: float32 (N, C) of the faces of each part; those of "validation" by a network that has not learnt from them.
        vectors: float32 (N, D) of each part, by `network`: embeddings of length 1, or what the last layer gets.
        history: One report per epoch, or per step of a head.
        best_epoch: The epoch that was kept.
        refitted: Whether the saved network learnt from the validation faces, too.
        stopped: Whether somebody asked to stop.
        trouble: Why the training ended before its time without anybody asking; empty where it did not.
    """

    network: Any
    logits: dict[str, Floats]
    history: list[EpochReport]
    best_epoch: int
    refitted: bool
    stopped: bool
    vectors: dict[str, Floats] = field(default_factory=dict)
    trouble: str = ""

    @property
    def measured_by(self) -> dict[str, str]:
        """Which network answered for each part: "final" or, where that one learnt from it, "selection"."""
        return {"train": FINAL, "validation": SELECTION if self.refitted else FINAL, "test": FINAL}
