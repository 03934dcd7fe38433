"""What the tests of the Predict page share: photos on the page without uploading them, and a run that stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from core.recognizer import dataset_of
from core.runs import Run, layout
from tests.core.photos import as_png, orl_file, pasted
from tests.pages.conftest import Open
from ui.predict.upload import Upload
from ui.session import AppSession

KNOWN, OTHER, STRANGER = 1, 2, 20  # built-in people: two whom the embedding of the tests knows, and one it does not


def photo(person: int, number: int = 1) -> Upload:
    """Return one of the built-in photos."""
    return Upload(f"s{person}-{number}.pgm", orl_file(person, number).read_bytes())


def group(*people: int) -> Upload:
    """Return a photo of people beside each other, in this order, that no dataset has."""
    faces = [(person, 60 + 320 * place, 60, 190) for place, person in enumerate(people)]
    return Upload("group.png", as_png(pasted((80 + 320 * len(people), 360), faces)))


def open_with(open_page: Open, *uploads: Upload) -> AppTest:
    """Open the page with photos on it, drawn with plain widgets."""
    session = AppSession(simple_wall=True)
    session.predict.photos = list(uploads)
    return sound(open_page("predict", session))


def sound(page: AppTest) -> AppTest:
    """Return a page that has failed nowhere."""
    assert not page.exception, [each.value for each in page.exception]
    return page


def press(page: AppTest, label: str, place: int = 0) -> AppTest:
    """Press one of the buttons of a label."""
    return sound([each for each in page.button if each.label == label][place].click().run())


def widgets(page: AppTest, kind: str, prefix: str) -> list[Any]:
    """Return the widgets of a kind whose keys begin so."""
    return [each for each in page.get(kind) if (each.key or "").startswith(prefix)]


def opened(page: AppTest, prefix: str, place: int = 0) -> AppTest:
    """Open a part of the page that is drawn only while it is open, by the beginning of its key."""
    keys = [each for each in page.session_state.filtered_state if str(each).startswith(prefix)]
    page.session_state[sorted(keys)[place]] = True
    return sound(page.run())


@contextmanager
def as_it_was(run: Run, aside: Path) -> Iterator[Run]:
    """Let a test change a run's added people and its dataset, and put both back: training another one takes too long."""
    catalogue, enrolled = dataset_of(run), run.directory / layout.ENROLLED
    assert catalogue is not None and not enrolled.exists()
    shutil.copytree(catalogue.directory, aside)
    try:
        yield run
    finally:
        enrolled.unlink(missing_ok=True)
        shutil.rmtree(catalogue.directory, ignore_errors=True)
        shutil.copytree(aside, catalogue.directory)
