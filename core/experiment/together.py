"""One training on several devices or machines: who waits for whom, and who only helps."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import SettingsError
from core.jobs import Stopped, load_tensorflow
from core.progress import Progress, Report, ShouldStop
from core.settings import Settings
from core.training import Loop
from core.training.cluster import Cluster, read_cluster

STRATEGIES = ("none", "mirrored", "multiworker")
LOOK_SECONDS = 0.5
CONNECT_SECONDS = 2.0


def check_strategy(strategy: str, settings: Settings) -> None:
    """Refuse what cannot be spread.

    Raises:
        SettingsError: the settings have an embedding, whose head is trained as a whole within seconds.
    """
    if strategy != "none" and settings.model.architecture == "embedding":
        raise SettingsError(
            "Presets with an embedding learn only a last layer, in seconds: there is nothing to spread over machines.",
            "Leave out --strategy, or choose the preset residual, cnn or dense.",
        )


def only_helps(strategy: str) -> bool:
    """Tell whether this process only computes for a chief elsewhere, and keeps no run.

    Raises:
        SettingsError: TF_CONFIG is missing or makes no sense.
    """
    return strategy == "multiworker" and not read_cluster(os.environ).is_chief


def help_to_train() -> int:
    """Compute for the chief until it has finished, and return how many steps that were; no photo is needed here.

    Raises:
        TrainingError: another machine has vanished.
    """
    cluster = read_cluster(os.environ)
    print(f"Helping {cluster.addresses[0]}; waiting until all machines are there.", file=sys.stderr)
    load_tensorflow()
    from core.training.distributed import follow
    from core.training.team import multiworker_team

    team = multiworker_team(len(cluster.addresses), is_chief=False)
    print("Learning.", file=sys.stderr)
    return follow(team)


@contextmanager
def training_loop(
    strategy: str, replicas: int, settings: Settings, report: Report, should_stop: ShouldStop
) -> Iterator[Loop | None]:
    """Yield the way through the steps that `strategy` means, None for the ordinary one; lets the helpers go at the end.

    Args:
        strategy: One of `STRATEGIES`.
        replicas: For "mirrored" without a GPU: how many parts of the processor; 0: one.
        settings: Of the run.
        report: Told whom it waits for.
        should_stop: Asked while it waits.

    Raises:
        SettingsError: the settings cannot be spread, or TF_CONFIG makes no sense.
        Stopped: somebody asked to stop while it waited.
    """
    check_strategy(strategy, settings)
    if strategy == "none":
        yield None
        return
    load_tensorflow()
    from core.training.distributed import Together
    from core.training.team import mirrored_team, multiworker_team

    if strategy == "mirrored":
        team = mirrored_team(replicas)
    else:
        cluster = read_cluster(os.environ)
        _wait_for(cluster, report, should_stop)
        team = multiworker_team(len(cluster.addresses), is_chief=True)
    with Together(team) as loop:
        yield loop


def _wait_for(cluster: Cluster, report: Report, should_stop: ShouldStop) -> None:
    """Wait until all other machines can be reached: TensorFlow would wait without listening to a request to stop."""
    for address in cluster.others:
        while not _answers(address):
            if should_stop():
                raise Stopped
            report(Progress("Waiting", 0, 0, "", f"for the machine at {address}"))
            time.sleep(LOOK_SECONDS)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS):
            return True
    except OSError:
        return False
