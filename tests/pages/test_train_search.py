"""Search and cross-validation of the settings in view, as the Train page shows them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.runs import Run, layout
from core.search import Range, SearchSettings, SearchState, Trial, chosen_space
from core.search.records import write_state
from core.settings import Settings, preset
from core.storage import jobs_root, write_json
from tests.pages.reading import button, metrics, words
from tests.pages.test_evaluate import result_of
from ui.session import AppSession


def _search_page() -> None:
    from core.datasets import open_dataset
    from ui.search_views import search

    search(open_dataset("orl"))


def _folds_page() -> None:
    from core.datasets import open_dataset
    from ui.crossvalidation_views import cross_validate_settings

    cross_validate_settings(open_dataset("orl"))


def _open(page: Any, name: str = "dense") -> AppTest:
    test = AppTest.from_function(page, default_timeout=120)
    test.session_state["visage"] = AppSession(preset=name)
    return test.run()


@pytest.fixture(autouse=True)
def _no_jobs(with_trained: Run) -> Iterator[None]:
    yield
    shutil.rmtree(jobs_root(), ignore_errors=True)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def start(name: str) -> Any:
        def note(*arguments: Any, **named: Any) -> Path:
            asked.append((name, *arguments))
            return Path("/nowhere")

        return note

    for name in ("start_search", "start_training", "start_crossvalidation", "resume", "request_stop"):
        monkeypatch.setattr(f"core.jobs.{name}", start(name))
    return asked


RATE, DROPOUT = Range("training.learning_rate", 1e-4, 1e-2, log=True), Range("model.dropout", 0.0, 0.6)


def _job(state: str, trials: list[Trial], best: Trial | None, name: str = "dense", **importance: float) -> Path:
    search = SearchSettings(preset(name), trials=4, space=(RATE, DROPOUT))
    directory = jobs.new_search(search.to_json(), {"state": state})
    write_state(directory, SearchState(trials, best, {"model.dropout": 0.75, "training.learning_rate": 0.25}, 12.0))
    return directory


def _trials() -> list[Trial]:
    def params(rate: float, dropout: float) -> dict[str, Any]:
        return {"training.learning_rate": rate, "model.dropout": dropout}

    return [
        Trial(1, "done", 0.5, params(1e-3, 0.2), 3.0, 30, 0.9, 0.5),
        Trial(2, "done", 0.4, params(2e-3, 0.1), 3.0, 30, 0.95, 0.4),
        Trial(3, "pruned", None, params(1e-4, 0.6), 1.0, 6),
        Trial(4, "unusable", None, params(1e-2, 0.0), 1.0, words="The loss became <b>nan</b>."),
    ]


def test_a_search_is_started_with_what_is_chosen(started: list[Any]) -> None:
    page = _open(_search_page)
    assert not page.exception
    page.number_input(key="search.dense.trials").set_value(7).run()
    page.selectbox(key="search.dense.judges").set_value("3 folds").run()
    page.toggle(key="search.dense.0.training.batch_size").set_value(False).run()
    page.toggle(key="search.dense.0.model.units").set_value(True).run()
    page.slider(key="search.dense.0.model.dropout.range").set_value((0.1, 0.4)).run()
    page.select_slider(key="search.dense.0.training.learning_rate.range").set_range(5e-4, 5e-3).run()
    button(page, "Start the search").click().run()
    ((name, asked),) = started
    search = SearchSettings.from_json(asked)
    assert (name, search.trials, search.folds, search.objective, search.settings) == (
        "start_search", 7, 3, "log_loss", preset("dense"),
    )  # fmt: skip
    ranges = {each.name: each for each in search.space}
    assert set(ranges) == {"training.learning_rate", "model.dropout", "model.units"}
    assert (ranges["model.dropout"].low, ranges["model.dropout"].high) == (0.1, 0.4)
    assert (ranges["training.learning_rate"].low, ranges["training.learning_rate"].high) == (5e-4, 5e-3)


@pytest.mark.parametrize("name", ["embedding", "embedding-fast", "residual", "cnn", "dense"])
def test_the_form_opens_for_every_preset(name: str, started: list[Any]) -> None:
    page = _open(_search_page, name)
    assert not page.exception
    assert not page.error
    button(page, "Start the search").click().run()
    assert {each.name for each in SearchSettings.from_json(started[0][1]).space} == {
        each.name for each in chosen_space(preset(name))
    }


def test_what_has_no_effect_is_locked_with_the_reason() -> None:
    page = _open(_search_page, "embedding")
    assert not page.toggle(key="search.embedding.0.embedding.head_margin").disabled
    page.multiselect(key="search.embedding.0.embedding.head.range").set_value(["linear", "cosine"]).run()
    assert page.toggle(key="search.embedding.0.embedding.head_margin").disabled
    assert "only where Head is arcface" in words(page)


def test_nothing_to_search_starts_nothing() -> None:
    page = _open(_search_page)
    for each in ("training.learning_rate", "model.dropout", "training.batch_size"):
        page.toggle(key=f"search.dense.0.{each}").set_value(False).run()
    assert button(page, "Start the search").disabled


def test_a_finished_search_shows_its_trials_and_trains_with_the_best(started: list[Any]) -> None:
    directory = _job("done", _trials(), _trials()[1])
    write_json(directory / layout.RESULT, {})
    page = _open(_search_page)
    assert not page.exception
    assert metrics(page)["Best trial"] == "2"
    assert metrics(page)["Right"] == "95.0%"
    table = page.dataframe[0].value
    assert list(table["Trial"]) == [2, 1, 4, 3]
    assert list(table["State"]) == ["judged", "judged", "not trainable", "ended early"]
    assert len(page.get("plotly_chart")) == 3
    assert "\\<b\\>nan" in words(page)
    button(page, "Train with the best").click().run()
    ((name, settings),) = started
    assert name == "start_training"
    assert (settings.training.learning_rate, settings.model.dropout) == (2e-3, 0.1)
    assert settings.data.source == "orl"


def test_a_search_that_cannot_help_says_so() -> None:
    perfect = [replace(each, accuracy=1.0) for each in _trials()[:2]]
    _job("stopped", perfect, perfect[1])
    assert "no setting can do better here" in words(_open(_search_page))
    _job("stopped", _trials(), _trials()[1])
    assert "no setting can do better here" not in words(_open(_search_page))


def test_the_best_can_be_put_into_the_form() -> None:
    write_json(_job("done", _trials(), _trials()[1]) / layout.RESULT, {})
    page = _open(_search_page)
    button(page, "Put them in the form").click().run()
    assert page.session_state["visage"].settings_of("dense").training.learning_rate == 2e-3


def test_a_stopped_search_can_go_on(started: list[Any]) -> None:
    directory = _job("stopped", _trials()[:1], _trials()[0])
    page = _open(_search_page)
    assert metrics(page)["Best trial"] == "1"
    button(page, "Resume the search").click().run()
    assert started == [("resume", directory)]


def test_a_search_without_a_judged_trial_says_so_by_its_table() -> None:
    directory = _job("failed", _trials()[2:], None)
    write_json(directory / layout.ERROR, {"what": "None of the <i>2</i> trials could be judged.", "remedy": "Choose others."})
    page = _open(_search_page)
    assert not page.exception
    assert "\\<i\\>2" in page.error[0].value
    assert [each.label for each in page.button if each.label == "Train with the best"] == []


def test_a_running_search_can_be_stopped(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    directory = _job("running", _trials()[:2], _trials()[1])
    monkeypatch.setattr("core.runs.state.is_alive", lambda directory: True)
    page = _open(_search_page)
    assert not page.exception
    assert metrics(page)["Best trial"] == "2"
    button(page, "Stop the search").click().run()
    assert ("request_stop", directory) in started


def test_a_search_of_other_photos_is_not_shown() -> None:
    search = SearchSettings(Settings(), space=(RATE,)).to_json()
    search["settings"]["data"]["source"] = "/elsewhere"
    jobs.new_search(search, {"state": "stopped"})
    assert [each.label for each in _open(_search_page).button if "Resume" in each.label] == []


def test_a_cross_validation_starts_with_the_settings_in_view(started: list[Any]) -> None:
    page = _open(_folds_page)
    page.number_input(key="crossvalidation-folds").set_value(3).run()
    button(page, "Cross-validate").click().run()
    assert started == [("start_crossvalidation", preset("dense"), 3)]


def test_finished_folds_are_shown_while_the_others_are_missing(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    directory = jobs.new_crossvalidation(preset("dense"), 3, {"state": "stopped"})
    (directory / "folds.json").write_text(json.dumps(result_of([0.8, 0.9])["folds"]))
    page = _open(_folds_page)
    assert not page.exception
    assert "2 finished folds are kept" in page.info[0].value
    assert list(page.dataframe[0].value["Accuracy"]) == [0.8, 0.9]
    button(page, "Go on with the missing folds").click().run()
    assert started == [("resume", directory)]

    monkeypatch.setattr("core.runs.state.live_state", lambda directory, written: "running")
    page = _open(_folds_page)
    assert list(page.dataframe[0].value["Accuracy"]) == [0.8, 0.9]
    button(page, "Stop").click().run()
    assert started[-1] == ("request_stop", directory)


def test_a_result_of_other_settings_says_so() -> None:
    directory = jobs.new_crossvalidation(preset("dense"), 2, {"state": "done"})
    write_json(directory / layout.RESULT, result_of([0.8, 0.9]))
    assert "other settings" not in words(_open(_folds_page))
    page = _open(_folds_page)
    page.session_state["visage"].edit(replace(preset("dense"), seed=5))
    assert "other settings" in words(page.run())
