"""Which machines train together, as the variable TF_CONFIG tells it to each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import SettingsError

VARIABLE = "TF_CONFIG"
EXAMPLE = '{"cluster": {"worker": ["192.168.0.5:9400", "192.168.0.6:9400"]}, "task": {"type": "worker", "index": 0}}'


@dataclass(frozen=True)
class Cluster:
    """The processes that train together.

    Attributes:
        addresses: "HOST:PORT" of each, the chief's first.
        place: Which of them this process is; 0: the chief, who alone keeps the run.
    """

    addresses: tuple[str, ...]
    place: int

    @property
    def is_chief(self) -> bool:
        """Whether this process decides, and keeps the run."""
        return self.place == 0

    @property
    def others(self) -> tuple[str, ...]:
        """The addresses of the other processes."""
        return tuple(each for place, each in enumerate(self.addresses) if place != self.place)


def read_cluster(environment: Mapping[str, str]) -> Cluster:
    """Return the cluster that TF_CONFIG in `environment` describes.

    Raises:
        SettingsError: the variable is missing or makes no sense.

    Source:
        https://www.tensorflow.org/guide/distributed_training, "Setting up the TF_CONFIG environment variable".
    """
    text = environment.get(VARIABLE, "")
    if not text:
        raise _wrong("is not set")
    try:
        values = json.loads(text)
    except ValueError as error:
        raise _wrong("is no JSON") from error
    try:
        return _cluster_of(values)
    except (KeyError, TypeError, AttributeError) as error:
        raise _wrong("has no list of workers or no task") from error


def _cluster_of(values: Any) -> Cluster:
    kinds = values["cluster"]
    if set(kinds) - {"chief", "worker"}:
        raise _wrong("names other tasks than chief and worker")
    chief, workers = list(kinds.get("chief", [])), list(kinds.get("worker", []))
    kind, index = values["task"]["type"], int(values["task"]["index"])
    for each in (*chief, *workers):
        host, _, port = each.rpartition(":")
        if not host or not port.isdecimal():
            raise _wrong(f"has an address without a port, {each!r}")
    if len(chief) > 1 or kind not in kinds or not 0 <= index < len(kinds[kind]):
        raise _wrong(f"says that this is {kind} {index}, which is not in its list")
    place = index if kind == "chief" else len(chief) + index
    return Cluster((*chief, *workers), place)


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"The variable {VARIABLE} {what}.", f"Set it on each machine, only the index differs: {EXAMPLE}")
