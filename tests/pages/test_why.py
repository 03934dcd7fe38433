"""The Errors and Map tabs of the Evaluate page: a mistake, the card that says why, and what can be done about it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from core.curation import undo
from core.datasets import get_dataset
from core.datasets.edits import kept_photos
from core.review import read_judged
from core.runs import Run, layout
from core.runs.opinions import read_opinions
from tests.pages.conftest import Open
from tests.pages.reading import words
from ui.components import percent


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
    assert read_opinions(with_trained.directory / layout.OPINIONS) is not None, "an embedding was asked about the mistakes"
    assert "No second network was asked" not in words(page)
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


def test_a_new_name_and_leaving_out_are_counted_and_both_accuracies_told(with_trained: Run, open_page: Open) -> None:
    assert with_trained.dataset is not None
    catalogue, report = get_dataset(with_trained.dataset.id), with_trained.reports["test"]
    first = f"first measured **{percent(report.accuracy)}**"
    page = open_page("evaluate", tab="Errors")
    photo = str(tiles(page)[0].key).removeprefix("why-")
    tiles(page)[0].click().run()
    only(page, "-as-named").click().run()
    try:
        assert not page.exception
        judged = read_judged(with_trained, "test")
        named = judged.people[int(judged.predicted[judged.sha256.index(photo)])]
        assert {each.sha256: each.person for each in catalogue.photos()}[photo] == named
        shown = words(open_page("evaluate"))
        assert "1 show another person now" in shown
        assert f"{first}, with today's names **{percent(report.accuracy + 1 / report.photos)}**" in shown
    finally:
        undo(catalogue)
    page = open_page("evaluate", tab="Errors")
    tiles(page)[0].click().run()
    only(page, "-exclude").click().run()
    try:
        assert [each.sha256 for each in catalogue.excluded()] == [photo]
        shown = words(open_page("evaluate"))
        assert "1 are left out now" in shown
        left = report.photos - 1
        assert f"{first}, with today's names **{percent(report.accuracy * report.photos / left)}** of {left:,}" in shown
    finally:
        undo(catalogue)
    assert not catalogue.excluded()


def test_somebody_else_can_be_named(with_trained: Run, open_page: Open) -> None:
    assert with_trained.dataset is not None
    catalogue = get_dataset(with_trained.dataset.id)
    page = open_page("evaluate", tab="Errors")
    photo = str(tiles(page)[0].key).removeprefix("why-")
    tiles(page)[0].click().run()
    assert only(page, "-relabel").disabled
    (name,) = (each for each in page.selectbox if each.label == "Whose photos are they?")
    judged = read_judged(with_trained, "test")
    row = judged.sha256.index(photo)
    both = (judged.people[judged.labels[row]], judged.people[judged.predicted[row]])
    third = next(person for person in judged.people if person not in both)
    name.set_value(third).run()
    only(page, "-relabel").click().run()
    try:
        assert not page.exception
        assert {each.sha256: each.person for each in catalogue.photos()}[photo] == third
    finally:
        undo(catalogue)


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
