"""The ordinary loop over the steps of a phase: the one place where Keras trains a network."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from core.settings import Settings


class Watch(Protocol):
    """Who follows the steps; sets `trainee.stop_training` where it wants no further step."""

    def begin_epoch(self, epoch: int, logs: Any) -> None:
        """Hear that an epoch begins, counted from 0."""
        ...

    def end_step(self, step: int, logs: dict[str, float]) -> None:
        """Hear of a step, with the mean loss and accuracy of its epoch so far."""
        ...

    def end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        """Hear that an epoch has ended, or was broken off."""
        ...


class Loop(Protocol):
    """A way through the steps of a phase."""

    def scope(self, settings: Settings, classes: int) -> AbstractContextManager[Any]:
        """Return the context in which the network of `settings` for so many people, and its optimiser, are made."""
        ...

    def run_epochs(self, trainee: Any, batches: Any, watch: Watch, *, first: int, epochs: int, steps: int) -> None:
        """Train as the function `run_epochs` does."""
        ...


class OneDevice:
    """The ordinary way: one process, one device."""

    def scope(self, settings: Settings, classes: int) -> AbstractContextManager[Any]:
        """Return a context that does nothing."""
        return nullcontext()

    def run_epochs(self, trainee: Any, batches: Any, watch: Watch, *, first: int, epochs: int, steps: int) -> None:
        """Train with Keras' own loop."""
        run_epochs(trainee, batches, watch, first=first, epochs=epochs, steps=steps)


def run_epochs(trainee: Any, batches: Any, watch: Watch, *, first: int, epochs: int, steps: int) -> None:
    """Train a compiled network, and tell `watch` of each step and epoch.

    Args:
        trainee: A compiled keras.Model, see `build_trainee`.
        batches: An endless tf.data.Dataset of (faces, one-hot people, weights) that begins with epoch `first`.
        first, epochs: The epochs to train, counted from 0: `first` to `epochs` - 1.
        steps: Of each epoch.
    """
    import keras

    callback = keras.callbacks.LambdaCallback(
        on_epoch_begin=watch.begin_epoch, on_train_batch_end=watch.end_step, on_epoch_end=watch.end_epoch
    )
    trainee.fit(
        batches,
        initial_epoch=first,
        epochs=epochs,
        steps_per_epoch=steps,
        callbacks=[callback],
        verbose=0,
        shuffle=False,
    )
