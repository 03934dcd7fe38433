"""The ways into the Predict page in a real Chromium: files, a camera that allows or refuses, the clipboard, eight at once."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from core import batch, jobs
from core.images import resize
from core.runs import Run
from tests.browser.conftest import FLAGS
from tests.core.photos import as_png, orl_photo, pasted
from tests.pages.conftest import embedded
from tests.serving import dashboard

__all__ = ["embedded"]  # a fixture
pytestmark = pytest.mark.browser
MINUTE = 60_000  # ms
FAKE_CAMERA = "--use-fake-device-for-media-stream"
ALLOW = "--use-fake-ui-for-media-stream"  # as a person who allows the camera


@pytest.fixture(scope="module")
def address(embedded: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(embedded.directory.parent.parent, tmp_path_factory.mktemp("home")) as server:
        yield f"{server.address}/predict?run={embedded.id}"


def _visit(browser: Browser, address: str, width: int = 1440, **options: object) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    page.goto(address)
    expect(page.get_by_role("tab", name="Camera")).to_be_visible(timeout=MINUTE)
    return page


def _leave(page: Page) -> None:
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Component Error").count() == 0
    page.context.close()


def _answers(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stMarkdown").filter(has_text=words).first).to_be_visible(timeout=MINUTE)


@contextmanager
def _with_flags(browser: Browser, chromium: str, *flags: str) -> Iterator[Browser]:
    started = browser.browser_type.launch(executable_path=chromium, args=[*FLAGS, *flags])
    yield started
    started.close()


def _photo(person: int, number: int = 9, times: int = 1) -> bytes:
    """Return a photo of 640 x 480 pixels, or so many times that, with one of the built-in faces."""
    pixels = np.full((480, 640, 3), 110, np.uint8)
    pixels[100:346, 220:422] = resize(orl_photo(person, number).pixels, 202, 246)
    buffer = io.BytesIO()
    Image.fromarray(resize(pixels, 640 * times, 480 * times)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _video(folder: Path) -> str:
    """Return the flag that lets the fake camera show one of the built-in faces."""
    file = folder / "face.mjpeg"
    file.write_bytes(_photo(3) * 3)
    return f"--use-file-for-fake-video-capture={file}"


def test_the_camera_names_live_and_takes_photos(browser: Browser, chromium: str, address: str, tmp_path: Path) -> None:
    with _with_flags(browser, chromium, FAKE_CAMERA, ALLOW, _video(tmp_path)) as own:
        page = _visit(own, address)
        page.get_by_role("tab", name="Camera").click()
        page.get_by_role("button", name="Turn the camera on").click(timeout=MINUTE)
        page.get_by_role("button", name="Name faces live").click(timeout=MINUTE)
        expect(page.locator(".box.known .label")).to_have_text(re.compile(r"^Person 3 (over )?\d+%$"), timeout=MINUTE)
        _boxes_follow_the_face(page)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused.")).to_be_visible()
        page.get_by_role("button", name="Take a photo").click()
        _answers(page, "Camera photo 1")
        _answers(page, "Person 3")
        page.get_by_role("button", name="Turn off").click()
        expect(page.get_by_role("button", name="Turn the camera on")).to_be_visible()
        _leave(page)


_CENTRE = """async (video) => {
    let box;
    while (!(box = video.getRootNode().querySelector(".box.known"))) await new Promise(requestAnimationFrame);
    const [inner, stage] = [box, video].map((each) => each.getBoundingClientRect());
    return [(inner.x + inner.width / 2 - stage.x) / stage.width, (inner.y + inner.height / 2 - stage.y) / stage.height];
}"""


def _boxes_follow_the_face(page: Page) -> None:
    """The face is in the middle of the picture, mirrored or not; its box has to be there."""
    # Boxes are drawn anew with each answer, so both are measured in one step, in a moment that has a box.
    centre = page.locator("video").evaluate(_CENTRE, timeout=MINUTE)
    assert centre == pytest.approx([0.5, 0.48], abs=0.1)


def test_a_refused_camera_says_how_to_go_on(browser: Browser, address: str, chromium: str) -> None:
    with _with_flags(browser, chromium, FAKE_CAMERA, "--deny-permission-prompts") as own:
        page = _visit(own, address, width=390)
        page.get_by_role("tab", name="Camera").click()
        page.get_by_role("button", name="Turn the camera on").click(timeout=MINUTE)
        expect(page.get_by_text("does not give this page the camera")).to_be_visible(timeout=MINUTE)
        expect(page.get_by_text("add it under Photos")).to_be_visible()
        expect(page.get_by_role("button", name="Turn the camera on")).to_be_enabled()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        _leave(page)


def test_a_computer_without_a_camera_says_so(browser: Browser, address: str, chromium: str) -> None:
    with _with_flags(browser, chromium, ALLOW) as own:
        page = _visit(own, address)
        page.get_by_role("tab", name="Camera").click()
        page.get_by_role("button", name="Turn the camera on").click(timeout=MINUTE)
        expect(page.get_by_text("No camera was found")).to_be_visible(timeout=MINUTE)
        _leave(page)


_COPY = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const blob = new Blob([bytes], { type: "image/png" });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}"""


