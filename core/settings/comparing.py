"""Two settings side by side: only what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from core.settings.limits import limits_of
from core.settings.parts import Settings, parts_of_settings

_WHOLE = {"preset": "Preset", "seed": "Seed"}


@dataclass(frozen=True)
class Difference:
    """One setting in which two runs differ.

    Attributes:
        part: "training", "face", ...; empty for the preset and the seed.
        name: Of the setting in its part.
        label: As the pages call it.
        left, right: The two values: text, number, truth, or a tuple of numbers.
    """

    part: str
    name: str
    label: str
    left: Any
    right: Any


def differences(left: Settings, right: Settings) -> tuple[Difference, ...]:
    """Return every setting in which the two differ, in the order of the settings."""
    return tuple(_differences(left, right))


def _differences(left: Settings, right: Settings) -> Iterator[Difference]:
    for name, label in _WHOLE.items():
        if getattr(left, name) != getattr(right, name):
            yield Difference("", name, label, getattr(left, name), getattr(right, name))
    for part, kind in parts_of_settings().items():
        one, other = getattr(left, part), getattr(right, part)
        for field in fields(kind):
            values = getattr(one, field.name), getattr(other, field.name)
            if values[0] != values[1]:
                yield Difference(part, field.name, limits_of(kind, field.name).label, *values)
