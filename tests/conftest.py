"""What every test shares: artifacts of its own, real photos where there are some, and the count of skipped browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.storage import PROJECT_ROOT

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def _snapshot(folder: Path) -> set[tuple[str, int, int]]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {(str(each), each.stat().st_size, each.stat().st_mtime_ns) for each in files}


@pytest.fixture(scope="session", autouse=True)
def _artifacts_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point VISAGE_ARTIFACTS to a temporary folder, and fail if the real one changed."""
    real = PROJECT_ROOT / "artifacts"
    before = _snapshot(real)
    os.environ["VISAGE_ARTIFACTS"] = str(tmp_path_factory.mktemp("artifacts"))
    yield
    assert _snapshot(real) == before, "a test wrote into the real artifacts folder"


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one test an empty artifacts folder of its own."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def test_photos() -> Path:
    """Return the folder of real photos that VISAGE_TEST_PHOTOS names, or skip."""
    named = os.environ.get("VISAGE_TEST_PHOTOS")
    if not named or not Path(named).is_dir():
        pytest.skip("needs real photos: set VISAGE_TEST_PHOTOS to their folder")
    return Path(named)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the Chromium to drive: VISAGE_CHROMIUM or one on PATH; skip without, fail without where CI is set."""
    found = os.environ.get("VISAGE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    message = "no Chromium: install it (Debian: apt-get install chromium) or set VISAGE_CHROMIUM to its program"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines how many browser tests did not run, and how to get them."""
    skipped = [each for each in terminalreporter.stats.get("skipped", []) if "browser" in each.keywords]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests skipped: install Chromium (Debian: apt-get install chromium) "
            "or set VISAGE_CHROMIUM to its program, then run make test again."
        )
