"""What a setting may be: limits, labels and help, and the checks that hold them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, get_type_hints

from core.errors import SettingsError


@dataclass(frozen=True)
class Limits:
    """What a setting may be, and how it is presented.

    Attributes:
        label: Short name on the page, sentence case.
        help: One plain sentence for the tooltip.
        low, high: Inclusive limits of a number; for a tuple, of each of its numbers.
        step: The slider's step.
        unit: Unit of the number ("px", "°", "%"), may be empty.
        choices: The allowed words of a choice.
    """

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()


def setting(default: Any, label: str, help: str, **limits: Any) -> Any:
    """Return a dataclass field that carries its `Limits`."""
    return field(default=default, metadata={"limits": Limits(label, help, **limits)})


def limits_of(part: object | type, name: str) -> Limits:
    """Return the limits, label and help of field `name` of a settings part."""
    (found,) = (each for each in fields(part) if each.name == name)  # type: ignore[arg-type]
    limits: Limits = found.metadata["limits"]
    return limits


@cache  # reading them from the annotations takes a millisecond
def types_of(part: Any) -> dict[str, Any]:
    """Return the type of each field of a settings part."""
    return get_type_hints(part)


def check_part(part: object, part_name: str) -> None:
    """Check every value of one settings part.

    Raises:
        SettingsError: names the first wrong value, its limits and what was got.
    """
    kind: Any = type(part)
    types = types_of(kind)
    for each in fields(part):  # type: ignore[arg-type]
        value, limits = getattr(part, each.name), each.metadata["limits"]
        name = f"{part_name}.{each.name}"
        check_type(name, value, types[each.name])
        if limits.choices and value not in limits.choices:
            raise SettingsError(f"{name} is {value!r}.", f"Choose one of {', '.join(limits.choices)}.")
        for number in value if isinstance(value, tuple) else (value,):
            check_number(name, number, limits)


_IN_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def check_type(name: str, value: object, expected: Any) -> None:
    """Raise SettingsError unless `value` is of type `expected`."""
    if expected == tuple[int, ...]:
        good = isinstance(value, tuple) and bool(value) and all(type(each) is int for each in value)
    elif expected is float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        good = type(value) is expected
    if not good:
        kind = "a list of whole numbers" if expected == tuple[int, ...] else _IN_WORDS.get(expected, expected.__name__)
        raise SettingsError(f"{name} is {value!r:.100}.", f"It has to be {kind}.")


def check_number(name: str, value: object, limits: Limits) -> None:
    """Raise SettingsError if `value` is a number outside `limits`."""
    if limits.low is None or limits.high is None or isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not limits.low <= value <= limits.high:
        unit = f" {limits.unit}" if limits.unit else ""
        raise SettingsError(f"{name} is {value}{unit}.", f"It has to be between {limits.low} and {limits.high}{unit}.")