def test_pictures_are_pasted_by_keys_and_by_the_button(browser: Browser, address: str) -> None:
    page = _visit(browser, address, permissions=["clipboard-read", "clipboard-write"])
    paste = page.get_by_role("button", name="Paste a picture")
    expect(paste).to_be_visible(timeout=MINUTE)
    page.evaluate("navigator.clipboard.writeText('words')")
    paste.click()
    expect(page.get_by_text("no picture in the clipboard")).to_be_visible(timeout=MINUTE)
    page.evaluate(_COPY, _as_text(5))
    page.keyboard.press("Control+v")
    _answers(page, "Pasted picture 1")
    _answers(page, "Person 5")
    page.evaluate(_COPY, _as_text(6))
    paste.press("Enter")
    _answers(page, "Pasted picture 2")
    _answers(page, "Person 6")
    _leave(page)


def _as_text(person: int) -> str:
    return base64.b64encode(as_png(pasted((400, 400), [(person, 100, 80, 180)]))).decode()


def test_a_clipboard_that_is_refused_leaves_the_keys(browser: Browser, address: str, chromium: str) -> None:
    with _with_flags(browser, chromium, "--deny-permission-prompts") as own:
        page = _visit(own, address)
        page.get_by_role("button", name="Paste a picture").click(timeout=MINUTE)
        expect(page.get_by_text("Press Ctrl+V").last).to_be_visible(timeout=MINUTE)
        _leave(page)


def test_stop_keeps_what_is_answered_and_goes_on(browser: Browser, address: str) -> None:
    page = _visit(browser, address)
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": _photo(1 + n % 7, 1 + n // 7, 4)} for n in range(20)]
    page.locator("input[type=file]").first.set_input_files(files)  # large: there has to be time to stop
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click(timeout=MINUTE)
    expect(page.get_by_text("not looked at")).to_be_visible(timeout=MINUTE)
    assert page.get_by_role("button", name="Remove this photo").count() < 20
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Remove this photo")).to_have_count(20, timeout=2 * MINUTE)
    expect(page.get_by_text("not looked at")).to_have_count(0)
    _leave(page)


def test_eight_people_at_once_get_their_own_answers(browser: Browser, address: str) -> None:
    """Seven photos of people of the run, and one of somebody else, sent at the same time."""
    pages = [_visit(browser, address) for _ in range(8)]
    for person, page in enumerate(pages, start=1):
        photo = {"name": f"{person}.jpg", "mimeType": "image/jpeg", "buffer": _photo(person if person < 8 else 20)}
        page.locator("input[type=file]").first.set_input_files(photo)
    for person, page in enumerate(pages, start=1):
        name = f"Person {person}" if person < 8 else "1 unknown"
        _answers(page, f"{person}.jpg")
        expect(page.get_by_text(re.compile("^1 face: "))).to_have_text(f"1 face: {name}.", timeout=2 * MINUTE)
    for page in pages:
        _leave(page)


