"""The commands around runs: comparing, deleting, the bin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main
from core.runs import list_runs, new_run
from core.settings import preset, with_values


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main([str(each) for each in arguments]) == 0
    return capsys.readouterr().out


def test_two_runs_are_compared(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dense = preset("dense")
    left, right = new_run(dense, name="a"), new_run(with_values(dense, {"training.epochs": "7"}), name="b")
    values = json.loads(said(capsys, "compare", left, right, "--json"))
    assert values == {"left": "a", "right": "b", "differences": [{"setting": "training.epochs", "left": 30, "right": 7}]}
    assert said(capsys, "compare", left, right) == "training.epochs: 30 | 7\n"
    assert "same settings" in said(capsys, "compare", left, left)


def test_a_run_goes_into_the_bin_and_comes_back(artifacts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = new_run(preset("dense"), name="Mine")
    assert "The bin is empty." in said(capsys, "bin")
    assert "Bring it back" in said(capsys, "delete", "--run", directory)
    (found,) = json.loads(said(capsys, "bin", "--json"))
    assert (found["run"], found["name"]) == (directory.name, "Mine")
    said(capsys, "bin", "--restore", directory.name)
    assert [run.directory for run in list_runs().runs] == [directory]
    said(capsys, "delete", "--run", directory)
    assert "good: 1." in said(capsys, "bin", "--empty")
    assert main(["bin", "--restore", directory.name]) == 1
    assert "not in the bin" in capsys.readouterr().err
