"""Training with several replicas of the network: the same faces, changes and rates as one process, each batch cut among them.

Keras' own `fit` fails under `MultiWorkerMirroredStrategy`, so the step is written out here. One process, the chief, has the
faces, decides all and keeps the run, just as if it were alone; the others are told each batch and compute their share.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from core.errors import TrainingError
from core.models import build
from core.settings import Settings, from_json, to_json
from core.training.loop import Watch
from core.training.team import BYTES, Team
from core.training.trainee import build_trainee, lasting_variables

END, PHASE, BEGIN, STEP = range(4)  # what the chief tells next


class Together:
    """The chief's way through the steps of a phase, see `core.training.loop.Loop`; as a context manager it lets the others go.

    Args:
        team: Who learns.
    """

    def __init__(self, team: Team) -> None:
        self.team = team

    def __enter__(self) -> Together:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, WorkersLostError):
            with _lost_named():
                _tell(self.team, END)

    def scope(self, settings: Settings, classes: int) -> AbstractContextManager[Any]:
        """Return the context in which the network and its optimiser are made, here and by the others."""
        about = json.dumps({"settings": to_json(settings), "classes": classes})
        with _lost_named():
            _tell(self.team, PHASE, size=len(about.encode()))
            self.team.spread_text(about, len(about.encode()))
        return self.team.scope()

    def run_epochs(self, trainee: Any, batches: Any, watch: Watch, *, first: int, epochs: int, steps: int) -> None:
        """Train as `core.training.loop.run_epochs` does.

        Raises:
            WorkersLostError: another process has vanished.
        """
        feed = iter(batches)
        with _lost_named(), _whole_batch_norms(trainee):
            _tell(self.team, BEGIN)
            self.team.spread_variables(lasting_variables(trainee))
            step = make_step(self.team, trainee)
            for epoch in range(first, epochs):
                watch.begin_epoch(epoch, None)
                logs = self._run_steps(trainee, feed, watch, step, steps)
                watch.end_epoch(epoch, logs)
                if trainee.stop_training:
                    return

    def _run_steps(self, trainee: Any, feed: Iterator[Any], watch: Watch, step: Any, steps: int) -> dict[str, float]:
        loss = right = faces = 0.0
        logs: dict[str, float] = {}
        for number in range(steps):
            batch = next(feed)
            _tell(self.team, STEP, float(np.asarray(trainee.optimizer.learning_rate)), len(batch[2]))
            sums = np.asarray(step(*batch), np.float64)
            loss, right, faces = loss + sums[0], right + sums[1], faces + len(batch[2])
            logs = {"loss": float(loss / faces), "accuracy": float(right / faces)}
            watch.end_step(number, logs)
            if trainee.stop_training:
                break
        return logs


class WorkersLostError(TrainingError):
    """Another process of the team has vanished."""


def follow(team: Team) -> int:
    """Learn with the chief until it ends the training, and return how many steps that were.

    Raises:
        WorkersLostError: the chief or another process has vanished.
    """
    done, trainee, step = 0, None, None
    with _lost_named():
        while True:
            what, rate, size = _tell(team)
            if what == END:
                return done
            if what == PHASE:
                about = json.loads(team.spread_text("", size))
                trainee = _build(team, from_json(about["settings"]), about["classes"])
            elif what == BEGIN:
                team.spread_variables(lasting_variables(trainee))
                step = make_step(team, trainee)
            else:
                assert trainee is not None and step is not None
                trainee.optimizer.learning_rate = rate
                step(*_empty_batch(trainee, size))
                done += 1


def _build(team: Team, settings: Settings, classes: int) -> Any:
    with team.scope():
        trainee = build_trainee(build(settings.model, settings.face.size, classes, settings.seed), settings)
    for layer in _batch_norms(trainee):
        layer.synchronized = True
    return trainee


def _empty_batch(trainee: Any, size: int) -> tuple[Any, Any, Any]:
    _, side, _, channels = trainee.input_shape
    faces = np.zeros((size, side, side, channels), np.uint8)
    return faces, np.zeros((size, trainee.output_shape[-1]), np.float32), np.zeros(size, np.float32)


def _tell(team: Team, what: int = END, rate: float = 0.0, size: int = 0) -> tuple[int, float, int]:
    """Return what the chief tells: what comes next, the learning rate, and the size of what follows."""
    found = team.spread(np.array([what, rate, size], np.float64))
    return int(found[0]), float(found[1]), int(found[2])


def make_step(team: Team, trainee: Any) -> Any:
    """Return a function from a batch to float32 (2,): the sum of its losses and how many faces were named rightly.

    The batch comes changed at random, just as in one process, and is cut among the replicas. Each takes its part
    of the whole batch's mean loss, and the optimiser adds up the gradients; so a batch that cannot be cut evenly counts right.
    """
    import tensorflow as tf

    network = trainee.layers[-1]

    def learn(faces: Any, targets: Any, weights: Any) -> Any:
        context, total = tf.distribute.get_replica_context(), tf.shape(faces)[0]
        begin = context.replica_id_in_sync_group * total // team.replicas
        end = (context.replica_id_in_sync_group + 1) * total // team.replicas
        with tf.GradientTape() as tape:
            logits = network(faces[begin:end], training=True)
            loss = tf.reduce_sum(trainee.loss.call(targets[begin:end], logits) * weights[begin:end])
            mean = loss / tf.cast(total, tf.float32)
        values = [each.value for each in trainee.trainable_variables]
        trainee.optimizer.apply_gradients(zip(tape.gradient(mean, values), trainee.trainable_variables, strict=True))
        right = tf.equal(tf.argmax(targets[begin:end], axis=1), tf.argmax(logits, axis=1))
        return tf.stack([loss, tf.reduce_sum(tf.cast(right, tf.float32))])

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(faces: Any, targets: Any, weights: Any) -> Any:
        if team.processes > 1:
            faces, targets, weights = _spread_faces(team, faces), team.from_chief(targets), team.from_chief(weights)
        sums = team.strategy.run(learn, args=(faces, targets, weights))
        return team.strategy.reduce(tf.distribute.ReduceOp.SUM, sums, axis=None)

    return step


def _spread_faces(team: Team, faces: Any) -> Any:
    """Return the chief's faces, uint8 (B, S, S, 3), in all processes; they travel as words, since bytes are not added up."""
    import tensorflow as tf

    flat = tf.reshape(faces, [-1])
    padded = tf.pad(flat, [[0, -tf.size(flat) % BYTES]])
    words = team.from_chief(tf.bitcast(tf.reshape(padded, [-1, BYTES]), tf.int32))
    found = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[: tf.size(flat)]
    return tf.ensure_shape(tf.reshape(found, tf.shape(faces)), faces.shape)


def _batch_norms(trainee: Any) -> Iterator[Any]:
    import keras

    return (each for each in trainee.layers[-1].layers if isinstance(each, keras.layers.BatchNormalization))


@contextmanager
def _whole_batch_norms(trainee: Any) -> Iterator[None]:
    """Let batch normalisations use the mean over all replicas during the block, as one process would."""
    layers = list(_batch_norms(trainee))
    for layer in layers:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer in layers:
            layer.synchronized = False


@contextmanager
def _lost_named() -> Iterator[None]:
    import tensorflow as tf

    gone = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
    try:
        yield
    except (*gone, tf.errors.InternalError) as error:
        raise WorkersLostError(
            "A machine that learns with this one has vanished.",
            "Start the command again on all machines: the training goes on from its last checkpoint.",
        ) from error
