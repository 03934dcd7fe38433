"""A photo on the Predict page as a person waits for it, in a real Chromium: from choosing the file to the named face.

Prints for both detectors: one photo of 1280 x 960 px with one face, warm, until its name and its picture are in the browser,
beside the recogniser alone on the same photo. The photos differ, so that nothing is answered from a cache.
"""

from __future__ import annotations

import io
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.bench_app import FLAGS
from benchmarks.measure import machine, row
from core.datasets.builtin import orl_root
from core.experiment import run_experiment
from core.images import read_photo, resize
from core.recognizer import load_recognizer
from core.runs import Run, new_run, read_run
from core.settings import preset, with_values
from tests.serving import dashboard

PEOPLE = 10
PHOTOS = 9  # the first fills the caches
WIDTH, HEIGHT, FACE = 1280, 960, 330  # px; the face's width
LIMITS = {"yunet": 1.0, "mtcnn": 1.5}  # seconds from the file to the named face
MINUTE = 60_000  # ms
# The name is on the page, and every picture of the answer has arrived, also those inside components.
_ANSWERED = """([file, name]) => {
    const roots = [document, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)];
    const words = roots.map((root) => root.body?.innerText ?? root.textContent).join(" ");
    const pictures = roots.flatMap((root) => [...root.querySelectorAll("img")]);
    return words.includes(file) && words.includes(name) && pictures.some((each) => each.naturalWidth >= 600)
        && pictures.every((each) => each.complete) && !document.querySelector("[data-testid=stSpinner]");
}"""


def train(folder: Path, detector: str) -> Run:
    """Train the embedding on some of the built-in people."""
    photos = folder / "photos"
    if not photos.exists():
        for number in range(1, PEOPLE + 1):
            shutil.copytree(orl_root() / f"s{number}", photos / f"Person {number}")
    changes = {"data.source": str(photos), "face.detector": detector}
    directory = new_run(with_values(preset("embedding"), changes), name=detector)
    run_experiment(directory)
    return read_run(directory)


def photo(person: int, seed: int) -> bytes:
    """Return a JPEG file with one face before a wall with some noise, another for each seed."""
    rng = np.random.default_rng(seed)
    pixels = np.clip(rng.normal(140, 12, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    face = read_photo(orl_root() / f"s{person}" / f"{1 + seed % 10}.pgm")[1].pixels
    face = resize(face, FACE, round(FACE * face.shape[0] / face.shape[1]))
    left, top = int(rng.integers(50, WIDTH - FACE - 50)), int(rng.integers(50, HEIGHT - face.shape[0] - 50))
    pixels[top : top + face.shape[0], left : left + FACE] = face
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def in_browser(page: Page, folder: Path) -> list[float]:
    """Return the seconds from each file to its named face; the page holds one photo at a time."""
    taken = []
    for number in range(PHOTOS):
        person = 1 + number % PEOPLE
        name = f"photo-{number}.jpg"
        (folder / name).write_bytes(photo(person, number))
        chooser = page.locator("input[type=file]").first
        started = time.perf_counter()
        chooser.set_input_files(folder / name)
        page.wait_for_function(_ANSWERED, arg=[name, f"Person {person}"], timeout=2 * MINUTE, polling=30)
        taken.append(time.perf_counter() - started)
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Remove all").click()
        page.get_by_text(name).first.wait_for(state="detached", timeout=MINUTE)
        page.wait_for_timeout(500)
    return taken[1:]


def alone(run: Run) -> list[float]:
    """Return the seconds that the recogniser takes for each of the photos, without a page."""
    recognizer = load_recognizer(run.directory)
    taken = []
    for number in range(PHOTOS):
        data = photo(1 + number % PEOPLE, number)
        started = time.perf_counter()
        recognizer.predict(data, "photo")
        taken.append(time.perf_counter() - started)
    return taken[1:]


@contextmanager
def _served(artifacts: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as home, dashboard(artifacts, Path(home)) as server:
        yield server.address


def measure(browser: Browser, detector: str) -> bool:
    """Print the times with one detector, and return whether they keep to the limit."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VISAGE_ARTIFACTS"] = folder
        run = train(Path(folder), detector)
        with _served(Path(folder)) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}/predict?run={run.id}")
            page.locator("input[type=file]").first.wait_for(state="attached", timeout=MINUTE)
            taken = in_browser(page, Path(folder))
            page.close()
        row(f"{detector}: a file to the named face in the browser", taken, alone(run))
    return statistics.median(taken) < LIMITS[detector]


def main() -> int:
    """Measure with both detectors, or those that the command line names; return 1 where a limit is not kept."""
    chromium = os.environ.get("VISAGE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("This benchmark needs Chromium: install it, or set VISAGE_CHROMIUM to its program.")
    print(machine())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        kept = [measure(browser, each) for each in sys.argv[1:] or LIMITS]
        browser.close()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
