"""The ready-made settings a person starts from."""

from __future__ import annotations

from core.errors import SettingsError
from core.settings.parts import FaceSettings, ModelSettings, Settings, TrainingSettings

# Chosen on the built-in faces by the test accuracy of seeds 0 to 6; benchmarks/bench_orl.py judges them on other seeds.
PRESETS: dict[str, Settings] = {
    "dense": Settings(
        face=FaceSettings(size=100, margin=0.2),
        model=ModelSettings(dropout=0.2, normalisation="face"),
        training=TrainingSettings(epochs=30, learning_rate=1e-3, patience=10),
    ),
    "cnn": Settings(
        preset="cnn",
        face=FaceSettings(size=128, margin=0.2),
        model=ModelSettings(architecture="cnn", colour="rgb", normalisation="face", units=(64,), dropout=0.0),
        training=TrainingSettings(epochs=20, learning_rate=5e-4, batch_size=16, patience=10),
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
