"""Several replicas of one network that learn together, in one process or in several on as many machines."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt

BYTES = 4  # of the words in which bytes travel: no one adds up bytes

Array = npt.NDArray[Any]


class Team:
    """The replicas, and what they tell each other.

    What the chief tells arrives by adding: everybody gives zeros but the chief's first replica, so nothing else than the
    sums is needed that the network's gradients need as well.

    Attributes:
        strategy: The tf.distribute.Strategy.
        processes: How many there are.
        is_chief: Whether this process decides.
    """

    def __init__(self, strategy: Any, processes: int = 1, is_chief: bool = True) -> None:
        import tensorflow as tf

        self.strategy, self.processes, self.is_chief = strategy, processes, is_chief
        self._spread = tf.function(self.from_chief, reduce_retracing=True)

    @property
    def replicas(self) -> int:
        """How many copies of the network learn."""
        return int(self.strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which the network and its optimiser are made."""
        return self.strategy.scope()  # type: ignore[no-any-return]

    def spread(self, value: Array) -> Array:
        """Return the chief's `value` in all processes; the others give an array of its shape and kind."""
        return np.asarray(self._spread(value)) if self.processes > 1 else value

    def spread_text(self, text: str, size: int) -> str:
        """Return the chief's `text` of `size` bytes in all processes."""
        own = np.frombuffer(text.encode(), np.uint8) if self.is_chief else np.zeros(size, np.uint8)
        return self.spread(own.astype(np.int32)).astype(np.uint8).tobytes().decode()

    def spread_variables(self, variables: list[Any]) -> None:
        """Give all processes the chief's values: a training may go on from a checkpoint that only the chief has."""
        if self.processes == 1:
            return
        values = [np.asarray(each) for each in variables]
        for kind in (np.float32, np.int64):  # weights, and what counts or seeds
            some = [place for place, own in enumerate(values) if (own.dtype.kind == "f") == (kind is np.float32)]
            flat = [values[place].ravel().astype(kind) for place in some]
            found = self.spread(np.concatenate([np.empty(0, kind), *flat]))
            ends = np.cumsum([len(each) for each in flat])[:-1]
            for place, part in zip(some if not self.is_chief else [], np.split(found, ends), strict=False):
                variables[place].assign(part.reshape(values[place].shape).astype(values[place].dtype))

    def from_chief(self, value: Any) -> Any:
        """Return the chief's tensor in all processes; float32, float64, int32 or int64 of the same shape everywhere."""
        import tensorflow as tf

        def give() -> Any:
            context = tf.distribute.get_replica_context()
            own = tf.where(tf.equal(context.replica_id_in_sync_group, 0), value, tf.zeros_like(value))
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own)

        return self.strategy.experimental_local_results(self.strategy.run(give))[0]


def mirrored_team(replicas: int = 0) -> Team:
    """Return a team in this process: one replica per GPU; without a GPU, `replicas` parts of the processor (0: one).

    Call before TensorFlow has done anything.
    """
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return Team(tf.distribute.MirroredStrategy())
    (processor,) = tf.config.list_physical_devices("CPU")
    parts = max(1, replicas)
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * parts)
    devices = [f"CPU:{number}" for number in range(parts)]
    # The default lets collective operations meet inside one process, which has crashed it.
    return Team(tf.distribute.MirroredStrategy(devices, cross_device_ops=tf.distribute.ReductionToOneDevice()))


def multiworker_team(processes: int, is_chief: bool) -> Team:
    """Return the team that TF_CONFIG describes; waits until all its processes are there.

    Call before TensorFlow has done anything.
    """
    import tensorflow as tf

    return Team(tf.distribute.MultiWorkerMirroredStrategy(), processes, is_chief)
