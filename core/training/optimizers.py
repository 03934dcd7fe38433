"""The optimisers, as the settings describe them."""

from __future__ import annotations

from typing import Any

from core.settings import TrainingSettings


def make_optimizer(settings: TrainingSettings) -> Any:
    """Return a new optimiser of Keras; `optimizer`, `learning_rate` and `weight_decay` are used."""
    from keras import optimizers

    rate, decay = settings.learning_rate, settings.weight_decay or None
    if settings.optimizer == "adam":
        return in_one_pass(optimizers.Adam)(rate)
    if settings.optimizer == "adamw":
        optimizer = in_one_pass(optimizers.AdamW)(rate, weight_decay=settings.weight_decay)
    else:
        optimizer = optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay)
    # What shifts or scales whole channels cannot learn a face by heart; these are the parts of their names.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def in_one_pass(kind: Any) -> Any:
    """Return Keras' `Adam` or `AdamW` with TensorFlow's own operation for a step: once through the weights.

    Keras goes through them a dozen times, which takes a dense network of five million weights longer than its gradients. The
    formula is the same, the last digit may differ. Several replicas, and weights of other kinds, are left to Keras.

    Source:
        Kingma and Ba, Adam (arXiv 1412.6980), algorithm 1 in the order that the end of section 2 gives.
    """
    import tensorflow as tf

    class OnePass(kind):  # type: ignore[misc]  # Keras has no types
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            usual = variable.dtype == gradient.dtype == tf.float32 and not self.amsgrad
            if not usual or tf.distribute.has_strategy():
                super().update_step(gradient, variable, learning_rate)
                return
            place, steps = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=self._momentums[place].value.handle,
                v=self._velocities[place].value.handle,
                beta1_power=self.beta_1**steps,
                beta2_power=self.beta_2**steps,
                lr=tf.cast(learning_rate, tf.float32),
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=gradient,
            )

    return OnePass
