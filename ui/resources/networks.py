"""What has to hold in the server before it loads a network."""

from __future__ import annotations

from typing import Any


def prepare_for_networks() -> None:
    """Keep TensorFlow off the GPU, which belongs to the training processes, and networks as they were compiled.

    Streamlit clears Keras's session whenever a page has run. That throws away what TensorFlow has made of every network, a
    quarter of a second's work at the next face, and changes Keras's state under the threads of other people's pages.
    """
    from core.recognizer import keep_tensorflow_on_cpu

    keep_tensorflow_on_cpu()
    import keras

    keras.backend.clear_session = _clear_nothing


def _clear_nothing(*arguments: Any, **options: Any) -> None:
    pass
