"""The network as it is trained: behind the random changes, with a loss and an optimiser."""

from __future__ import annotations

from typing import Any

from core.augmentation import augmentation_layers
from core.settings import Settings, TrainingSettings


def build_trainee(network: Any, settings: Settings) -> Any:
    """Put the random changes in front of `network` and compile it; the two share their weights.

    Args:
        network: From uint8 faces (B, S, S, 3) to logits (B, C).
        settings: `augmentation`, `model.colour`, `training` and `seed` are used.

    Returns:
        A compiled keras.Model, uint8 (B, S, S, 3) to float32 (B, C).
    """
    import keras

    faces = keras.Input(network.input_shape[1:], dtype="uint8", name="face")
    pixels = keras.ops.cast(faces, "float32")
    # A gray network would drop the colours anyway: without them the changes cost a third.
    gray = settings.model.colour == "gray"
    if gray:
        pixels = keras.ops.image.rgb_to_grayscale(pixels)  # (B, S, S, 3) -> (B, S, S, 1)
    pixels = augmentation_layers(settings.augmentation, settings.seed, colour=not gray)(pixels)
    changed = keras.ops.cast(keras.ops.round(pixels), "uint8")  # whole numbers, as every later face
    if gray:
        changed = keras.ops.repeat(changed, 3, axis=-1)
    changes = keras.Model(faces, changed, name="changes")  # in reach by its name: several machines change a batch as one does
    trainee = keras.Model(faces, network(changes(faces)), name="trainee")
    trainee.compile(
        optimizer=_optimizer(settings.training),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.training.label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    trainee.optimizer.build(trainee.trainable_variables)
    return trainee


def lasting_variables(trainee: Any) -> list[Any]:
    """Return all that outlives an epoch: weights, the states of the random generators, the optimiser's memory."""
    of_metrics = {id(each) for each in trainee.metrics_variables}
    return [*(each for each in trainee.variables if id(each) not in of_metrics), *trainee.optimizer.variables]


def _optimizer(settings: TrainingSettings) -> Any:
    from keras import optimizers

    rate, decay = settings.learning_rate, settings.weight_decay or None
    if settings.optimizer == "adam":
        return optimizers.Adam(rate)
    if settings.optimizer == "adamw":
        optimizer = optimizers.AdamW(rate, weight_decay=settings.weight_decay)
    else:
        optimizer = optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay)
    # What shifts or scales whole channels cannot learn a face by heart; these are the parts of their names.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
