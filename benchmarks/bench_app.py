"""The dashboard as a person waits for it, in a real Chromium.

Prints: start of the server to the first usable page, beside a one-line Streamlit app; a warm Explore page with 17,500 and
with 200,000 photos, beside a bare page with as many pictures, and the server's memory then; the one button from a started
server to the first named face.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.measure import REPEATS, machine, row
from benchmarks.synthetic import make_catalogue
from tests.serving import dashboard, free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
SIZES = ((17_500, 105), (200_000, 1000))  # photos, people
PICTURES = 48
MS = 1000
START_LIMIT = 60  # seconds
BARE_APP = "import streamlit as st\nst.title('Bare')\n"
BARE_WALL = (
    "import streamlit as st, numpy as np\nst.title('Bare')\nrng = np.random.default_rng(0)\n"
    "if st.segmented_control('Page', ['Home', 'Explore'], default='Home') == 'Explore':\n"
    f"    with st.grid(min_column_width=116, gap='xsmall'):\n        for n in range({PICTURES}):\n"
    "            st.image(rng.integers(0, 255, (180, 180, 3), dtype=np.uint8), width='stretch')\n"
)


@contextmanager
def _bare(text: str) -> Iterator[str]:
    """Serve a bare Streamlit script."""
    with tempfile.TemporaryDirectory() as folder:
        script, port = Path(folder) / "bare.py", free_port()
        script.write_text(text)
        command = [
            sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true",
            "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def _ours(artifacts: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as home, dashboard(artifacts, Path(home)) as server:
        yield server.address


def _visit(browser: Browser, address: str, ready: Callable[[Page], object]) -> float:
    """Return the seconds from asking for a page until `ready` returns."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    started = time.perf_counter()
    while True:  # the server may still be starting
        try:
            page.goto(address)
            break
        except Error:
            if time.perf_counter() - started > START_LIMIT:
                raise
            time.sleep(0.05)
    ready(page)
    taken = time.perf_counter() - started
    page.close()
    return taken


def _heading(page: Page) -> None:
    page.get_by_role("heading", level=1).wait_for(timeout=60 * MS)


_PICTURES_SHOWN = """(least) => [
        ...document.querySelectorAll("[data-testid=stImage] img, [data-testid=stBidiComponentIsolated]")
    ].flatMap((each) => each.shadowRoot ? [...each.shadowRoot.querySelectorAll("img")] : [each]).length >= least"""


def _wall(page: Page) -> None:
    page.wait_for_function(_PICTURES_SHOWN, arg=PICTURES, timeout=60 * MS)


def first_page(browser: Browser) -> None:
    """Start a server and wait for its first page, ours and the bare one in turns."""
    ours, bare = [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as artifacts:
            started = time.perf_counter()
            with _ours(Path(artifacts)) as address:
                _visit(browser, address, lambda page: page.get_by_role("button", name="Train on").wait_for(timeout=60 * MS))
                ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        with _bare(BARE_APP) as address:
            _visit(browser, address, _heading)
            bare.append(time.perf_counter() - started)
    row("server's start to the usable home page", ours, bare)


def warm_explore(browser: Browser) -> None:
    """Go to Explore with a large catalogue again and again, as a person does who works with it."""
    for photos, people in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["VISAGE_ARTIFACTS"] = folder
            dataset = make_catalogue(photos, people, images=PICTURES).id
            with tempfile.TemporaryDirectory() as home, dashboard(Path(folder), Path(home)) as server, _bare(BARE_WALL) as bare:
                ours = _turns(browser, f"{server.address}/explore?dataset={dataset}", "link")
                memory = _anonymous_memory(server.pid)
                row(f"warm Explore page, {photos:,} photos, {PICTURES} pictures shown", ours, _turns(browser, bare, "radio"))
        print(f"  the server's anonymous memory then: {memory:.0f} MB", flush=True)


def _anonymous_memory(pid: int) -> float:
    """Return the memory of a process that no file stands behind, in MB (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def _turns(browser: Browser, address: str, role: Literal["link", "radio"]) -> list[float]:
    """Return the seconds from a click on "Explore" to its pictures, each time coming from the other page."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    _heading(page)
    taken = []
    for _ in range(REPEATS + 1):
        page.get_by_role(role, name="Home").first.click()
        page.wait_for_function(f"!({_PICTURES_SHOWN})(2)", timeout=60 * MS)
        started = time.perf_counter()
        page.get_by_role(role, name="Explore").first.click()
        _wall(page)
        taken.append(time.perf_counter() - started)
    page.close()
    return taken[1:]  # the first fills the caches


def one_button(browser: Browser) -> None:
    """Press the button on the home page of a fresh installation and wait for the named face."""

    def press(page: Page) -> None:
        page.get_by_role("button", name="Train on").click()
        page.get_by_text("test photos right").wait_for(timeout=600 * MS)

    taken = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as artifacts, _ours(Path(artifacts)) as address:
            taken.append(_visit(browser, address, press))
    row("one button to the first named face", taken)


def main() -> None:
    """Run all three, or those that the command line names."""
    chosen = [part for part in (first_page, warm_explore, one_button) if part.__name__ in sys.argv[1:] or not sys.argv[1:]]
    chromium = os.environ.get("VISAGE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("This benchmark needs Chromium: install it, or set VISAGE_CHROMIUM to its program.")
    print(machine())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for part in chosen:
            part(browser)
        browser.close()


if __name__ == "__main__":
    main()
