"""Where an import goes, and what has become of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from core.datasets import SkippedFile


@dataclass(frozen=True)
class Target:
    """Where the photos of an import go.

    Attributes:
        dataset: Id of a dataset that is there; empty for a new one.
        name: What a new dataset is called; where an imported one is called so already, its photos are added to.
        layout: How to find the names, see `layouts`.
        keep_parts: Whether the source's own division into training, validation and test is kept.
    """

    dataset: str = ""
    name: str = ""
    layout: str = "auto"
    keep_parts: bool = False


@dataclass
class Outcome:
    """What an import has brought.

    Attributes:
        dataset: Id of the dataset.
        name: What it is called.
        added: Photos that are new in it.
        there: Photos that it had already.
        people: People of whom photos were imported.
        skipped: What was left out, with reasons.
    """

    dataset: str
    name: str
    added: int
    there: int
    people: int
    skipped: list[SkippedFile] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Outcome:
        """Return what `to_json` has told."""
        return cls(**{**values, "skipped": [SkippedFile(**each) for each in values["skipped"]]})
