"""A network's answers for many faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network says about faces.

    Attributes:
        logits: float32 (N, C).
        vectors: float32 (N, D), embeddings of length 1; None where the network has none.
    """

    logits: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.float32] | None


def ask(network: Any, inputs: Any) -> Answers:
    """Ask `network` about one batch.

    Args:
        network: As `build`, `join` or `head_alone` make it.
        inputs: uint8 (B, S, S, 3) RGB, or float32 (B, D) for a head alone.
    """
    # A direct call: predict() would cost a tenth of a second each time it is set up, and is not made for several threads.
    return _answers(network(inputs, training=False))


def classes_of(network: Any) -> int:
    """Return how many people `network` tells apart."""
    output = network.output
    return int((output["logits"] if isinstance(output, dict) else output).shape[-1])


def compute_logits(network: Any, pixels: Any, rows: npt.NDArray[np.int64], batch: int = 64) -> npt.NDArray[np.float32]:
    """Ask `network` about the faces in `rows`, a batch at a time.

    Args:
        network: As `build` or `join` makes it.
        pixels: uint8 (N, S, S, 3), RGB, 0..255; only `batch` rows are in memory at once.
        rows: int64 (R,), which rows, in which order.
        batch: Faces per step.

    Returns:
        float32 (R, C).
    """
    answers = np.empty((len(rows), classes_of(network)), np.float32)
    for start in range(0, len(rows), batch):
        answers[start : start + batch] = ask(network, np.asarray(pixels[rows[start : start + batch]])).logits
    return answers


def tells_embedding(network: Any) -> bool:
    """Tell whether `with_embedding` can be asked of a network: whether it has the layer that its logits come from."""
    return isinstance(network.output, dict) or any(layer.name == "embedding" for layer in network.layers)


def compiled(network: Any) -> Callable[[Any], Answers]:
    """Return what `ask` does with `network`, as one graph for batches of any length: the single layers cost no call each.

    Its numbers differ from those of single layers by the rounding of the last digits. Safe to share between threads.

    Args:
        network: As `build`, `with_embedding`, `join` or `head_alone` make it.
    """
    import tensorflow as tf

    given = network.inputs[0]
    signature = [tf.TensorSpec((None, *given.shape[1:]), given.dtype)]
    graph = tf.function(lambda inputs: network(inputs, training=False), input_signature=signature)
    return lambda inputs: _answers(graph(inputs))


def _answers(answer: Any) -> Answers:
    if isinstance(answer, dict):
        return Answers(np.asarray(answer["logits"]), np.asarray(answer["embedding"]))
    return Answers(np.asarray(answer), None)


def with_embedding(network: Any) -> Any:
    """Return `network` so that it also tells what its last layer gets, in the same pass; the weights are shared.

    Args:
        network: As `build`, `answering` or `join` makes it.

    Returns:
        A keras.Model with the same input, to {"logits": float32 (B, C), "embedding": float32 (B, D)}.
    """
    import keras

    if isinstance(network.output, dict):
        return network
    outputs = {"logits": network.output, "embedding": network.get_layer("embedding").output}
    return keras.Model(network.inputs[0], outputs, name=network.name)


def compute_answers(
    network: Any,
    pixels: Any,
    rows: npt.NDArray[np.int64],
    batch: int = 64,
    on_batch: Callable[[int], None] = lambda done: None,
) -> Answers:
    """Ask `network` about the faces in `rows` as `compute_logits` does; the answers hold what its last layer gets, too.

    Args:
        network: As `with_embedding` makes it.
        pixels, rows, batch: See `compute_logits`.
        on_batch: Told before each batch how many faces have their answers.
    """
    dimension = int(network.output["embedding"].shape[-1])
    logits, vectors = (np.empty((len(rows), each), np.float32) for each in (classes_of(network), dimension))
    for start in range(0, len(rows), batch):
        on_batch(start)
        some = slice(start, start + batch)
        answer = ask(network, np.asarray(pixels[rows[some]]))
        logits[some], vectors[some] = answer.logits, answer.vectors
    return Answers(logits, vectors)


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn logits, float32 (N, C), into probabilities, float32 (N, C); each row adds up to 1."""
    exact = logits.astype(np.float64)  # float32 would lose digits that the metrics later miss
    powers = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
