"""The batches on the Predict page: table, albums, groups of unknown faces, names given by hand, files, deleting."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import batch as batches
from core.batch import Batch
from core.batch.given import GIVEN, NO_FACE, Given, read_given
from core.curation import entries
from core.openset import Thresholds
from core.recognizer import added_people, dataset_of
from core.runs import Run, layout, read_run
from core.runs.bin import bin_run
from core.runs.liveness import beat, write_process
from core.storage import PROJECT_ROOT, write_json
from tests.pages.answering import answered_album
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, wait_for_jobs, words
from ui.memories import BatchMemory, PredictMemory
from ui.session import AppSession


@pytest.fixture(scope="module")
def answered(embedded: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return an artifacts folder with the run of an embedding and a batch that it has answered, and the batch's name."""
    artifacts = tmp_path_factory.mktemp("batched") / "artifacts"
    return artifacts, answered_album(embedded, artifacts).name


@pytest.fixture
def batch(answered: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the batch in a copy of its artifacts folder, to be changed by one test."""
    artifacts, name = answered
    copied = shutil.copytree(artifacts, tmp_path / "artifacts")
    monkeypatch.setenv("VISAGE_ARTIFACTS", str(copied))
    directory = copied / "jobs" / name
    about = directory / "job.json"
    about.write_text(about.read_text(encoding="utf-8").replace(str(artifacts), str(copied)), encoding="utf-8")
    return directory


def _run_of(directory: Path) -> Run:
    return read_run(batches.read_batch(directory).run_directory)


def _open(directory: Path, **memory: Any) -> AppTest:
    tab = memory.pop("tab", "Table")
    remembered = BatchMemory(opened=directory.name, **memory)
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "predict.py"), default_timeout=60)
    page.session_state["visage"] = AppSession(simple_wall=True, predict=PredictMemory(batch=remembered))
    page.session_state["batch-tab"] = tab
    page = page.run()
    assert not page.exception
    return page


def _run(page: AppTest) -> AppTest:
    page = page.run()
    assert not page.exception
    return page


def _click(page: AppTest, label: str) -> AppTest:
    button(page, label).click()
    return _run(page)


def _decisions(page: AppTest) -> list[str]:
    return [str(each) for each in page.dataframe[0].value["Decision"]]


def _unknown(batch: Batch) -> list[str]:
    return sorted(row.file for row in batch.rows if row.decision == "unknown")


def _select(page: AppTest, count: int) -> AppTest:
    """Tick the first faces of a wall."""
    boxes = [each for each in page.checkbox if (each.key or "").startswith(("album-", "group-", "alone-"))]
    for box in boxes[:count]:
        box.check()
    return _run(page)


def _name(page: AppTest, place: str, person: str, wish: str) -> AppTest:
    """Give faces a name through the box that a button at `place` opens."""
    turn = page.session_state["visage"].predict.batch.turn
    page.session_state[f"naming-{place}-{turn}"] = True
    page = _type(_run(page), f"name-{place}-{turn}", person)
    page = _type(_run(page), f"name-{place}-{turn}", person)
    (choice,) = (each for each in page.radio if (each.key or "").startswith(f"wish-{place}"))
    choice.set_value(wish)
    page.button(f"give-{place}-{turn}").click()
    return _run(page)


def _type(page: AppTest, key: str, text: str) -> AppTest:
    """Type a new name: the test runner chooses among the options alone."""
    box = page.selectbox(key)
    if text not in box.options:
        box.options.append(text)
    box.set_value(text)
    return page


def _said(directory: Path) -> dict[int, Given]:
    return read_given(directory)


def test_a_batch_is_listed_and_opened_with_its_figures(batch: Path, open_page: Open) -> None:
    page = open_page("predict")
    assert "**Album \\<b\\>\\*1\\*\\</b\\>** · " in words(page)
    assert "16 photos" in words(page)
    page.button(f"open-{batch.name}").click()
    page = _run(page)
    assert page.query_params["batch"] == batch.name
    found = batches.read_batch(batch)
    figures = metrics(page)
    assert (figures["Photos"], figures["Faces"]) == ("16", str(len(found.rows)))
    assert figures["Unknown"] == str(len(_unknown(found)))
    assert figures["Named"] == str(sum(row.decision == "known" for row in found.rows))
    assert "until you delete this batch" in words(page)
    page = _click(page, "Close")
    assert "Photos" not in metrics(page)
    assert "batch" not in page.query_params


def test_the_table_is_filtered(batch: Path) -> None:
    page, found = _open(batch), batches.read_batch(batch)
    assert len(page.dataframe[0].value) == len(found.rows)
    page.button_group[0].set_value(["unknown"])
    page = _run(page)
    assert set(_decisions(page)) == {"✗ Unknown"}
    assert sorted(page.dataframe[0].value["Photo"]) == _unknown(found)
    page.text_input(f"batch-text-{batch.name}").set_value("nothing like this")
    page = _run(page)
    assert page.info[0].value == "No face fits these filters."


def test_photos_without_a_face_are_listed_with_the_reason(batch: Path) -> None:
    page = _open(batch, tab="No face")
    told = dict(zip(page.dataframe[0].value["Photo"], page.dataframe[0].value["Why"], strict=True))
    assert set(told) == {"empty.png", "broken.jpg"}
    assert told["empty.png"] == "No face was found."


def test_another_line_changes_the_decisions_without_the_network(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _open(batch)
    before = _decisions(page)
    monkeypatch.setattr("core.recognizer.Recognizer.answer", lambda *_: pytest.fail("the network was asked"))
    monkeypatch.setattr("core.recognizer.load_recognizer", lambda *_: pytest.fail("a network was loaded"))
    run = _run_of(batch)
    assert run.thresholds
    for chosen in page.select_slider[0].options:
        value = int(chosen.removeprefix("1 in ").replace(",", ""))
        page.select_slider[0].set_value(value)
        page = _run(page)
        lines = run.thresholds.at(1 / value)
        expected = [batches.read_batch(batch).decided(lines).rows[at].decision for at in range(len(before))]
        assert [each.split(" ", 1)[1].lower() for each in _decisions(page)] == expected


def test_a_photo_is_shown_large_with_its_faces(batch: Path) -> None:
    row = next(each for each in batches.read_batch(batch).rows if each.file == "both.png")
    page = _open(batch, looked_at=row.number)
    assert "**both.png**" in words(page)
    assert page.image[-1].proto.imgs[0].alt == "both.png with 2 numbered faces"
    assert ":blue-badge[chosen]" in words(page)


def test_faces_are_named_in_an_album_and_the_name_is_taken_back(batch: Path) -> None:
    found = batches.read_batch(batch)
    person = next(iter(found.albums()))
    page = _open(batch, tab="Albums", album=person)
    page = _select(page, 1)
    page = _name(page, "album", "zoe  <b>", "")
    (given,) = _said(batch).values()
    assert given == Given("zoe <b>")
    assert "✓ " not in page.toast[0].value
    assert sum(row.person == person for row in batches.read_batch(batch).rows) == len(found.albums()[person]) - 1
    page = _click(page, "Undo")
    assert _said(batch) == {}


def test_a_group_of_unknown_faces_is_named_kept_and_recognised(batch: Path) -> None:
    run = _run_of(batch)
    page = _open(batch, tab="Unknown faces")
    group = _group_of(page, batch)
    page = _name(page, f"group-{group[0]}", "zoe", "recognise")
    said = _said(batch)
    assert {said[number].person for number in group} == {"zoe"}
    assert {said[number].wish for number in group} == {"recognised"}
    (entry,) = {said[number].entry for number in group}
    catalogue = dataset_of(run)
    assert catalogue
    assert [each.id for each in entries(catalogue)] == [entry]
    assert [each.photos for each in added_people(run)] == [len(group)]
    assert "Undo" in [each.label for each in page.button]
    page = _click(page, "Undo")
    assert _said(batch) == {}
    assert entries(catalogue)[0].kind == "undo"
    assert not [each for each in added_people(run) if each.photos]


def _group_of(page: AppTest, directory: Path) -> list[int]:
    """Return the faces of the first group that the page shows, by its button."""
    (first, *_) = (each.key.removeprefix("apart-") for each in page.button if (each.key or "").startswith("apart-"))
    found = batches.read_batch(directory)
    unknown = [row for row in found.rows if row.decision == "unknown"]
    return next([row.number for row in group] for group in batches.group_faces(found, unknown) if group[0].number == int(first))


def test_faces_of_one_stranger_are_in_one_group(batch: Path) -> None:
    page = _open(batch, tab="Unknown faces")
    files = {row.number: row.file for row in batches.read_batch(batch).rows}
    assert len({files[number].split("-")[0] for number in _group_of(page, batch)}) == 1


def test_the_guesses_of_unsure_faces_are_confirmed(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Thresholds(known=1.0, unknown=-1.0, source="Nobody is sure.", score="similarity")
    monkeypatch.setattr("ui.predict.lines.choose_lines", lambda run: lines)
    found = batches.read_batch(batch).decided(lines).rows
    page = _open(batch, tab="Albums", album="/unsure")
    page = _click(_select(page, len(found)), "The guesses are right")
    assert {number: each.person for number, each in _said(batch).items()} == {row.number: row.likeliest for row in found}
    assert metrics(page)["Named"] == str(len(found))


def test_what_is_no_face_is_left_out_and_remembered(batch: Path) -> None:
    run, before = _run_of(batch), len(batches.read_batch(batch).rows)
    page = _open(batch, tab="Albums", album="/unknown")
    page = _select(page, 2)
    page = _click(page, "Not faces")
    assert [each.person for each in _said(batch).values()] == [NO_FACE, NO_FACE]
    assert [each.wish for each in _said(batch).values()] == ["kept", "kept"]
    assert len(batches.read_batch(batch).rows) == before - 2
    assert metrics(page)["Faces"] == str(before - 2)
    catalogue = dataset_of(run)
    assert catalogue
    assert entries(catalogue)[0].kind == "refuse"


def test_a_group_that_is_not_one_person_is_taken_apart(batch: Path) -> None:
    page = _open(batch, tab="Unknown faces")
    group = _group_of(page, batch)
    page.button(f"apart-{group[0]}").click()
    page = _run(page)
    pieces = page.session_state["visage"].predict.batch.pieces
    assert len(pieces) > 1
    assert sorted(number for piece in pieces for number in piece) == sorted(group)


def test_faces_are_taken_out_of_a_group_by_hand(batch: Path) -> None:
    page = _open(batch, tab="Unknown faces")
    group = _group_of(page, batch)
    page.button(f"look-through-{group[0]}").click()
    page = _select(_run(page), 2)
    page = _click(page, "Take out")
    assert sorted(map(len, page.session_state["visage"].predict.batch.pieces)) == sorted([2, len(group) - 2])


@pytest.mark.parametrize(("name", "said"), [("unknown", "faces without a name"), ("  ", "empty")])
def test_a_name_that_cannot_be_is_explained(batch: Path, name: str, said: str) -> None:
    page = _select(_open(batch, tab="Albums", album="/unknown"), 1)
    page = _name(page, "album", name, "")
    assert said in page.error[0].value
    assert _said(batch) == {}


def test_the_tables_and_zip_files_are_offered(batch: Path) -> None:
    page = _open(batch, tab="Download")
    assert [each.label for each in page.get("download_button")] == ["Table (CSV)", "Everything (JSON)"]
    page = _click(page, "Make a zip file")
    wait_for_jobs()
    page = _run(page)
    assert "Download" in [each.label for each in page.get("download_button")]
    assert "**Photos with boxes and names** · 15 photos" in words(page)
    page = _click(page, "Remove")
    assert batches.packings_of(batch) == []


def test_faces_are_hidden_only_of_somebody(batch: Path) -> None:
    page = _open(batch, tab="Download")
    page.radio("batch-what").set_value("redacted")
    page = _run(page)
    assert not button(page, "Make a zip file").disabled
    page.multiselect("batch-whom").set_value([])
    assert button(_run(page), "Make a zip file").disabled


def test_a_batch_is_deleted_with_all_that_it_kept(batch: Path) -> None:
    page = _open(batch)
    page = _click(page, "Delete this batch")
    assert not batch.exists()
    assert "Batches" not in words(page)


def test_a_batch_outlives_its_run(batch: Path) -> None:
    run = _run_of(batch)
    bin_run(run.directory)
    page = _open(batch, tab="Albums", album="/unknown")
    assert "was deleted" in words(page)
    page = _name(_select(page, 1), "album", "Zoe", "")
    assert [each.person for each in _said(batch).values()] == ["Zoe"]
    page = _click(page, "Delete this batch")
    assert not batch.exists()


def test_a_batch_at_work_shows_what_is_there(batch: Path) -> None:
    (batch / layout.RESULT).unlink()
    write_json(batch / layout.PROGRESS, {"state": "running", "stage": "Naming faces", "done": 9, "total": 16, "unit": "photos"})
    write_process(batch, os.getpid())
    beat(batch)
    page = _open(batch)
    assert page.get("progress")[0].proto.text == "Naming faces · 9 of 16 photos"
    assert metrics(page)["Photos"] == "16"
    page = _click(page, "Stop")
    assert (batch / layout.STOP).exists()


def test_a_stopped_batch_can_go_on(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (batch / layout.RESULT).unlink()
    write_json(batch / layout.PROGRESS, {"state": "stopped", "done": 9, "total": 16})
    asked: list[Path] = []
    monkeypatch.setattr("core.jobs.resume", asked.append)
    page = _open(batch)
    assert "stopped. What was done is kept." in words(page)
    _click(page, "Go on")
    assert asked == [batch]


def test_damage_is_explained_and_the_batch_can_be_deleted(batch: Path) -> None:
    (batch / GIVEN).write_text("{", encoding="utf-8")
    page = _open(batch)
    assert "damaged" in page.error[0].value
    page = _click(page, "Delete this batch")
    assert not batch.exists()
