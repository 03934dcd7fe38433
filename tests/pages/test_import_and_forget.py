"""Somebody whose photos were just imported through the page is forgotten through the page, to the last trace."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.datasets import Catalogue, get_dataset, list_datasets
from core.storage import PROJECT_ROOT
from tests.core.photos import orl_file
from tests.core.test_forgetting import traces
from tests.pages.reading import button, wait_for_jobs, words
from tests.pages.test_import import PAGE
from ui.session import AppSession

ANN = "Annalena Zacharias"


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for person, number in ((ANN, 1), ("Bo", 2)):
            for photo in range(1, 4):
                made.write(orl_file(number, photo), f"{person}/{photo}.pgm")
        made.writestr(f"{ANN}/notes.txt", "no photo")
    return buffer.getvalue()


def _settled(page: AppTest) -> AppTest:
    wait_for_jobs()
    page.run()
    assert not page.exception
    return page


def _imported() -> Catalogue:
    page = AppTest.from_string(PAGE, default_timeout=60)
    page.session_state["import-tab"] = "Zip file"
    page.run()
    page.file_uploader[0].set_value(("family.zip", _archive(), "application/zip"))
    button(page, "Look into it").click().run()
    button(_settled(page), "Import 6 photos").click().run()
    _settled(page)  # the photos are kept: the page starts reading them
    _settled(page)
    (made,) = (each for each in list_datasets() if each.name == "Family")
    return get_dataset(made.id)


def _question(catalogue: Catalogue) -> AppTest:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.session_state["visage"] = AppSession(simple_wall=True)
    page.query_params["dataset"], page.query_params["person"] = catalogue.id, ANN
    page.run()
    button(page, "Forget this person …").click().run()
    (typed,) = (each for each in page.text_input if each.label == f"To go on, type the name: {ANN}")
    typed.set_value(ANN)
    button(page, "Forget for good").click().run()
    assert not page.exception
    return page


def test_imported_and_forgotten(artifacts: Path) -> None:
    catalogue = _imported()
    assert catalogue.people() == [(ANN, 3), ("Bo", 3)]
    page = _question(catalogue)
    assert "The person is forgotten." in words(page)
    assert "- 3 copies of photos that Visage kept" in page.code[0].value
    button(page, "Close").click().run()
    assert not page.exception
    assert catalogue.people() == [("Bo", 3)]
    assert traces(artifacts, "Zacharias") == []
