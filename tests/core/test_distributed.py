"""One training on several replicas: the same result as in one process, and words where machines are missing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import SettingsError, TrainingError
from core.experiment import together
from core.jobs import Stopped
from core.progress import Progress
from core.settings import ModelSettings, preset
from core.storage import PROJECT_ROOT
from core.training import TrainingFaces, train
from core.training.cluster import Cluster, read_cluster
from tests.core import test_training as one_process
from tests.core.conftest import core_command
from tests.core.test_training import PEOPLE, having, some, stop_after

pixels = one_process.pixels  # a fixture

# 15 faces teach: the last batch of 7 has one face, so one of two replicas gets none; 18 in the refit. No dropout: each
# replica draws its own.
SMALL = ("face.detector=yunet", "face.size=48", "model.units=16", "model.dropout=0", "training.epochs=3")
ARGUMENTS = ["--preset", "dense", "--seed", "3", "--json"]
for change in (*SMALL, "training.batch_size=7", "training.class_weights=true"):
    ARGUMENTS += ["--set", change]


def figures(directory: Path) -> list[tuple[float, ...]]:
    """Return what the history says of each epoch, None as -1."""
    lines = (directory / "history.jsonl").read_text().splitlines()
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate", "epoch")
    return [tuple(-1.0 if values[name] is None else values[name] for name in names) for values in map(json.loads, lines)]


def assert_same_history(one: Path, other: Path) -> None:
    mine, theirs = figures(one), figures(other)
    assert len(mine) >= 4  # three epochs, then the refit
    for left, right in zip(mine, theirs, strict=True):
        assert left == pytest.approx(right, rel=1e-4, abs=1e-5)


@pytest.fixture(scope="module")
def alone(three_people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("alone") / "run"
    train_here("--data", three_people, "--run", directory)
    return directory


def train_here(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "core", "train", *map(str, arguments), *ARGUMENTS]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start_worker(ports: Sequence[int], place: int, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start one of several processes that train together, as a person would."""
    workers = [f"127.0.0.1:{port}" for port in ports]
    about = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": place}}
    command = [sys.executable, "-m", "core", "train", "--strategy", "multiworker", "--json", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        env={**os.environ, "TF_CONFIG": json.dumps(about)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_train_as_one(three_people: Path, tmp_path: Path, alone: Path) -> None:
    ports = free_ports(2)
    helper = start_worker(ports, 1)
    chief = start_worker(ports, 0, "--data", three_people, "--run", tmp_path / "run", *ARGUMENTS)
    answer, errors = chief.communicate(timeout=400)
    helped, helper_errors = helper.communicate(timeout=60)
    assert chief.returncode == 0, errors
    assert helper.returncode == 0, helper_errors
    assert_same_history(alone, tmp_path / "run")
    assert json.loads(helped) == {"helped": True, "steps": 3 * len(figures(alone))}
    result, expected = json.loads(answer), json.loads((alone / "result.json").read_text())
    for name in ("accuracy", "best_epoch", "refitted", "epochs", "people"):
        assert result.get(name) == expected.get(name), name
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_two_parts_of_the_processor_train_as_one(three_people: Path, tmp_path: Path, alone: Path) -> None:
    train_here("--data", three_people, "--run", tmp_path / "run", "--strategy", "mirrored", "--replicas", "2")
    assert_same_history(alone, tmp_path / "run")


@pytest.fixture(scope="module")
def one_replica() -> Any:
    import tensorflow as tf

    from core.training.team import Team

    return Team(tf.distribute.MirroredStrategy(["CPU:0"]))


def test_a_network_with_batch_normalisation_is_saved_as_from_one_process(one_replica: Any, pixels: Any, tmp_path: Path) -> None:
    import keras
    import numpy as np

    from core.training.distributed import Together

    model = ModelSettings(architecture="residual", colour="rgb", normalisation="face", filters=(16,), dropout=0)
    settings = having(model=model, epochs=2, optimizer="adamw", weight_decay=1e-3, learning_rate=1e-4)
    teaching, choosing = some(pixels, range(9)), some(pixels, range(9, 12))
    expected = train(teaching, choosing, PEOPLE, settings)
    with Together(one_replica) as loop:
        trained = train(teaching, choosing, PEOPLE, settings, loop=loop)
    for mine, yours in zip(trained.history, expected.history, strict=True):
        assert mine.loss == pytest.approx(yours.loss, rel=1e-3)
        assert mine.validation_loss == pytest.approx(yours.validation_loss, rel=1e-3)
    norms = [each for each in trained.network.layers if isinstance(each, keras.layers.BatchNormalization)]
    assert norms
    assert not any(each.synchronized for each in norms)
    trained.network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_allclose(np.asarray(loaded(pixels[:4])), np.asarray(trained.network(pixels[:4])), atol=1e-6)


def test_it_stops_and_resumes_as_one_process_does(one_replica: Any, pixels: Any, tmp_path: Path) -> None:
    from core.training.distributed import Together

    teaching, choosing = some(pixels, range(9)), some(pixels, range(9, 12))
    settings = having(epochs=4)
    with Together(one_replica) as loop:
        whole = train(teaching, choosing, PEOPLE, settings, loop=loop)
        paused = train(teaching, choosing, PEOPLE, settings, loop=loop, checkpoint=tmp_path, should_pause=lambda: True)
        assert paused.paused
        assert len(paused.history) == 1
        resumed = train(teaching, choosing, PEOPLE, settings, loop=loop, checkpoint=tmp_path)
        stopped = train(teaching, choosing, PEOPLE, settings, loop=loop, should_stop=stop_after(5))
    assert [each.loss for each in resumed.history] == pytest.approx([each.loss for each in whole.history], rel=1e-5)
    assert stopped.stopped
    assert len(stopped.history) == 1  # three steps an epoch: the second was broken off


def test_a_loss_that_is_no_number_is_told(one_replica: Any, pixels: Any) -> None:
    from core.training.distributed import Together

    faces = some(pixels, range(9))
    nobody = TrainingFaces(pixels, faces.rows[:0], faces.labels[:0])
    settings = having(optimizer="sgd", learning_rate=1.0, weight_decay=0.0)
    steps = iter([1.0, float("nan")])

    def nonsense(team: Any, trainee: Any) -> Any:
        return lambda *batch: (next(steps), 0.0)

    with (
        pytest.MonkeyPatch.context() as patch,
        Together(one_replica) as loop,
        pytest.raises(TrainingError, match="The loss became nan in epoch 1"),
    ):
        patch.setattr("core.training.distributed.make_step", nonsense)
        train(faces, nobody, PEOPLE, settings, loop=loop)


WORKERS = ["10.0.0.5:9400", "10.0.0.6:9401"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"cluster": {"worker": WORKERS}, "task": {"type": "worker", "index": 1}}, Cluster(tuple(WORKERS), 1)),
        ({"cluster": {"worker": WORKERS}, "task": {"type": "worker", "index": "0"}}, Cluster(tuple(WORKERS), 0)),
        (
            {"cluster": {"chief": ["10.0.0.4:1"], "worker": WORKERS}, "task": {"type": "worker", "index": 0}},
            Cluster(("10.0.0.4:1", *WORKERS), 1),
        ),
        (
            {"cluster": {"chief": ["10.0.0.4:1"], "worker": WORKERS}, "task": {"type": "chief", "index": 0}},
            Cluster(("10.0.0.4:1", *WORKERS), 0),
        ),
    ],
)
def test_who_trains_with_whom(config: dict[str, Any], expected: Cluster) -> None:
    found = read_cluster({"TF_CONFIG": json.dumps(config)})
    assert found == expected
    assert found.is_chief == (expected.place == 0)
    assert set(found.others) == set(expected.addresses) - {expected.addresses[expected.place]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not set"),
        ("{", "is no JSON"),
        ("[]", "no list of workers or no task"),
        ('{"cluster": {"worker": ["a:1"]}}', "no list of workers or no task"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "worker 1, which is not in its list"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}', "chief 0, which is not in its list"),
        ('{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}', "an address without a port, 'a'"),
        ('{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "other tasks than chief and worker"),
    ],
)
def test_nonsense_in_the_variable_is_told(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        read_cluster({"TF_CONFIG": text})
    assert '"task": {"type": "worker", "index": 0}' in caught.value.remedy


def test_the_command_line_refuses_what_cannot_be_spread(three_people: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = core_command("train", "--data", three_people, "--run", run, "--preset", "embedding", "--strategy", "mirrored")
    assert (done.returncode, run.exists()) == (2, False)
    assert "nothing to spread" in done.stderr
    done = core_command("train", "--data", three_people, "--run", run, "--preset", "dense", "--strategy", "multiworker")
    assert (done.returncode, run.exists()) == (2, False)
    assert "TF_CONFIG is not set" in done.stderr


def test_an_embedding_is_refused_whoever_asks() -> None:
    together.check_strategy("none", preset("embedding"))
    together.check_strategy("multiworker", preset("residual"))
    with pytest.raises(SettingsError):
        together.check_strategy("multiworker", preset("embedding-fast"))


def test_the_chief_waits_for_the_others_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LOOK_SECONDS", 0.01)
    (port,) = free_ports(1)
    cluster = Cluster(("127.0.0.1:1", f"127.0.0.1:{port}"), 0)
    said: list[Progress] = []
    with pytest.raises(Stopped):
        together._wait_for(cluster, said.append, lambda: len(said) >= 2)
    assert {each.detail for each in said} == {f"for the machine at 127.0.0.1:{port}"}
    with socket.socket() as listening:
        timer = threading.Timer(0.05, lambda: (listening.bind(("127.0.0.1", port)), listening.listen()))
        timer.start()
        together._wait_for(cluster, said.append, lambda: len(said) > 2000)
        timer.join()


def test_a_lost_machine_is_named() -> None:
    import tensorflow as tf

    from core.training.distributed import WorkersLostError, _lost_named

    with pytest.raises(WorkersLostError, match="has vanished") as caught, _lost_named():
        raise tf.errors.UnavailableError(None, None, "Socket closed")
    assert "last checkpoint" in caught.value.remedy
