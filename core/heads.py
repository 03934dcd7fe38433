"""The last layer of an embedding classifier: learns in seconds to name vectors, by an exact method and not by steps at random.

All three kinds end as one weight matrix and one bias, so a trained head is an ordinary dense layer:
    linear   multinomial logistic regression with a penalty on the weights, stretched to `scale`
    cosine   only the direction of each person's weights counts; the logits are `scale` times a cosine
    arcface  the same, taught with a margin: a face has to be closer to its person by an angle than it will need to be
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.settings import EmbeddingSettings

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]]

ROWS_AT_ONCE = 8192  # bounds the memory: logits of so many faces at a time
ENOUGH = 1e-6  # the largest slope, and the smallest relative gain of a step, that are still worth a step


@dataclass(frozen=True, eq=False)
class Head:
    """A trained last layer.

    Attributes:
        kernel: float32 (D, C).
        bias: float32 (C,).
    """

    kernel: Floats
    bias: Floats

    def logits(self, vectors: Floats) -> Floats:
        """Return float32 (N, C) for vectors float32 (N, D) of length 1."""
        return np.asarray(vectors @ self.kernel + self.bias, np.float32)

    def of_length(self, length: float) -> Head:
        """Return the head stretched so that people's weights, apart from what all share, are `length` long on average.

        How long logistic regression makes them depends on the number of photos, but how long they have to be for the
        probabilities to be true hardly does.
        """
        own = self.kernel - self.kernel.mean(axis=1, keepdims=True)
        mean = float(np.linalg.norm(own, axis=0).mean())
        return self.sharpened(mean / length) if mean > 0 else self

    def sharpened(self, temperature: float) -> Head:
        """Return the head whose logits are divided by `temperature`."""
        return Head(np.asarray(self.kernel / temperature, np.float32), np.asarray(self.bias / temperature, np.float32))


@dataclass(frozen=True)
class HeadStep:
    """Where the training of a head stands.

    Attributes:
        step, steps: Steps done, and how many there may be.
        loss: Mean cross-entropy of the training vectors by this head, without margin and penalty.
        accuracy: Share of the training vectors that are named right.
        head: The head so far, as it would be kept.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    head: Head


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a head learns from.

    Attributes:
        vectors: float32 (N, D), rows of length 1.
        labels: int (N,), 0..classes-1.
        weights: float64 (N,), how much each row counts; their mean is 1.
    """

    vectors: Floats
    labels: npt.NDArray[np.integer[Any]]
    weights: Doubles
    classes: int


def train_head(
    vectors: Floats,
    labels: npt.NDArray[np.integer[Any]],
    classes: int,
    settings: EmbeddingSettings,
    *,
    steps: int,
    weights: npt.NDArray[np.floating[Any]] | None = None,
    on_step: Callable[[HeadStep], bool] = lambda step: False,
) -> Head:
    """Find the head with the lowest loss; the same input always gives the same head.

    Args:
        vectors: float32 (N, D), rows of length 1.
        labels: int (N,), the person of each row.
        classes: Number of people; those without a row get weights, too, which never win.
        settings: `head`, `regularisation`, `scale` and `head_margin` are used.
        steps: How many steps at most.
        weights: How much each row counts; None: all alike.
        on_step: Told of each step; True ends the training with what it has reached.

    Source:
        Limited-memory BFGS: Liu and Nocedal 1989. ArcFace: Deng et al., arXiv 1801.07698.
    """
    counts = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    return _minimise(Lesson(vectors, labels, counts, classes), settings, steps, on_step)


def _minimise(lesson: Lesson, settings: EmbeddingSettings, steps: int, on_step: Callable[[HeadStep], bool]) -> Head:
    from scipy.optimize import minimize

    done = 0

    def after_step(intermediate_result: Any) -> None:
        nonlocal done
        done += 1
        head = _head_of(intermediate_result.x, lesson, settings)
        if on_step(HeadStep(done, steps, *_fit(head, lesson), head)):
            raise StopIteration

    found = minimize(
        _loss_and_slope,
        _start(lesson, settings),
        args=(lesson, settings),
        jac=True,
        method="L-BFGS-B",
        callback=after_step,
        options={"maxiter": steps, "maxfun": 2 * steps, "gtol": ENOUGH, "ftol": ENOUGH},
    )
    return _head_of(found.x, lesson, settings)


def _start(lesson: Lesson, settings: EmbeddingSettings) -> Doubles:
    """Return the first weights: none for a linear head, each person's mean direction for the others."""
    if settings.head == "linear":
        return np.zeros((lesson.vectors.shape[1] + 1) * lesson.classes)
    centres = np.full((lesson.vectors.shape[1], lesson.classes), 1e-3)  # a person without a row needs some direction
    np.add.at(centres.T, lesson.labels, lesson.vectors.astype(np.float64))
    directions: Doubles = centres / np.linalg.norm(centres, axis=0)
    return directions.ravel()


