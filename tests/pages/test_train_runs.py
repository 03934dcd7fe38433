"""The table of runs on the Train page: ranked, filtered, chosen, compared, noted, deleted and brought back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import DatasetRecord, layout, list_runs, new_run, records
from core.runs.bin import binned
from core.runs.notes import Notes, read_notes, write_notes
from core.settings import Settings, preset, with_values
from core.storage import append_json_line, write_json
from core.training import EpochReport
from tests.pages.reading import button, metrics, words
from ui.session import AppSession


def script() -> None:
    from ui.frame import page
    from ui.runs_views import runs_table

    with page("train"):
        runs_table()


def finished(name: str, settings: Settings, validation: float, test: float, epochs: int = 6) -> Path:
    """Make a run as a training leaves it, without training."""
    directory = new_run(settings, name=name)
    records.write_dataset(directory / layout.DATASET, DatasetRecord("orl", "ORL", "orl", "f" * 64, ("Ann", "Bo")))
    for number in range(1, epochs + 1):
        loss = 1.0 / number
        report = EpochReport(number, epochs, loss, 0.5, loss, validation, 1e-3, 0.1, best=True, phase="select")
        append_json_line(directory / layout.HISTORY, report.to_json())
    part = {"photos": 10}
    result = {
        "validation": {**part, "accuracy": validation}, "test": {**part, "accuracy": test},
        "seconds": 61.0, "epochs": epochs, "stopped": False,
    }  # fmt: skip
    write_json(directory / layout.RESULT, result)
    return directory


@pytest.fixture
def three(artifacts: Path) -> dict[str, Path]:
    """Return three finished runs; the best by validation is the worst by test."""
    dense = preset("dense")
    return {
        "Good <b>": finished("Good <b>", dense, 0.9, 0.1),
        "Fair": finished("Fair", with_values(dense, {"training.epochs": "7", "model.dropout": "0.5"}), 0.8, 0.5),
        "Poor": finished("Poor", preset("cnn"), 0.2, 0.95),
    }


def opened(choose: tuple[int, ...] = (), memory: AppSession | None = None) -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    page.session_state["visage"] = memory or AppSession(settled=True)
    page.run()
    if choose:
        page.session_state["visage"].chosen_runs = [list(table(page)["id"])[row] for row in choose]
        page.session_state["visage"].chosen_anew += 1
        page.run()
    assert not page.exception
    return page


def table(page: AppTest) -> Any:
    rows = page.dataframe[0].value
    ids = {run.name: run.id for run in list_runs().runs}
    return rows.assign(id=[ids[name] for name in rows["Name"]])


def test_without_runs_one_sentence(artifacts: Path) -> None:
    page = opened()
    assert "Nothing has been trained yet." in words(page)
    assert not page.dataframe


def test_runs_are_ranked_by_validation_and_the_test_is_no_column(three: dict[str, Path]) -> None:
    page = opened()
    rows = table(page)
    assert list(rows["Name"]) == ["Good <b>", "Fair", "Poor"]
    assert list(rows["Validation"]) == [90, 80, 20]
    assert "Test" not in rows.columns
    assert "Ranked by validation" in words(page)
    assert not page.metric


def test_one_run_shows_its_card(three: dict[str, Path]) -> None:
    page = opened((0,))
    found = metrics(page)
    assert (found["Validation"], found["Test"], found["Epochs"], found["Time"]) == ("90.0%", "10.0%", "6", "1 min 1 s")
    assert r"Good \<b\>" in words(page)
    assert "on disk" in words(page)
    assert {"Evaluate it", "Name faces with it", "Use these settings", "Delete"} <= {each.label for each in page.button}
    assert "Train longer" in words(page)  # the doctor: its loss was still falling


def test_two_runs_show_their_differences_and_more_their_curves(three: dict[str, Path]) -> None:
    page = opened((0, 1))
    figures, different = (each.value for each in page.table)
    assert list(figures["Test"]) == ["10.0%", "50.0%"]
    assert {tuple(row) for row in different.itertuples(index=False)} == {("Epochs", "30", "7"), ("Dropout", "0.2", "0.5")}
    page = opened((0, 1, 2))
    assert len(page.table) == 1
    assert "3 runs side by side" in words(page)


def test_a_run_that_has_just_ended_shows_itself(three: dict[str, Path]) -> None:
    page = opened(memory=AppSession(settled=True, watched=three["Poor"].name))
    assert metrics(page)["Validation"] == "20.0%"


def test_a_deleted_run_leaves_the_table_and_comes_back(three: dict[str, Path]) -> None:
    page = opened((0,))
    button(page, "Delete").click().run()
    assert list(table(page)["Name"]) == ["Fair", "Poor"]
    assert r"Good \<b\> is in the bin" in words(page)
    button(page, "Undo").click().run()
    assert list(table(page)["Name"]) == ["Good <b>", "Fair", "Poor"]
    assert metrics(page)["Validation"] == "90.0%"
    assert not binned()


def test_the_bin_is_emptied_for_good(three: dict[str, Path]) -> None:
    page = opened((1, 2))
    button(page, "Delete these 2 runs").click().run()
    assert "2 runs are in the bin" in words(page)
    assert [each.label for each in page.button].count("Bring back") == 2
    button(page, "Empty the bin").click().run()
    assert not binned()
    assert list(table(page)["Name"]) == ["Good <b>"]


def test_notes_tags_and_star(three: dict[str, Path]) -> None:
    page = opened((1,))
    button(page, "Star").click().run()
    assert read_notes(three["Fair"]).star
    assert list(table(page)["★"]) == ["", "★", ""]
    page.text_area[0].set_value("With <i>more</i> dropout")
    next(each for each in page.button if each.label == "Save" and each.proto.is_form_submitter).click().run()
    assert read_notes(three["Fair"]).text == "With <i>more</i> dropout"
    assert "With <i>more</i> dropout" in [each.value for each in page.text]


def test_the_settings_of_a_run_are_put_in_view(three: dict[str, Path]) -> None:
    page = opened((1,))
    button(page, "Use these settings").click().run()
    session: AppSession = page.session_state["visage"]
    assert (session.preset, session.settings.training.epochs, session.settings.model.dropout) == ("dense", 7, 0.5)


def test_filters_narrow_the_table(three: dict[str, Path]) -> None:
    for number in range(3):
        finished(f"More {number}", replace(preset("dense"), seed=number), 0.5, 0.5)
    write_notes(three["Poor"], Notes("by the sea", ("holiday",), star=True))
    page = opened()
    assert len(table(page)) == 6
    page.text_input[0].set_value("SEA poor").run()
    assert list(table(page)["Name"]) == ["Poor"]
    page.text_input[0].set_value("").run()
    boxes = {each.label: each for each in page.selectbox}
    assert set(boxes) == {"Network", "Tag"}  # the dataset and the state are the same for all
    boxes["Tag"].set_value("holiday").run()
    assert list(table(page)["Name"]) == ["Poor"]
    page.text_input[0].set_value("nowhere").run()
    assert "No run is left" in words(page)


def test_a_broken_run_is_listed_with_the_reason(three: dict[str, Path]) -> None:
    (three["Poor"] / layout.SETTINGS).write_text("{")
    page = opened()
    assert len(table(page)) == 2
    assert any("damaged" in each.value for each in page.error)


def test_a_damaged_history_spoils_no_card(three: dict[str, Path]) -> None:
    (three["Good <b>"] / layout.HISTORY).write_text('{"epoch": 1}\n')
    page = opened((0,))
    assert any("damaged" in each.value for each in page.error)
    assert button(page, "Delete")


def test_a_living_run_is_not_in_the_table(three: dict[str, Path]) -> None:
    new_run(Settings(), name="Alive", progress={"state": "queued"})
    assert "Alive" not in list(table(opened())["Name"])


def test_a_crossvalidation_of_the_same_settings_ranks_first(three: dict[str, Path]) -> None:
    from core.jobs import new_crossvalidation

    settings = next(run.settings for run in list_runs().runs if run.name == "Poor")
    job = new_crossvalidation(replace(settings, seed=5), 5)
    write_json(job / layout.RESULT, {"mean": {"accuracy": 0.97}, "folds": [{}] * 5})
    page = opened()
    assert list(table(page)["Name"]) == ["Poor", "Good <b>", "Fair"]
    assert "Ranked by cross-validation" in words(page)
