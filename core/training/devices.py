"""The machine: its accelerators, its memory, and how exactly it repeats itself."""

from __future__ import annotations

import psutil


def allow_gpu_growth() -> int:
    """Let TensorFlow take GPU memory as it needs it, not all at once; call before the first network.

    Returns:
        How many GPUs there are.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    return len(gpus)


def repeat_exactly() -> None:
    """Let every operation of this process give the same digits each time, from now on; slower."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def memory_in_use() -> int:
    """Return the bytes of memory that this process holds."""
    return int(psutil.Process().memory_info().rss)
