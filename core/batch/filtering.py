"""Choosing among the faces of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.batch.rows import BatchRow

FLAWLESS = "good"  # asks for faces without a flaw


@dataclass(frozen=True)
class Wanted:
    """Which faces are asked for; what is empty asks for nothing.

    Attributes:
        decisions: "known", "unsure", "unknown", "by hand": any of these.
        person: The name they carry.
        quality: A flaw they have, or `FLAWLESS`.
        text: Part of the photo's name; capitals do not matter.
        least, most: Between which their probability lies, 0..1, ends included.
    """

    decisions: tuple[str, ...] = ()
    person: str = ""
    quality: str = ""
    text: str = ""
    least: float = 0.0
    most: float = 1.0


def find_rows(rows: Sequence[BatchRow], wanted: Wanted) -> list[BatchRow]:
    """Return the faces that are asked for, in their order."""
    text = wanted.text.strip().casefold()
    return [
        row
        for row in rows
        if (not wanted.decisions or row.decision in wanted.decisions)
        and (not wanted.person or row.person == wanted.person)
        and (not wanted.quality or wanted.quality in (row.flaws or (FLAWLESS,)))
        and text in row.file.casefold()
        and wanted.least <= row.probability <= wanted.most
    ]


def people_in(rows: Sequence[BatchRow]) -> list[str]:
    """Return the names that faces carry, in the order of the alphabet."""
    return sorted({row.person for row in rows if row.person}, key=str.casefold)


def flaws_in(rows: Sequence[BatchRow]) -> list[str]:
    """Return all flaws that occur, the most frequent first."""
    count = Counter(flaw for row in rows for flaw in row.flaws)
    return sorted(count, key=lambda flaw: (-count[flaw], flaw))
