"""Loading TensorFlow without its greetings."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what native code writes to stderr during the block; it is shown only if the block fails.

    TensorFlow reports on its own start, before any of its settings can ask it to be quiet.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        usual = os.dup(2)
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            if failed:
                held.seek(0)
                os.write(usual, held.read())
            os.dup2(usual, 2)
            os.close(usual)


def load_tensorflow() -> list[str]:
    """Import TensorFlow, let it take GPU memory only as it needs it, and return the names of the machine's devices."""
    with quiet_start():
        import tensorflow as tf

        from core.training import allow_gpu_growth

        allow_gpu_growth()
        devices = tf.config.list_physical_devices()
        details = [tf.config.experimental.get_device_details(each) for each in devices]
    return [str(known.get("device_name", each.device_type)) for known, each in zip(details, devices, strict=True)]
