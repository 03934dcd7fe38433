"""Taking photos out on the Manage tab: the job, the file to download or its path, and removing it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import curation
from core.datasets import Catalogue, open_dataset, scan
from core.storage import PROJECT_ROOT
from tests.pages.reading import button, wait_for_jobs, words


@pytest.fixture
def catalogue(artifacts: Path, two_people: Path) -> Catalogue:
    opened = open_dataset(str(two_people))
    scan(opened)
    return opened


def _open(catalogue: Catalogue) -> AppTest:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "explore.py"), default_timeout=60)
    page.session_state["explore-tab"] = "Manage"
    page.query_params["dataset"] = catalogue.id
    return page.run()


def _downloads(page: AppTest) -> list[str]:
    return [each.label for each in page.get("download_button")]


def _made(catalogue: Catalogue) -> AppTest:
    page = _open(catalogue)
    button(page, "Make a zip file").click().run()
    wait_for_jobs()
    page.run()
    assert not page.exception
    return page


def test_a_zip_file_is_made_shown_and_removed(catalogue: Catalogue) -> None:
    page = _made(catalogue)
    assert "**8 photos of 2 people**" in words(page)
    assert "Download" in _downloads(page)
    button(page, "Remove").click().run()
    assert not page.exception
    assert not curation.finished_exports(catalogue)
    assert _downloads(page) == ["Download the table of photos (CSV)"]


def test_a_large_file_is_named_by_its_path(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.get_option", lambda name: 0)
    page = _made(catalogue)
    (found,) = curation.finished_exports(catalogue)
    assert "Too large for a download" in words(page)
    assert [each.value for each in page.code] == [str(found.path)]
    assert "Download" not in _downloads(page)


def test_what_cannot_be_exported_is_named(catalogue: Catalogue) -> None:
    page = _open(catalogue)
    page.button_group[0].set_value("crops").run()
    curation.not_a_face(catalogue, [catalogue.photos()[0].sha256])
    button(page, "Make a zip file").click().run()
    wait_for_jobs()
    page.run()
    assert not page.exception
    assert "**7 faces of 2 people**" in words(page)
    assert "1 photo is not in it" in [each.label for each in page.expander]


def test_a_failure_is_explained(catalogue: Catalogue) -> None:
    page = _open(catalogue)
    curation.exclude(catalogue, [photo.sha256 for photo in catalogue.photos()])
    button(page, "Make a zip file").click().run()
    wait_for_jobs()
    page.run()
    assert not page.exception
    assert "no photo that can be exported" in page.error[0].value
    assert button(page, "Make a zip file")
