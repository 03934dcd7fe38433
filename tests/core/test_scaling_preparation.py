"""Preparing with a Dask cluster: the same bytes as on one machine, and words where it cannot be used."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.datasets import Catalogue, open_dataset, scan
from core.detection import detector_key
from core.errors import JobError
from core.preparation import cluster, load_prepared, prepare
from core.settings import DEFAULT_PRESET, FaceSettings, preset
from core.storage import PROJECT_ROOT
from tests.core.conftest import core_command
from tests.core.photos import as_png, orl_file, pasted

FACE = FaceSettings(detector="yunet", size=48)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Start a scheduler and two workers as docs/scaling.md does, and yield the scheduler's address."""
    from distributed import Client

    folder = tmp_path_factory.mktemp("cluster")
    about = folder / "scheduler.json"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about)]
    worker = ["worker", "--scheduler-file", str(about), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--local-directory", str(folder)]
    with ExitStack() as started:
        for words in (scheduler, worker, worker):
            command = [
                sys.executable,
                "-m",
                "dask",
                *words,
                *([] if words is scheduler else ["--local-directory", str(folder)]),
            ]
            process = started.enter_context(subprocess.Popen(command, cwd=PROJECT_ROOT, stderr=subprocess.DEVNULL))
            started.callback(process.terminate)
            while not about.exists():
                assert process.poll() is None, "the scheduler has ended"
                time.sleep(0.1)
        with Client(scheduler_file=str(about), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield SimpleNamespace(scheduler_address=json.loads(about.read_text(encoding="utf-8"))["address"])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return ten photos of two people: one with two faces, one that is no photo."""
    for person in (1, 2):
        folder = tmp_path / "photos" / f"person {person}"
        folder.mkdir(parents=True)
        for number in range(1, 5):
            (folder / f"{number}.pgm").write_bytes(orl_file(person, number).read_bytes())
    twins = as_png(pasted((420, 240), [(3, 30, 40, 120), (4, 230, 40, 125)]))
    (tmp_path / "photos" / "person 1" / "twins.png").write_bytes(twins)
    (tmp_path / "photos" / "person 2" / "gone.pgm").write_bytes(orl_file(9, 1).read_bytes())
    return tmp_path / "photos"


def scanned(photos: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Return a catalogue of the photos below artifacts of its own; one photo has vanished since."""
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(artifacts))
    catalogue = open_dataset(str(photos))
    gone = photos / "person 2" / "gone.pgm"
    gone.write_bytes(orl_file(9, 1).read_bytes())
    scan(catalogue)
    gone.unlink()
    return catalogue


def files_below(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_two_workers_make_the_same_bytes_as_this_process(
    photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = scanned(photos, tmp_path / "alone", monkeypatch)
    prepare(alone, FACE)
    spread = scanned(photos, tmp_path / "spread", monkeypatch)
    stages = []
    prepared = prepare(spread, FACE, stages.append, cluster=two_workers.scheduler_address)
    assert prepared.complete
    assert (prepared.count("face"), prepared.count("several_faces"), prepared.count("unreadable")) == (8, 1, 1)
    assert prepared.problems[0].what == "person 2/gone.pgm has vanished."
    assert (stages[-1].done, stages[-1].total) == (10, 10)
    for part in ("crops", "thumbnails"):
        mine, theirs = files_below(alone.directory / part), files_below(spread.directory / part)
        assert mine, part
        assert mine == theirs, part
    key = detector_key(FACE)
    assert {name: str(found) for name, found in alone.detections(key).items()} == {
        name: str(found) for name, found in spread.detections(key).items()
    }
    loaded = load_prepared(spread, FACE)
    assert loaded is not None
    assert loaded.pixels.tobytes() == prepared.pixels.tobytes()


def test_the_work_is_done_by_the_workers(
    photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    monkeypatch.setattr("core.preparation.threads.look", None)  # whoever works here falls over it
    monkeypatch.setattr("core.preparation.cluster.look", None)
    assert prepare(catalogue, FACE, cluster=two_workers.scheduler_address).count("face") == 8


def test_a_stop_keeps_what_is_done(photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    answers = iter([False] * 4)
    stopped = prepare(catalogue, FACE, should_stop=lambda: next(answers, True), cluster=two_workers.scheduler_address)
    assert not stopped.complete
    assert len(stopped.status) == 4
    assert prepare(catalogue, FACE, cluster=two_workers.scheduler_address).complete


def test_the_command_line_prepares_with_a_cluster(
    photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(tmp_path / "artifacts"))
    (photos / "person 2" / "gone.pgm").unlink()
    face = ("--set", "face.detector=yunet", "--set", "face.size=48")
    done = core_command(
        "prepare", "--data", photos, *face, "--backend", "dask", "--scheduler", two_workers.scheduler_address, "--json"
    )
    assert done.returncode == 0, done.stderr
    chosen = dataclasses.replace(preset(DEFAULT_PRESET).face, detector="yunet", size=48)
    loaded = load_prepared(open_dataset(str(photos)), chosen)
    assert loaded is not None
    assert loaded.count("face") == 8


def test_workers_that_are_lost(photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    monkeypatch.setattr(cluster, "PHOTO_SECONDS", 1e-4)  # as if nobody answered any more
    with pytest.raises(JobError, match="were lost") as caught:
        prepare(catalogue, FACE, cluster=two_workers.scheduler_address)
    assert "what was finished is kept" in caught.value.remedy
    monkeypatch.undo()
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(tmp_path / "artifacts"))
    assert prepare(catalogue, FACE, cluster=two_workers.scheduler_address).complete


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--backend", "dask"), "--backend dask needs --scheduler tcp://HOST:PORT"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler needs --backend dask"),
    ],
)
def test_half_a_cluster_is_refused(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = core_command("prepare", "--data", tmp_path, *words)
    assert done.returncode == 2
    assert told in done.stderr


def test_nobody_answers(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense", "gopher://nobody"):
        with pytest.raises(JobError, match="No Dask scheduler answers") as caught:
            prepare(catalogue, FACE, cluster=address)
        assert "dask scheduler" in caught.value.remedy


def test_dask_is_missing(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(JobError, match="Dask is not installed") as caught:
        prepare(catalogue, FACE, cluster="tcp://127.0.0.1:9")
    assert "pip install distributed" in caught.value.remedy


def test_a_cluster_without_workers(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    with (
        LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1", silence_logs=50) as empty,
        pytest.raises(JobError, match="has no workers") as caught,
    ):
        prepare(catalogue, FACE, cluster=empty.scheduler_address)
    assert "dask worker tcp://127.0.0.1" in caught.value.remedy


def test_a_worker_with_another_visage_is_refused(
    photos: Path, tmp_path: Path, two_workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = scanned(photos, tmp_path / "artifacts", monkeypatch)
    cluster.about_program.cache_clear()
    monkeypatch.setattr(cluster, "metadata", SimpleNamespace(version=lambda name: "1.0"))  # in this process only
    with pytest.raises(JobError, match=r"another one than this machine: numpy [2-9][0-9.]*, not 1\.0"):
        prepare(catalogue, FACE, cluster=two_workers.scheduler_address)
    cluster.about_program.cache_clear()
