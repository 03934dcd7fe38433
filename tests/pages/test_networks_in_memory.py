"""How many networks the server keeps: two at most, and one that leaves is gone with everything that shares its weights."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import core.recognizer
from core.errors import RunError
from core.runs import layout
from ui.resources import runs
from ui.resources.networks import prepare_for_networks


class Network:
    """Holds itself, as the layers of a network hold each other."""

    def __init__(self) -> None:
        self.layers = [self]


@dataclass
class FakeRecognizer:
    network: Network = field(default_factory=Network)

    def with_knowledge(self, knowledge: object) -> FakeRecognizer:
        return FakeRecognizer(self.network)


@dataclass
class FakeRun:
    directory: Path
    name: str = "Some run"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[weakref.ref[Network]]]:
    """Return a reference to each network that is loaded from now on."""
    found: list[weakref.ref[Network]] = []

    def load(directory: Path) -> FakeRecognizer:
        fake = FakeRecognizer()
        found.append(weakref.ref(fake.network))
        return fake

    monkeypatch.setattr(core.recognizer, "load_recognizer", load)
    monkeypatch.setattr(core.recognizer, "keep_tensorflow_on_cpu", lambda: None)
    monkeypatch.setattr(runs, "knowledge_of", lambda run: None)
    runs._loaded.clear()
    yield found
    runs._loaded.clear()


def _run(root: Path, name: str) -> Any:
    directory = root / name
    directory.mkdir()
    (directory / layout.MODEL).write_bytes(b"weights")
    return FakeRun(directory)


def test_the_third_network_takes_the_place_of_the_one_that_was_not_used_for_longest(
    tmp_path: Path, loaded: list[weakref.ref[Network]]
) -> None:
    first, second, third = (_run(tmp_path, name) for name in "abc")
    for each in (first, second, first, third):
        runs.recognizer_of(each)
    assert [reference() is None for reference in loaded] == [False, True, False]
    runs.recognizer_of(first)
    assert len(loaded) == 3  # still there


def test_what_was_made_of_a_network_leaves_with_it(
    tmp_path: Path, loaded: list[weakref.ref[Network]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.explain.open_network", lambda network: [network])
    parts = [_run(tmp_path, name) for name in "abcd"]
    for each in parts:
        assert runs.opened_network_of(each)
    gc.collect()
    assert sum(reference() is not None for reference in loaded) == runs.NETWORKS


def test_a_network_that_was_trained_further_is_loaded_anew(tmp_path: Path, loaded: list[weakref.ref[Network]]) -> None:
    run = _run(tmp_path, "a")
    runs.recognizer_of(run)
    (run.directory / layout.THRESHOLDS).write_text("{}")  # other lines need no other network
    runs.recognizer_of(run)
    assert len(loaded) == 1
    (run.directory / layout.MODEL).write_bytes(b"other weights")

    os.utime(run.directory / layout.MODEL, ns=(1, 1))
    runs.recognizer_of(run)
    assert len(loaded) == 2


def test_a_deleted_run_is_told(tmp_path: Path, loaded: list[weakref.ref[Network]]) -> None:
    run = _run(tmp_path, "a")
    (run.directory / layout.MODEL).unlink()
    with pytest.raises(RunError, match="Some run is not there any more"):
        runs.recognizer_of(run)


def test_a_page_leaves_alone_what_was_compiled(open_page: Callable[..., Any], artifacts: Path) -> None:
    from tensorflow.python.eager import context

    prepare_for_networks()
    cleared: list[str] = []
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(context.Context, "clear_kernel_cache", lambda self: cleared.append("compiled networks"))
        open_page("predict")
        assert not cleared
