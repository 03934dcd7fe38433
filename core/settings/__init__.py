"""Every choice of a run, with its default, limits, unit and help; the sliders and the command line read them from here."""

from core.settings.faces import AugmentationSettings, DataSettings, FaceSettings, SplitSettings
from core.settings.imports import IMPORT_LIMITS, ImportLimits
from core.settings.limits import Limits, limits_of, types_of
from core.settings.networks import EmbeddingSettings, ModelSettings, OpenSetSettings, TrainingSettings
from core.settings.parts import Settings, parts_of_settings
from core.settings.presets import AUGMENTATIONS, DEFAULT_PRESET, PRESETS, preset
from core.settings.randomness import rng_for, seed_for
from core.settings.text import SCHEMA_VERSION, from_json, to_json, with_values

__all__ = [
    "AUGMENTATIONS",
    "DEFAULT_PRESET",
    "IMPORT_LIMITS",
    "PRESETS",
    "SCHEMA_VERSION",
    "AugmentationSettings",
    "DataSettings",
    "EmbeddingSettings",
    "FaceSettings",
    "ImportLimits",
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
