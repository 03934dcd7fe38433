"""Adding photos as a person does, in a real Chromium, and by the command line.

Prints: the memory of the server before, during and after an upload of many photos and of one zip file (limits: the upload's
size and 400 MB on top; back within 10 s); how fast 20,000 small generated photos are looked at and kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Error, Page, expect, sync_playwright

from benchmarks.measure import machine
from core import importing
from core.importing import Target
from core.storage import PROJECT_ROOT
from tests.serving import free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
PAGE = """
from ui import import_views
from ui.dataset_picker import choose_dataset
from ui.frame import page

with page("explore"):
    import_views.add_photos(choose_dataset(opener=False), expanded=True)
"""
MB = 2**20
UPLOAD_PHOTOS, UPLOAD_BYTES = 800, 300_000
ZIP_MEGABYTES = 400
PHOTOS, PEOPLE, SIDE = 20_000, 100, 100
ALLOWED, SECONDS_BACK, BACK = 400 * MB, 10, 50 * MB
MS = 1000


class Memory:
    """The anonymous memory of a process over time, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self.peak = 0
        threading.Thread(target=self._look, daemon=True).start()

    def now(self) -> int:
        """Bytes that no file backs."""
        used = self._process.memory_info()
        return int(used.rss - used.shared)

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            self.peak = max(self.peak, self.now())

    def end(self) -> None:
        """Look no more."""
        self._ended.set()


@contextmanager
def _server(artifacts: Path) -> Iterator[tuple[str, int]]:
    """Serve the import alone; yield its address and the server's process."""
    script, port = artifacts / "page.py", free_port()
    script.write_text(PAGE)
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "VISAGE_ARTIFACTS": str(artifacts), "PYTHONPATH": str(PROJECT_ROOT)}
    log = (artifacts / "server.log").open("wb")
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()
        log.close()


def photos_in(folder: Path, count: int, people: int, side: int, padding: int = 0) -> Path:
    """Write `count` different JPEG photos of `side` px into folders of people, each followed by so many random bytes."""
    rng = np.random.default_rng(0)
    for number in range(count):
        person = folder / f"Person {number % people:03d}"
        person.mkdir(parents=True, exist_ok=True)
        colours = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
        path = person / f"{number:06d}.jpg"
        Image.fromarray(colours).resize((side, side), Image.Resampling.BICUBIC).save(path)
        if padding:
            with path.open("ab") as file:
                file.write(rng.bytes(padding))
    return folder


def upload(page: Page, pid: int, tab: str, path: Path, send: str) -> None:
    """Send a folder or a zip file, and print the server's memory."""
    page.get_by_role("tab", name=tab).click()
    chooser = page.locator("input[type=file]").first
    chooser.wait_for(state="attached", timeout=60 * MS)
    page.wait_for_timeout(1500)
    memory = Memory(pid)
    before = memory.now()
    size = sum(each.stat().st_size for each in path.rglob("*")) if path.is_dir() else path.stat().st_size
    started = time.perf_counter()
    chooser.set_input_files(path)
    button = page.get_by_role("button", name=send)
    _until_sent(memory, before + size)
    expect(button).to_be_enabled(timeout=600 * MS)  # Streamlit keeps it disabled while files are on their way
    sent = time.perf_counter() - started
    button.click()
    page.get_by_text("Looking at the photos").or_(page.get_by_text("Starting")).or_(
        page.get_by_text("Unpacking")
    ).first.wait_for(timeout=300 * MS)
    spooled = time.perf_counter()
    back = None
    while time.perf_counter() - spooled < 4 * SECONDS_BACK:
        if memory.now() < before + BACK:
            back = time.perf_counter() - spooled
            break
        time.sleep(0.1)
    memory.end()
    extra = memory.peak - before - size
    print(
        f"{tab:18} {size / MB:7.0f} MB   sent in {sent:5.1f} s   before {before / MB:5.0f} MB   "
        f"peak {memory.peak / MB:6.0f} MB (upload {extra / MB:+5.0f} MB, limit +{ALLOWED / MB:.0f})   "
        f"after {memory.now() / MB:5.0f} MB, back in {'never' if back is None else f'{back:.1f} s'} (limit {SECONDS_BACK} s)",
        flush=True,
    )


def _until_sent(memory: Memory, wanted: int) -> None:
    """Wait until the server holds nearly the whole upload."""
    end = time.monotonic() + 600
    while memory.now() < wanted * 0.9 and time.monotonic() < end:
        time.sleep(0.2)


def uploads() -> None:
    """Upload a folder of photos and a zip file through the page."""
    chromium = os.environ.get("VISAGE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("This benchmark needs Chromium: install it, or set VISAGE_CHROMIUM to its program.")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        work = Path(name)
        folder = photos_in(work / "photos", UPLOAD_PHOTOS, 10, 100, UPLOAD_BYTES)
        archive = work / "photos.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            for number in range(ZIP_MEGABYTES):
                packed.writestr(f"Ann/{number}.jpg", os.urandom(MB))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for tab, path, send in (("Upload a folder", folder, "Look at them"), ("Zip file", archive, "Look into it")):
            (work / tab).mkdir()
            with _server(work / tab) as (address, pid):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                _open(page, address)
                upload(page, pid, tab, path, send)
                page.close()
        browser.close()


def _open(page: Page, address: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            page.goto(address)
            page.get_by_role("tab", name="Zip file").wait_for(timeout=60 * MS)
            return
        except Error:  # the server is still starting
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def rate() -> None:
    """Import many small photos, as the job does."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["VISAGE_ARTIFACTS"] = f"{name}/artifacts"
        folder = photos_in(Path(name) / "photos", PHOTOS, PEOPLE, SIDE)
        archive = Path(shutil.make_archive(f"{name}/photos", "zip", folder))
        started = time.perf_counter()
        staging = importing.new_staging("zip", archive.name)
        importing.look(staging, archive)
        looked = time.perf_counter()
        planned = importing.plan(staging)
        plan_seconds = time.perf_counter() - looked
        outcome = importing.commit(staging, Target(name="many"))
        kept = time.perf_counter()
        assert outcome.added == len(planned.photos) == PHOTOS
        print(
            f"{PHOTOS:,} photos of {SIDE} px in a zip file: unpacked and opened at {PHOTOS / (looked - started):,.0f} "
            f"photos/s, planned in {plan_seconds:.2f} s, kept at {PHOTOS / (kept - looked - plan_seconds):,.0f} photos/s"
        )


def main() -> None:
    """Run both parts, or those that the command line names."""
    print(machine())
    for part in (rate, uploads):
        if part.__name__ in sys.argv[1:] or not sys.argv[1:]:
            part()


if __name__ == "__main__":
    main()
