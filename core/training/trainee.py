"""The network as it is trained: with a loss and an optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import Settings
from core.training.optimizers import make_optimizer


def build_trainee(network: Any, settings: Settings) -> Any:
    """Compile a network around `network`, which stays as it is; the two share their weights.

    Args:
        network: From uint8 faces (B, S, S, 3) to logits (B, C).
        settings: `training` is used.

    Returns:
        A compiled keras.Model, uint8 (B, S, S, 3) to float32 (B, C).
    """
    import keras

    faces = keras.Input(network.input_shape[1:], dtype="uint8", name="face")
    trainee = keras.Model(faces, network(faces), name="trainee")
    trainee.compile(
        optimizer=make_optimizer(settings.training),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.training.label_smoothing),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    trainee.optimizer.build(trainee.trainable_variables)
    return trainee


def lasting_variables(trainee: Any) -> list[Any]:
    """Return all that outlives an epoch: weights, the states of the dropout's random generators, the optimiser's memory."""
    of_metrics = {id(each) for each in trainee.metrics_variables}
    return [*(each for each in trainee.variables if id(each) not in of_metrics), *trainee.optimizer.variables]


def restore(trainee: Any, values: Sequence[npt.NDArray[np.generic]]) -> None:
    """Give a trainee the values that its lasting variables had in a checkpoint; none leave it as it is.

    An earlier program changed the faces inside the trainee, and kept the random generators of that before all else.
    """
    if not values:
        return
    own = lasting_variables(trainee)
    for variable, value in zip(own, values[-len(own) :], strict=True):
        variable.assign(value)
