"""What the answers of a batch are called on the page."""

from __future__ import annotations

from core.batch import BatchRow
from ui.components import percent

UNKNOWN = "Unknown"
# A sign and a word, so that nobody has to tell colours apart.
DECISIONS = {"known": "✓ Known", "unsure": "? Unsure", "unknown": "✗ Unknown", "by hand": "✎ By hand"}


def name_of(row: BatchRow) -> str:
    """Return how a face is called."""
    return row.person or UNKNOWN


def note_of(row: BatchRow) -> str:
    """Return the few words on a face: how sure its name is."""
    if row.decision == "by hand":
        return "by hand"
    if row.decision == "unknown":
        return f"like {row.likeliest}"
    return percent(row.probability, 0) + (", unsure" if row.decision == "unsure" else "")


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 face", "1,200 faces"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
