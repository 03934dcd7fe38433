"""The Evaluate page where something is missing: the dataset, single photos, all people but one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import delete_dataset
from core.experiment import scan_dataset
from core.review import read_judged
from core.runs import Run, read_run
from tests.pages.conftest import Open
from tests.pages.reading import metrics, words
from tests.pages.test_evaluate import keep_evaluation
from ui.evaluate.tabs import ORDER


@pytest.fixture(scope="module")
def orphan(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a copy of the run whose dataset was deleted."""
    root = tmp_path_factory.mktemp("orphan") / "artifacts"
    shutil.copytree(trained.directory.parent.parent, root)
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(root))
        assert trained.dataset is not None
        delete_dataset(trained.dataset.id)
        return read_run(root / "runs" / trained.id)


@pytest.mark.parametrize("tab", ORDER)
def test_a_deleted_dataset_leaves_the_figures(tab: str, orphan: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(orphan.directory.parent.parent))
    page = open_page("evaluate", tab=tab)
    assert not page.exception
    assert metrics(page)["Accuracy"] == f"{100 * orphan.reports['test'].accuracy:.1f}%"
    assert "is not in Visage any more" in words(page)


def test_a_mistake_of_a_deleted_dataset_still_has_its_reason(
    orphan: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(orphan.directory.parent.parent))
    page = open_page("evaluate", tab="Errors")
    next(each for each in page.button if (each.key or "").startswith("why-")).click().run()
    assert not page.exception
    judged = read_judged(orphan, "test")
    assert any(f"taken for {judged.people[named]}" in words(page) for named in judged.predicted[judged.wrong])
    assert not any((each.key or "").endswith("-as-named") for each in page.button), "nothing is left to be renamed"


@pytest.fixture
def moved(with_embedded: Run) -> Iterator[tuple[str, str]]:
    """Rename one test photo, take another away, and put both back afterwards; return where the two lay."""
    folder = Path(with_embedded.settings.data.source)
    first, second = read_judged(with_embedded, "test").paths[:2]
    renamed, away = (folder / first).with_name("renamed.pgm"), folder.parent / "away.pgm"
    (folder / first).rename(renamed)
    (folder / second).rename(away)
    scan_dataset(str(folder))
    yield first, second
    renamed.rename(folder / first)
    away.rename(folder / second)
    scan_dataset(str(folder))


@pytest.mark.parametrize("tab", ["Errors", "Confusion", "Map", "Honesty"])
def test_renamed_photos_are_found_and_missing_ones_told(
    tab: str, moved: tuple[str, str], with_embedded: Run, open_page: Open
) -> None:
    page = open_page("evaluate", tab=tab)
    assert not page.exception
    assert "1 are not in the dataset any more" in words(page)
    assert metrics(page)["Accuracy"] == f"{100 * with_embedded.reports['test'].accuracy:.1f}%"
    if tab == "Errors":
        _look_at_all(page, moved)


def _look_at_all(page: AppTest, moved: tuple[str, str]) -> None:
    """Look at the right answers, the missing photo among them; its card says what it can."""
    page.segmented_control(key="answers").set_value("right").run()
    assert not page.exception
    for each in [each for each in page.button if (each.key or "").startswith("why-") and len(each.key or "") == 68][:2]:
        each.click().run()
        assert not page.exception


@pytest.mark.parametrize("tab", ["Report", "Confusion", "Errors", "Calibration", "Honesty", "Map", "Duel", "Export"])
def test_photos_of_one_person_say_nothing_about_telling_people_apart(tab: str, with_trained: Run, open_page: Open) -> None:
    directory = keep_evaluation(with_trained, known=1, strangers=0)
    try:
        page = open_page("evaluate", tab=tab)
        page = next(each for each in page.selectbox if each.label == "Judged by").set_value(f"folder:{directory.name}").run()
    finally:
        shutil.rmtree(directory)
    assert not page.exception
    assert "Only one person is shown here" in words(page)
    if tab == "Map":
        assert "Evaluate the folder again to have a map" in words(page)
    assert metrics(page)["Accuracy"] == "100.0%"
