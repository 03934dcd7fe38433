"""How long work tells where it stands, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a piece of work stands.

    Attributes:
        stage: What is being done, as the page shows it: "Reading photos", "Finding faces", "Training".
        done, total: Counted in `unit`; total 0 where it is not known yet.
        unit: "photos", "epochs", ...
        detail: One more short sentence, may be empty.
    """

    stage: str
    done: int
    total: int
    unit: str = "photos"
    detail: str = ""


Report = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def silent(progress: Progress) -> None:
    """Ignore a report: for callers without a listener."""


def never() -> bool:
    """Answer that nobody asks to stop."""
    return False