def _loss_and_slope(numbers: Doubles, lesson: Lesson, settings: EmbeddingSettings) -> tuple[float, Doubles]:
    """Return what is made as small as possible, and its gradient, for the weights `numbers` in one row."""
    return (_linear_loss if settings.head == "linear" else _cosine_loss)(numbers, lesson, settings)


def _linear_loss(numbers: Doubles, lesson: Lesson, settings: EmbeddingSettings) -> tuple[float, Doubles]:
    kernel, bias = numbers[: -lesson.classes].reshape(-1, lesson.classes), numbers[-lesson.classes :]
    loss, bias_slope = _penalty(numbers, lesson, settings), np.zeros(lesson.classes)
    slope = settings.regularisation / len(lesson.labels) * kernel
    rough, rough_bias = kernel.astype(lesson.vectors.dtype), bias.astype(lesson.vectors.dtype)
    for part in _parts(lesson):
        vectors = lesson.vectors[part]
        part_loss, error = _cross_entropy(vectors @ rough + rough_bias, lesson, part)
        loss += part_loss
        slope += vectors.T @ error
        bias_slope += error.sum(axis=0)
    return loss, np.concatenate([slope.ravel(), bias_slope])


def _cosine_loss(numbers: Doubles, lesson: Lesson, settings: EmbeddingSettings) -> tuple[float, Doubles]:
    kernel = numbers.reshape(-1, lesson.classes)
    lengths = np.linalg.norm(kernel, axis=0)
    directions = kernel / lengths
    rough = directions.astype(lesson.vectors.dtype)
    margin = settings.head_margin if settings.head == "arcface" else 0.0
    loss, slope = 0.0, np.zeros_like(kernel)
    for part in _parts(lesson):
        vectors = lesson.vectors[part]
        cosines = vectors @ rough
        rows, own = np.arange(len(vectors)), lesson.labels[part]
        moved, steepness = _with_margin(cosines[rows, own], margin)
        cosines[rows, own] = moved
        part_loss, error = _cross_entropy(settings.scale * cosines, lesson, part)
        error *= settings.scale
        error[rows, own] *= steepness
        loss += part_loss
        slope += vectors.T @ error
    along = (directions * slope).sum(axis=0)  # only turning a direction changes anything
    return loss, ((slope - directions * along) / lengths).ravel()


def _with_margin(cosines: Numbers, margin: float) -> tuple[Numbers, Numbers]:
    """Return cos(angle + margin) and its derivative by the cosine; beyond half a turn it goes on falling in a line."""
    inside = cosines > np.cos(np.pi - margin)
    sines = np.sqrt(np.maximum(1 - cosines**2, 1e-12))
    moved = np.where(inside, cosines * np.cos(margin) - sines * np.sin(margin), cosines - margin * np.sin(margin))
    steepness = np.where(inside, np.cos(margin) + np.sin(margin) * cosines / sines, 1.0)
    return moved, steepness


def _cross_entropy(logits: Numbers, lesson: Lesson, part: slice) -> tuple[float, Numbers]:
    """Return the part's share of the mean loss, and its derivative by the logits, (n, C)."""
    rows, own = np.arange(len(logits)), lesson.labels[part]
    logits = logits - logits.max(axis=1, keepdims=True)
    errors = np.exp(logits)
    sums = errors.sum(axis=1)
    weights = lesson.weights[part] / len(lesson.labels)
    loss = float((weights * (np.log(sums) - logits[rows, own])).sum())
    errors /= sums[:, None]
    errors[rows, own] -= 1
    errors *= weights[:, None].astype(logits.dtype)
    return loss, errors


def _parts(lesson: Lesson) -> list[slice]:
    return [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(lesson.labels), ROWS_AT_ONCE)]


def _head_of(numbers: Doubles, lesson: Lesson, settings: EmbeddingSettings) -> Head:
    """Return the head that these weights make, a linear one stretched to its scale."""
    if settings.head == "linear":
        kernel, bias = numbers[: -lesson.classes].reshape(-1, lesson.classes), numbers[-lesson.classes :]
        return Head(kernel.astype(np.float32), bias.astype(np.float32)).of_length(settings.scale)
    kernel = numbers.reshape(-1, lesson.classes)
    kernel = settings.scale * kernel / np.linalg.norm(kernel, axis=0)
    return Head(kernel.astype(np.float32), np.zeros(lesson.classes, np.float32))


def _penalty(numbers: Doubles, lesson: Lesson, settings: EmbeddingSettings) -> float:
    """Return the part of a linear head's loss that keeps its weights small: half the sum of their squares, per face."""
    if settings.head != "linear":
        return 0.0
    return settings.regularisation / len(lesson.labels) / 2 * float((numbers[: -lesson.classes] ** 2).sum())


def _fit(head: Head, lesson: Lesson) -> tuple[float, float]:
    """Return the mean cross-entropy and the accuracy of a head on what it learns from."""
    loss, right = 0.0, 0
    for part in _parts(lesson):
        logits = head.logits(lesson.vectors[part])
        right += int((logits.argmax(axis=1) == lesson.labels[part]).sum())
        loss += _cross_entropy(logits, lesson, part)[0]
    return loss, right / len(lesson.labels)
