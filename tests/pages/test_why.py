"""The Errors and Map tabs of the Evaluate page: a mistake, the card that says why, and what can be done about it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from core.curation import undo
from core.datasets import get_dataset
from core.datasets.edits import kept_photos
from core.review import read_judged
from core.runs import Run, layout
from tests.pages.conftest import Open
from tests.pages.reading import words


def tiles(page: AppTest) -> list[Any]:
    return [each for each in page.button if (each.key or "").startswith("why-") and len(each.key or "") == 68]


def only(page: AppTest, ending: str) -> Any:
    (found,) = (each for each in page.button if (each.key or "").endswith(ending))
    return found


def test_mistakes_come_first_and_can_be_sorted_out(with_trained: Run, open_page: Open) -> None:
    judged = read_judged(with_trained, "test")
    wrong = int(judged.wrong.sum())
    page = open_page("evaluate", tab="Errors")
    assert not page.exception and not page.error
    assert f"{wrong:,} faces" in words(page)
    assert len(tiles(page)) == min(wrong, 36)
    first = int(judged.labels[judged.wrong.nonzero()[0][0]])
    page.selectbox(key="of").set_value(judged.people[first]).run()
    assert len(tiles(page)) == int((judged.wrong & (judged.labels == first)).sum())
    page.segmented_control(key="answers").set_value("right").run()
    assert not page.exception


def test_a_card_says_why_and_keeping_the_name_can_be_taken_back(with_trained: Run, open_page: Open) -> None:
    assert with_trained.dataset is not None
    catalogue = get_dataset(with_trained.dataset.id)
    page = open_page("evaluate", tab="Errors")
    photo = str(tiles(page)[0].key).removeprefix("why-")
    tiles(page)[0].click().run()
    assert not page.exception and not page.error
    shown = words(page)
    assert "Most like it among the training photos of" in shown
    assert "no convolutions" in shown
    assert "without this photo" in shown
    only(page, "-keep").click().run()
    try:
        assert not page.exception
        with catalogue.reading() as connection:
            assert kept_photos(connection) == {photo}
    finally:
        undo(catalogue)
    with catalogue.reading() as connection:
        assert kept_photos(connection) == set()


def test_the_map_opens_and_a_run_without_vectors_says_so(with_trained: Run, open_page: Open) -> None:
    page = open_page("evaluate", tab="Map")
    assert not page.exception and not page.error
    assert len(page.get("plotly_chart")) == 1
    path = with_trained.directory / layout.VECTORS
    hidden = path.with_suffix(".hidden")
    path.rename(hidden)
    try:
        page = open_page("evaluate", tab="Map")
        assert not page.exception
        assert "Train again" in words(page)
        errors = open_page("evaluate", tab="Errors")
        assert not errors.exception and not errors.error
    finally:
        hidden.rename(path)
