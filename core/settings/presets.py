"""The ready-made settings a person starts from."""

from __future__ import annotations

from core.errors import SettingsError
from core.settings.faces import AugmentationSettings, FaceSettings
from core.settings.networks import EmbeddingSettings, ModelSettings, TrainingSettings
from core.settings.parts import Settings

_ALIGNED = FaceSettings(detector="yunet", min_score=0.6, alignment="arcface", margin=0.0, size=112)
# Regularisation, scale and averaging were chosen on twenty of the forty people of pins40 and on other draws than the
# benchmark's; benchmarks/bench_accuracy.py judges them.
_EMBEDDING = ModelSettings(architecture="embedding", colour="rgb", mirror_average=True)
_HEAD = TrainingSettings(epochs=200, refit=True)

PRESETS: dict[str, Settings] = {
    "embedding": Settings(preset="embedding", face=_ALIGNED, model=_EMBEDDING, training=_HEAD),
    "embedding-fast": Settings(
        preset="embedding-fast",
        face=FaceSettings(detector="yunet", min_score=0.6, alignment="dlib", margin=0.0, size=150),
        model=_EMBEDDING,
        embedding=EmbeddingSettings(backbone="dlib", scale=60.0),
        training=_HEAD,
    ),
    # The recipe of a residual network for 2 cores: small faces leave time for many epochs, strong changes keep it from learning
    # the photos by heart. Chosen on another draw of pins40 than those that benchmarks/bench_accuracy.py judges it by.
    "residual": Settings(
        preset="residual",
        face=FaceSettings(detector="yunet", min_score=0.6, alignment="arcface", margin=0.0625, size=56),
        augmentation=AugmentationSettings(
            rotation=6,
            zoom=0.08,
            shift=0.07,
            shear=0.04,
            brightness=0.2,
            contrast=0.3,
            saturation=0.3,
            hue=6,
            erasing=0.4,
        ),
        model=ModelSettings(
            architecture="residual",
            colour="rgb",
            normalisation="face",
            filters=(32, 64, 128, 256),
            dropout=0.4,
            trim=4,
            mirror_average=True,
            shift_average=3,
        ),
        training=TrainingSettings(
            epochs=90,
            steps=1000,
            batch_size=32,
            optimizer="sgd",
            learning_rate=0.05,
            schedule="cosine",
            warmup=3,
            weight_decay=2e-3,
            label_smoothing=0.1,
            patience=0,
            refit=False,
        ),
    ),
    # The two networks of the original notebooks. Their settings were chosen on the built-in faces by the test accuracy of
    # seeds 0 to 6; benchmarks/bench_orl.py judges them on other seeds.
    "cnn": Settings(
        preset="cnn",
        face=FaceSettings(size=128, margin=0.2),
        model=ModelSettings(architecture="cnn", colour="rgb", normalisation="face", units=(64,), dropout=0.0),
        training=TrainingSettings(epochs=20, learning_rate=5e-4, batch_size=16, patience=10),
    ),
    "dense": Settings(
        face=FaceSettings(size=100, margin=0.2),
        model=ModelSettings(dropout=0.2, normalisation="face"),
        training=TrainingSettings(epochs=30, learning_rate=1e-3, patience=10),
    ),
}
DEFAULT_PRESET = "embedding"

# Sets of random changes to start from. On faces of ORL and of pins40, aligned for SFace, the mean variant goes 6% and 7%,
# 13% and 16%, 39% and 41% of the way to the nearest other person. Source: benchmarks/measure_drift.py.
AUGMENTATIONS: dict[str, AugmentationSettings] = {
    "gentle": AugmentationSettings(rotation=2, zoom=0.03, shift=0.02, brightness=0.05, contrast=0.05),
    "standard": AugmentationSettings(),
    "strong": AugmentationSettings(
        rotation=10,
        zoom=0.1,
        shift=0.06,
        shear=0.06,
        brightness=0.2,
        contrast=0.3,
        saturation=0.3,
        hue=10,
        blur=0.01,
        noise=0.04,
        jpeg=0.5,
        erasing=0.25,
    ),
}


def preset(name: str) -> Settings:
    """Return the settings of a preset; the first of `PRESETS` is the one to start with.

    Raises:
        SettingsError: there is no such preset.
    """
    if name not in PRESETS:
        raise SettingsError(f"There is no preset {name!r}.", f"Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
