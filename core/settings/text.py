"""Settings as JSON and as the command line's dotted names."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from core.errors import SettingsError
from core.settings.limits import types_of
from core.settings.parts import Settings, parts_of_settings

SCHEMA_VERSION = 1


def to_json(settings: Settings) -> dict[str, Any]:
    """Return `settings` as plain JSON values, with the schema's version."""
    values = json.loads(json.dumps(dataclasses.asdict(settings)))
    return {"schema_version": SCHEMA_VERSION, **values}


def from_json(values: Mapping[str, Any]) -> Settings:
    """Rebuild settings from `to_json`; parts or values that are absent get their defaults.

    Raises:
        SettingsError: an unknown name, a value out of its limits, or a newer schema.
    """
    if not isinstance(values, Mapping):
        raise SettingsError(f"The settings are {values!r:.80}.", "They have to be groups of settings, as Visage writes them.")
    version = values.get("schema_version", SCHEMA_VERSION)
    if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
        raise SettingsError(
            f"These settings have version {version}; this program reads up to {SCHEMA_VERSION}.", "Update Visage."
        )
    known = {each.name for each in fields(Settings)}
    unknown = set(values) - known - {"schema_version"}
    if unknown:
        raise SettingsError(f"Unknown settings: {', '.join(sorted(unknown))}.", f"Known are {', '.join(sorted(known))}.")
    made: dict[str, Any] = {name: values[name] for name in ("preset", "seed") if name in values}
    for part, kind in parts_of_settings().items():
        made[part] = _part_from_json(part, kind, values.get(part, {}))
    return Settings(**made)


def _part_from_json(part: str, kind: type, values: Any) -> Any:
    if not isinstance(values, Mapping):
        raise SettingsError(f"{part} is {values!r}.", "It has to be a group of settings.")
    known = {each.name for each in fields(kind)}
    unknown = set(values) - known
    if unknown:
        raise SettingsError(f"Unknown setting {part}.{sorted(unknown)[0]}.", f"Known are {', '.join(sorted(known))}.")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def with_values(settings: Settings, changes: Mapping[str, str]) -> Settings:
    """Return `settings` with dotted names changed, as the command line's `--set training.epochs=20` asks.

    Args:
        changes: Dotted name to text; "true"/"false" for switches, "512,256" for lists.

    Raises:
        SettingsError: an unknown name, or text that is no value of that setting.
    """
    for dotted, text in changes.items():
        part_name, _, name = dotted.partition(".")
        kind = parts_of_settings().get(part_name)
        if kind is None or name not in {each.name for each in fields(kind)}:
            raise SettingsError(
                f"Unknown setting {dotted}.", f"Names look like training.epochs; parts are {', '.join(parts_of_settings())}."
            )
        part = replace(getattr(settings, part_name), **{name: _parse(dotted, text, types_of(kind)[name])})
        settings = replace(settings, **{part_name: part})
    return settings


def _parse(dotted: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}[text.lower()]
        if kind == tuple[int, ...]:
            return tuple(int(each) for each in text.split(","))
        return kind(text)
    except (ValueError, KeyError) as error:
        raise SettingsError(
            f"{dotted}={text} cannot be read.", "Give a number, true or false, or numbers with commas."
        ) from error
