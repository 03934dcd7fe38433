"""What a command has to say: values for programs, text for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """The outcome of a command.

    Attributes:
        values: Plain JSON values, printed with --json.
        text: The same in short words, printed without.
        failed: Whether nothing of what was asked for worked.
    """

    values: Any
    text: str
    failed: bool = False
