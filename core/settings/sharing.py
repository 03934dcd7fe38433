"""Settings that people hand on: as a file, or as a word in an address that says how they differ from a preset.

A code looks like `1~cnn~training.epochs-40~split.preset-80_10_10`: its version, the preset, then what differs. It holds only
letters that an address carries as they are, and no path of a computer's folders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from core.errors import SettingsError
from core.settings.faces import DataSettings
from core.settings.limits import limits_of
from core.settings.parts import Settings, parts_of_settings
from core.settings.presets import PRESETS, preset
from core.settings.text import from_json, to_json, with_values

VERSION = "1"
PART, VALUE = "~", "-"  # between the parts of a code, and between a name and its value
LONGEST = 4000  # letters of a code; all settings changed are fewer than 2,500
LARGEST = 1_000_000  # bytes of a file; settings take some 3,000

_PATHS = {"data.source", "embedding.onnx_file"}  # where somebody keeps their photos is nobody else's business


def to_code(settings: Settings) -> str:
    """Return what differs between `settings` and their preset, in letters that an address carries as they are.

    Raises:
        SettingsError: there is no such preset.
    """
    base = preset(settings.preset)
    changes = [f"{name}{VALUE}{_written(value)}" for name, value in _differences(base, settings)]
    if settings.seed != base.seed:
        changes.append(f"seed{VALUE}{settings.seed}")
    return PART.join([VERSION, settings.preset, *changes])


def _differences(base: Settings, settings: Settings) -> Iterator[tuple[str, Any]]:
    for part, kind in parts_of_settings().items():
        for each in fields(kind):
            value, name = getattr(getattr(settings, part), each.name), f"{part}.{each.name}"
            if value != getattr(getattr(base, part), each.name) and name not in _PATHS:
                yield name, value


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "_".join(map(str, value))
    return str(value).replace("/", "_")


def from_code(code: str) -> Settings:
    """Return the settings that `to_code` has written as `code`; the photos stay to be chosen.

    Raises:
        SettingsError: another version, an unknown preset or name, or a value out of its limits; says which.
    """
    if len(code) > LONGEST:
        raise SettingsError("The settings in this address are too long.", "Ask for the address again, or for a file.")
    version, _, rest = code.partition(PART)
    if version != VERSION:
        raise SettingsError(
            f"The settings in this address have version {version[:20]!r}; this program reads version {VERSION}.",
            "Update Visage, or ask for the address again.",
        )
    name, *changes = rest.split(PART)
    settings = preset(name)
    for change in changes:
        settings = _changed(settings, *_name_and_value(change))
    return settings


def _name_and_value(change: str) -> tuple[str, str]:
    name, found, text = change.partition(VALUE)
    if not found:
        raise SettingsError(f"{change[:60]!r} in the address is no setting.", "Copy the whole address once more.")
    return name, text


def _changed(settings: Settings, name: str, text: str) -> Settings:
    if name == "seed":
        try:
            return replace(settings, seed=int(text))
        except ValueError as error:
            raise SettingsError(f"seed is {text[:60]!r}.", "It has to be a whole number.") from error
    if name in _PATHS:
        raise SettingsError(f"{name} cannot be set by an address.", "Choose photos and files on the page.")
    return with_values(settings, {name: _as_typed(name, text)})


def _as_typed(name: str, text: str) -> str:
    """Return a value as the command line takes it: choices with their slashes, lists with commas."""
    part, _, own = name.partition(".")
    kind = parts_of_settings().get(part)
    if kind is None or own not in {each.name for each in fields(kind)}:
        return text  # an unknown name is told by whoever reads it
    choices = limits_of(kind, own).choices
    return next((choice for choice in choices if _written(choice) == text), text.replace("_", ","))


def to_text(settings: Settings) -> str:
    """Return `settings` as the text of a file, without where the photos are."""
    return json.dumps(to_json(replace(settings, data=DataSettings())), indent=2, ensure_ascii=False) + "\n"


def from_text(data: bytes) -> Settings:
    """Return the settings in a file that `to_text` or a run has written; the photos stay to be chosen.

    Raises:
        SettingsError: no JSON, an unknown or newer setting, or a value out of its limits; says which.
    """
    if len(data) > LARGEST:
        raise SettingsError(f"The file has {len(data):,} bytes.", "Choose a settings file: it has some 3,000.")
    try:
        values = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"The file is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            "Choose a file that Visage has saved, or mend that line.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError("The file is no JSON text.", "Choose a file that Visage has saved.") from error
    settings = from_json(values)
    if settings.preset not in PRESETS:
        raise SettingsError(f"preset is {settings.preset!r}.", f"It has to be one of {', '.join(PRESETS)}.")
    return replace(settings, data=DataSettings())
