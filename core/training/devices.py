"""The machine's accelerators."""

from __future__ import annotations


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
