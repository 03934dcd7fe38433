"""Photos of strangers are a figure of their own on the pages, and nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.cli.words import about_dataset, dataset_values
from core.datasets import Catalogue
from core.experiment import scan_dataset
from core.storage import PROJECT_ROOT
from tests.core.conftest import copy_person
from tests.pages.reading import metrics, words


@pytest.fixture
def root(artifacts: Path, tmp_path: Path) -> Path:
    """Two people with four photos, nine photos of strangers."""
    for name, source, photos in (("Ann", "s1", 4), ("Bo", "s2", 4), ("unknown", "s3", 9)):
        copy_person(tmp_path / "photos" / name, source, range(1, photos + 1))
    return tmp_path / "photos"


@pytest.fixture
def catalogue(root: Path) -> Catalogue:
    return scan_dataset(str(root)).catalogue


def _open(page: str, catalogue: Catalogue, tab: str = "") -> AppTest:
    opened = AppTest.from_file(str(PROJECT_ROOT / "pages" / f"{page}.py"), default_timeout=60)
    opened.query_params["dataset"] = catalogue.id
    if tab:
        opened.session_state[f"{page}-tab"] = tab
    opened.run()
    assert not opened.exception
    return opened


def test_the_figures(catalogue: Catalogue) -> None:
    shown = metrics(_open("explore", catalogue))
    assert (shown["Photos"], shown["People"], shown["Strangers"]) == ("17", "2", "9")
    assert (shown["Fewest photos"], shown["Median photos"]) == ("4", "4")


def test_no_strangers_no_figure(catalogue: Catalogue) -> None:
    with catalogue.writing() as connection:
        connection.execute("DELETE FROM used WHERE person = 'Unknown'")
    assert "Strangers" not in metrics(_open("explore", catalogue))


def test_charts_and_split_are_about_people(catalogue: Catalogue) -> None:
    assert "Unknown" not in _open("explore", catalogue, "Statistics").get("plotly_chart")[0].proto.spec
    page = _open("explore", catalogue, "Split")
    shown = metrics(page)
    assert sum(int(shown[f"{part} photos"]) for part in ("Training", "Validation", "Test")) == 8
    assert "9 photos of strangers are in none of the three parts" in words(page)


def test_the_train_page(catalogue: Catalogue) -> None:
    page = _open("train", catalogue)
    assert "8 photos of 2 people. 9 more show strangers" in words(page)


def test_the_command_line(root: Path) -> None:
    values = dataset_values(scan_dataset(str(root)))
    assert (values["photos"], values["people"], values["strangers"]) == (17, 2, 9)
    assert about_dataset(values).startswith("photos: 17 photos of 2 people, 9 of them show strangers.")
