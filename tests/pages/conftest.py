"""Pages are tested as scripts by Streamlit's AppTest; two small runs serve all of them: a dense network and an embedding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import run_experiment
from core.runs import Run, new_run, read_run
from core.settings import preset, with_values
from core.storage import PROJECT_ROOT

QUICK = {
    "face.detector": "yunet",
    "model.units": "64",
    "training.epochs": "6",
    "training.refit": "false",
}
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Train one small network in an artifacts folder of its own, and leave that folder in use for the page tests."""
    before = os.environ["VISAGE_ARTIFACTS"]
    os.environ["VISAGE_ARTIFACTS"] = str(tmp_path_factory.mktemp("trained"))
    directory = new_run(with_values(preset("dense"), QUICK), name="Small network")
    run_experiment(directory)
    used = os.environ["VISAGE_ARTIFACTS"]
    os.environ["VISAGE_ARTIFACTS"] = before
    run = read_run(directory)
    assert str(run.directory).startswith(used)
    yield run


@pytest.fixture
def with_trained(trained: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Use the artifacts folder that holds the trained network."""
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(trained.directory.parent.parent))
    return trained


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Train the fast embedding on seven of the built-in people, in an artifacts folder of its own."""
    from core.datasets import open_dataset

    photos = tmp_path_factory.mktemp("seven") / "photos"
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("embedded")))
        for number in range(1, 8):
            shutil.copytree(open_dataset("orl").root / f"s{number}", photos / f"Person {number}")
        directory = new_run(with_values(preset("embedding-fast"), {"data.source": str(photos)}), name="Small embedding")
        run_experiment(directory)
        return read_run(directory)


@pytest.fixture
def with_embedded(embedded: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Use the artifacts folder that holds the run with an embedding."""
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(embedded.directory.parent.parent))
    return embedded


@pytest.fixture
def open_page() -> Open:
    """Return a function that runs a page script as a fresh visit does, or with what a session remembers."""

    def run(name: str, memory: object = None, tab: str = "") -> AppTest:
        page = AppTest.from_file(str(PROJECT_ROOT / "pages" / f"{name}.py"), default_timeout=60)
        if memory is not None:
            page.session_state["visage"] = memory
        if tab:
            page.session_state[f"{name}-tab"] = tab
        return page.run()

    return run


@pytest.fixture
def two_people(tmp_path: Path) -> Path:
    """Return a folder of two people with four built-in photos each, one broken file among them."""
    from core.datasets import open_dataset

    root = open_dataset("orl").root
    for person, folder in (("Ann Lee", "s1"), ("Ben <b>Ode</b>", "s2")):
        target = tmp_path / "photos" / person
        target.mkdir(parents=True)
        for number in range(1, 5):
            shutil.copy(root / folder / f"{number}.pgm", target)
    (tmp_path / "photos" / "Ann Lee" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    return tmp_path / "photos"
