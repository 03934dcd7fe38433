"""The ready-made settings a person starts from."""

from __future__ import annotations

from core.errors import SettingsError
from core.settings.parts import FaceSettings, ModelSettings, Settings, TrainingSettings

PRESETS: dict[str, Settings] = {
    "dense": Settings(face=FaceSettings(size=100)),
    "cnn": Settings(
        preset="cnn",
        model=ModelSettings(architecture="cnn", colour="rgb", units=(64,), dropout=0.25),
        training=TrainingSettings(epochs=60, learning_rate=1e-3),
    ),
}


def preset(name: str) -> Settings:
    """Return the settings of a preset: "dense" or "cnn", the two networks of the original notebooks.

    Raises:
        SettingsError: there is no such preset.
    """
    if name not in PRESETS:
        raise SettingsError(f"There is no preset {name!r}.", f"Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