def test_a_batch_goes_on_when_its_tab_is_closed(
    browser: Browser, embedded: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty photos dropped at once, one of them broken; nobody waits for them."""
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(embedded.directory.parent.parent))
    page = _visit(browser, address)
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": _photo(1 + n % 7, 1 + n // 7)} for n in range(29)]
    files.append({"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    page.locator("input[type=file]").first.set_input_files(files)
    expect(page.get_by_text("The photos are named in the background.")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("on this page, kept in memory only")).to_have_count(0)
    page.context.close()
    (job,) = batch.list_batches(embedded.directory)
    end = time.monotonic() + 120
    while (job := jobs.read_job(job.directory)).alive:
        assert time.monotonic() < end, "the batch did not end"
        time.sleep(0.5)
    assert job.state == "done"
    named = batch.read_batch(job.directory)
    assert len(named.photos) == 30
    assert [photo.file for photo in named.photos if photo.error] == ["broken.jpg"]
    right = [row for row in named.rows if row.person == f"Person {1 + int(row.file.split('.')[0]) % 7}"]
    assert len(right) >= 27


def test_a_box_is_drawn_by_mouse_and_by_keys(browser: Browser, address: str) -> None:
    """A photo without a face offers to draw one; the same again on a phone with keys only."""
    wall = {"name": "wall.png", "mimeType": "image/png", "buffer": as_png(pasted((400, 300), []))}
    for width, draw in ((1440, _by_mouse), (390, _by_keys)):
        page = _visit(browser, address, width=width)
        page.locator("input[type=file]").first.set_input_files(wall)
        expect(page.get_by_text("No face was found")).to_be_visible(timeout=MINUTE)
        page.get_by_text("Draw a box around a face").click()
        expect(page.locator(".draw .stage img")).to_be_visible(timeout=MINUTE)
        draw(page)
        expect(page.get_by_text(re.compile("^1 face: "))).to_be_visible(timeout=MINUTE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        _leave(page)


def _by_mouse(page: Page) -> None:
    use = page.get_by_role("button", name="Use this box")
    expect(use).to_be_disabled()
    page.locator(".draw .stage").scroll_into_view_if_needed()
    stage, before = page.locator(".draw .stage").bounding_box(), None
    while stage != before:  # what is still drawn around it moves it
        page.wait_for_timeout(500)
        stage, before = page.locator(".draw .stage").bounding_box(), stage
    assert stage
    page.mouse.move(stage["x"] + 0.25 * stage["width"], stage["y"] + 0.2 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.75 * stage["width"], stage["y"] + 0.8 * stage["height"], steps=5)
    page.mouse.up()
    numbers = [float(page.locator(f"input.{side}").input_value()) for side in ("left", "top", "width", "height")]
    assert numbers == pytest.approx([100, 60, 200, 180], abs=4)
    use.click()


def _by_keys(page: Page) -> None:
    page.locator(".draw .stage").focus()
    page.keyboard.press("ArrowRight")  # a box in the middle: a third of the shorter side
    expect(page.get_by_label("Left (px)")).to_have_value("150")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_label("Left (px)")).to_have_value("156")
    expect(page.get_by_label("Height (px)")).to_have_value("106")
    page.get_by_label("Width (px)").fill("120")
    page.locator(".draw .stage").press("Enter")


def test_a_page_that_is_not_safe_says_why_it_has_no_camera(browser: Browser, address: str, chromium: str) -> None:
    """Under a name that stands for this computer, but of which the browser does not know that."""
    with _with_flags(browser, chromium, ALLOW, FAKE_CAMERA, "--host-resolver-rules=MAP faces.test 127.0.0.1") as own:
        page = _visit(own, address.replace("127.0.0.1", "faces.test"))
        page.get_by_role("tab", name="Camera").click()
        expect(page.get_by_text("Browsers give the camera only to pages at an https address")).to_be_visible(timeout=MINUTE)
        expect(page.get_by_role("button", name="Turn the camera on")).to_have_count(0)
        _leave(page)
