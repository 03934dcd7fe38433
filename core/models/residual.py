"""A small residual network: every block adds a correction to what came in, so that many layers can learn together."""

from __future__ import annotations

from typing import Any

from core.errors import SettingsError
from core.settings import ModelSettings, seed_for

# One block a stage: on two cores a second one would cost half of the epochs.
BLOCKS = 1
SMALLEST_SIDE = 2  # of the last stage: of a single pixel, 3x3 weights would only ever use the middle one
# With four steps an epoch and a smaller last batch, averages over a hundred steps would still remember the first weights.
MOMENTUM = 0.9


def residual_layers(pixels: Any, settings: ModelSettings, seed: int) -> Any:
    """Add a first convolution, a stage for each of `filters`, dropout, and a dense layer that knows the places in the face.

    The first convolution and each stage but the first halve the side. With (32, 64, 128, 256) on 48x48 colour faces:
        (B, 48, 48, 3) -> stem (24, 24, 32) -> stage 1 (24, 24, 32) -> stage 2 (12, 12, 64) -> stage 3 (6, 6, 128)
        -> stage 4 (3, 3, 256) -> Flatten (B, 2304) -> Dropout -> Dense 256 -> batch normalisation -> (B, 256)
    Aligned faces have their eyes in one place: the usual mean over all places at the end would throw that away.

    Args:
        pixels: float32 (B, S, S, C).
        settings: `filters` and `dropout` are used.
        seed: Decides the first weights and the dropout.

    Returns:
        float32 (B, D), D the last of `filters`.

    Raises:
        SettingsError: the faces are too small for so many stages.

    Source:
        He et al., "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), section 3 and its blocks of two 3x3
        convolutions; stride and filters are fitted to small faces. End: Deng et al., "ArcFace" (arXiv 1801.07698), section
        3.1, its dropout, dense layer and batch normalisation.
    """
    import keras

    if pixels.shape[1] < SMALLEST_SIDE * 2 ** len(settings.filters):
        raise SettingsError(
            f"The faces are too small for {len(settings.filters)} stages of a residual network.",
            "Choose fewer convolution filters, a larger face size or a smaller trimmed edge.",
        )
    pixels = _convolve(pixels, (settings.filters[0], 3, 2), "stem", seed)
    pixels = keras.layers.ReLU(name="stem_relu")(pixels)
    for stage, filters in enumerate(settings.filters, start=1):
        for block in range(1, BLOCKS + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            pixels = _block(pixels, filters, stride, f"stage_{stage}_block_{block}", seed)
    return _features(pixels, settings, seed)


def _features(pixels: Any, settings: ModelSettings, seed: int) -> Any:
    import keras

    features = keras.layers.Flatten(name="flat")(pixels)  # (B, S, S, D) -> (B, S * S * D)
    features = keras.layers.Dropout(settings.dropout, seed=seed_for(seed, "dropout"), name="dropout")(features)
    start = keras.initializers.HeNormal(seed=seed_for(seed, "weights features"))
    dense = keras.layers.Dense(settings.filters[-1], use_bias=False, kernel_initializer=start, name="features")
    return keras.layers.BatchNormalization(momentum=MOMENTUM, name="features_norm")(dense(features))  # -> (B, D)


def _block(pixels: Any, filters: int, stride: int, name: str, seed: int) -> Any:
    """Add two convolutions and a shortcut around them: (B, S, S, C) -> (B, S / stride, S / stride, filters).

    The last normalisation's factor starts at zero, so the whole block starts as its shortcut.

    Source:
        Goyal et al., "Accurate, Large Minibatch SGD" (arXiv 1706.02677), section 5.1.
    """
    import keras

    change = _convolve(pixels, (filters, 3, stride), f"{name}_conv_1", seed)
    change = keras.layers.ReLU(name=f"{name}_conv_1_relu")(change)
    change = _convolve(change, (filters, 3, 1), f"{name}_conv_2", seed, factor="zeros")
    if stride != 1 or pixels.shape[-1] != filters:
        pixels = _convolve(pixels, (filters, 1, stride), f"{name}_shortcut", seed)
    return keras.layers.ReLU(name=name)(keras.layers.Add(name=f"{name}_sum")([pixels, change]))


def _convolve(pixels: Any, shape: tuple[int, int, int], name: str, seed: int, factor: str = "ones") -> Any:
    """Add a convolution, without a bias as the batch normalisation behind it would take that away again.

    Args:
        pixels: float32 (B, S, S, C).
        shape: Filters, width of each, stride.
        name: Of the convolution; also decides its first weights.
        seed: Likewise.
        factor: What the normalisation's factors start with.

    Source:
        First weights: He et al., "Delving Deep into Rectifiers" (arXiv 1502.01852), equation 10. Normalisation: Ioffe and
        Szegedy (arXiv 1502.03167).
    """
    import keras

    filters, width, stride = shape
    start = keras.initializers.HeNormal(seed=seed_for(seed, f"weights {name}"))
    convolution = keras.layers.Conv2D(
        filters, width, strides=stride, padding="same", use_bias=False, kernel_initializer=start, name=name
    )
    normalisation = keras.layers.BatchNormalization(momentum=MOMENTUM, gamma_initializer=factor, name=f"{name}_norm")
    return normalisation(convolution(pixels))
