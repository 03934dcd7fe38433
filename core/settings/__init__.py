"""Every choice of a run, with its default, limits, unit and help; the sliders and the command line read them from here."""

from core.settings.limits import Limits, limits_of, types_of
from core.settings.parts import (
    AugmentationSettings,
    DataSettings,
    FaceSettings,
    ModelSettings,
    OpenSetSettings,
    Settings,
    SplitSettings,
    TrainingSettings,
    parts_of_settings,
)
from core.settings.presets import PRESETS, preset
from core.settings.randomness import rng_for, seed_for
from core.settings.text import SCHEMA_VERSION, from_json, to_json, with_values

__all__ = [
    "PRESETS",
    "SCHEMA_VERSION",
    "AugmentationSettings",
    "DataSettings",
    "FaceSettings",
    "Limits",
    "ModelSettings",
    "OpenSetSettings",
    "Settings",
    "SplitSettings",
    "TrainingSettings",
    "from_json",
    "limits_of",
    "parts_of_settings",
    "preset",
    "rng_for",
    "seed_for",
    "to_json",
    "types_of",
    "with_values",
]
