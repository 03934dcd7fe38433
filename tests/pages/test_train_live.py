"""The Train page before, during and after a training: the checklist and its cures, the live view, the queue, what can go on."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import open_dataset
from core.experiment import scan_dataset
from core.jobs.queue import take_ticket
from core.preflight import Check
from core.runs import Run, layout, new_run, read_run, state_of
from core.runs.live import SampleAnswer, SampleEpoch, write_live, write_samples
from core.runs.liveness import beat, write_process
from core.runs.records import DatasetRecord, write_dataset
from core.settings import PRESETS, preset, with_values
from core.storage import PROJECT_ROOT, append_json_line, artifacts_root, write_json
from core.training import EpochReport
from core.training.records import Running
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, wait_for_jobs, words
from ui.session import AppSession
from ui.training.curves import live_curve


def plain(page: AppTest) -> str:
    """Return all sentences of a page without what escapes letters."""
    return words(page).replace("\\", "")


def report(epoch: int, **values: Any) -> EpochReport:
    usual = {
        "epoch": epoch,
        "epochs": 20,
        "loss": 4 / epoch,
        "accuracy": 1 - 1 / epoch,
        "validation_loss": 3 / epoch,
        "validation_accuracy": 1 - 0.8 / epoch,
        "learning_rate": 1e-3,
        "seconds": 1.0,
        "best": True,
        "phase": "select",
    }
    return EpochReport(**{**usual, **values})


def waiting_run(name: str, state: str = "queued") -> Path:
    """Make a run whose process is this one."""
    directory = new_run(preset("dense"), name=name, progress={"state": state, "stage": "Training", "done": 12, "total": 180})
    write_process(directory, os.getpid())
    beat(directory)
    return directory


def living_run(name: str = "Mine *now*", epochs: int = 3) -> Path:
    """Make a run that is being trained: in its fourth epoch, step 5 of 9."""
    directory = waiting_run(name, "running")
    scan_dataset("orl")
    catalogue = open_dataset("orl")
    photos = catalogue.photos()
    write_dataset(
        directory / layout.DATASET,
        DatasetRecord(
            id=catalogue.id, name="Built-in faces", source="orl", fingerprint="", people=tuple(f"P{n}" for n in range(40))
        ),
    )
    for epoch in range(1, epochs + 1):
        append_json_line(directory / layout.HISTORY, report(epoch).to_json())
    write_live(
        directory,
        Running(
            phase="select", epoch=epochs + 1, epochs=20, step=5, steps=9, loss=0.75, accuracy=0.625, learning_rate=9e-4,
            photos_per_second=123.0, memory_bytes=1_500_000_000,
        ),
    )  # fmt: skip
    shown = [photos[0], photos[10]]
    write_samples(
        directory,
        [
            SampleEpoch(1, tuple(SampleAnswer(each.sha256, each.person or "", "Nobody", 0.2) for each in shown)),
            SampleEpoch(3, tuple(SampleAnswer(each.sha256, each.person or "", each.person or "", 0.87) for each in shown)),
        ],
    )
    write_json(artifacts_root() / "training.json", {"directory": str(directory.resolve())})
    return directory


def test_the_live_view_shows_all_of_it(artifacts: Path, open_page: Open) -> None:
    living_run()
    page = open_page("train")
    assert not page.exception
    shown = metrics(page)
    assert shown["Training"] == "62.5%"
    assert shown["Validation"] == "73.3%"
    assert (shown["Best epoch"], shown["Learning rate"]) == ("3", "0.0009")
    assert (shown["Photos/s"], shown["Memory"]) == ("123", "1.50 GB")
    assert "Mine *now*" in plain(page)
    assert "named right after epoch 3" in plain(page)
    assert "87%" in plain(page)
    assert "wrong → 87%" in plain(page)
    assert any("step 5 of 9" in str(each.proto) for each in page.get("progress"))


def test_a_run_without_live_files_is_still_shown(artifacts: Path, open_page: Open) -> None:
    directory = living_run()
    for name in (layout.LIVE_FILE, layout.SAMPLES):
        (directory / name).write_text('{"torn')
    page = open_page("train")
    assert not page.exception
    assert metrics(page)["Training"] == "66.7%"  # of the last whole epoch
    assert "same 2 faces" not in plain(page)


@pytest.mark.parametrize(
    ("pressed", "request_file"),
    [("Stop and keep the best", layout.STOP), ("Pause", layout.PAUSE), ("Discard it", layout.DISCARD)],
)
def test_each_button_leaves_its_request(pressed: str, request_file: str, artifacts: Path, open_page: Open) -> None:
    directory = living_run()
    page = button(open_page("train"), pressed).click().run()
    assert not page.exception
    assert (directory / request_file).exists()
    assert button(page, "Pause").disabled  # it has been asked once


def test_those_that_wait_have_places_and_can_be_taken_out(artifacts: Path, open_page: Open) -> None:
    living_run()
    for name in ("Second", "Third"):
        take_ticket(waiting_run(name))
        time.sleep(0.01)
    page = open_page("train")
    assert not page.exception
    assert "Waiting: 2" in plain(page)
    assert "1. Second" in plain(page)
    assert "2. Third" in plain(page)
    assert "will wait for its turn" in plain(page)
    (out, _) = (each for each in page.button if each.label == "Take out")
    out.click().run()
    (second,) = (each for each in (artifacts / "runs").iterdir() if read_run(each).name == "Second")
    assert (second / layout.DISCARD).exists()


def paused_run(state: str = "paused") -> Path:
    directory = new_run(preset("dense"), name="Half way", progress={"state": state})
    append_json_line(directory / layout.HISTORY, report(7).to_json())
    return directory


def test_a_paused_training_goes_on_or_is_let_go(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = paused_run()
    resumed: list[Path] = []
    monkeypatch.setattr("core.jobs.resume", resumed.append)
    page = open_page("train")
    assert "Half way: paused after epoch 7 of 20" in plain(page).replace("**", "")
    button(page, "Resume").click().run()
    assert resumed == [directory]
    button(open_page("train"), "Discard it").click().run()
    assert not directory.exists()


def test_an_interrupted_training_can_go_on_and_an_old_failure_stays_in_the_table(artifacts: Path, open_page: Open) -> None:
    lost, failed = paused_run("running"), paused_run("failed")
    write_json(lost / layout.PROCESS, {"pid": 2**22 + 1, "created": 0})
    page = open_page("train")
    assert not page.exception
    assert len([each for each in page.button if each.label == "Resume"]) == 1
    page = open_page("train", AppSession(watched=failed.name))
    assert len([each for each in page.button if each.label == "Resume"]) == 2  # one's own failure is told at once


def checks(monkeypatch: pytest.MonkeyPatch, *found: Check) -> None:
    monkeypatch.setattr("ui.training.checklist.checklist", lambda *_: found)


@pytest.mark.parametrize(("state", "disabled"), [("good", False), ("note", False), ("bad", True)])
def test_only_red_lines_keep_it_from_starting(
    state: Any, disabled: bool, artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks(monkeypatch, Check("people", state, "Ann *and* Ben.", "split"), Check("disk", "good", "Space."))
    page = open_page("train")
    assert button(page, "Start training").disabled is disabled
    assert "Ann *and* Ben." in plain(page)
    assert ("Change the split" in [each.label for each in page.button]) is (state != "good")


@pytest.mark.usefixtures("artifacts")
@pytest.mark.parametrize(
    ("cure", "label", "tab"),
    [
        ("split", "Change the split", "Split"),
        ("faces", "Change the faces", "Faces"),
        ("smaller", "Make it smaller", "Training"),
    ],
)
def test_a_cure_opens_the_settings_it_means(
    cure: Any, label: str, tab: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks(monkeypatch, Check("memory", "bad", "Too little.", cure))
    page = button(open_page("train"), label).click().run()
    assert not page.exception
    assert page.session_state["settings-open"]
    assert page.session_state["settings-tab"] == tab
    assert "Seed" in {each.label for each in page.number_input}


def test_a_cure_chooses_another_preset(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    checks(monkeypatch, Check("photos", "note", "Few photos.", "other_preset"))
    page = button(open_page("train", AppSession(preset="residual")), "Another preset").click().run()
    assert page.radio[0].value == "embedding"


@pytest.mark.usefixtures("artifacts")
@pytest.mark.parametrize(
    ("cure", "label", "tab"),
    [
        ("show_problems", "Show them", "Problems"),
        ("show_conflicts", "Show them", "Problems"),
        ("move", "Say where it is", "Manage"),
    ],
)
def test_a_cure_leads_to_the_photos(cure: Any, label: str, tab: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr("ui.training.checklist.st.switch_page", lambda page: went.append(page.title))
    checks(monkeypatch, Check("duplicates", "bad", "Copies.", cure))
    page = button(open_page("train"), label).click().run()
    assert went == ["Explore"]
    assert page.session_state["visage"].wanted["explore-tab"] == tab


@pytest.mark.parametrize(("cure", "says"), [("free_disk", "stays in the bin"), ("get_weights", "One of these".lower())])
def test_a_cure_that_needs_a_person_says_how(
    cure: Any, says: str, artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks(monkeypatch, Check("weights", "bad", "Not there.", cure))
    assert says in plain(open_page("train"))


def test_faces_are_found_here_and_then_it_starts(
    artifacts: Path, two_people: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_dataset(str(two_people))
    started: list[Path] = []

    def start(settings: Any) -> Path:
        started.append(new_run(settings, name="Started", progress=jobs.queued_progress()))
        return started[0]

    monkeypatch.setattr("core.jobs.start_training", start)
    page = open_page("train", AppSession(wanted={"dataset": open_dataset(str(two_people)).id}))
    assert button(page, "Start training").disabled
    assert "not searched for a face yet" in plain(page)
    page = button(page, "Find the faces").click().run()
    assert "Find the faces" not in [each.label for each in page.button]  # it is being done
    wait_for_jobs()
    page = page.run()
    assert not button(page, "Start training").disabled
    page = button(page, "Start training").click().run()
    assert not page.exception
    assert page.session_state["visage"].followed == started
    assert read_run(started[0]).settings.data.source == str(two_people)


def test_the_end_is_told_on_another_page_once(with_trained: Run, open_page: Open) -> None:
    session = AppSession(followed=[with_trained.directory])
    page = open_page("home", session)
    (toast,) = page.toast
    assert "Small network" in toast.value
    assert "test accuracy" in toast.value
    assert "is trained" in "".join(each.value for each in page.sidebar.caption)
    page.run()
    assert not page.toast
    page = open_page("train", session)
    assert not session.ended  # it has been seen
    assert not page.sidebar.caption


def test_what_a_person_stopped_is_not_told(artifacts: Path, open_page: Open) -> None:
    paused, gone = paused_run(), artifacts / "runs" / "gone"
    session = AppSession(followed=[paused, gone])
    page = open_page("home", session)
    assert not page.exception
    assert not page.toast
    assert not session.followed


def test_a_training_at_work_is_named_in_the_sidebar(artifacts: Path, open_page: Open) -> None:
    directory = living_run("Long one")
    page = open_page("explore", AppSession(followed=[directory]))
    assert "Long one is at work" in "".join(each.value for each in page.sidebar.caption)
    assert state_of(directory) == "running"


def test_a_curve_holds_what_the_files_say() -> None:
    now = Running("select", 4, 20, 5, 9, 0.75, 0.625, 9e-4, 123.0, 1)
    history = [report(1), report(2), report(3, best=False)]
    loss = live_curve(history, now, "loss", "Epoch")  # type: ignore[arg-type]
    lines = {each["name"]: each for each in loss["series"]}
    assert lines["Training"]["data"] == [[1, 4.0], [2, 2.0], [3, 1.333]]
    assert lines["Validation"]["data"] == [[1, 3.0], [2, 1.5], [3, 1.0]]
    assert lines["Now"]["data"] == [[3, 1.333], [3.56, 0.75]]  # three epochs and five of nine steps
    assert lines["Training"]["markLine"]["data"] == [{"xAxis": 2}]
    assert loss["legend"]["data"] == ["Training", "Validation"]
    accuracy = live_curve(history, None, "accuracy", "Epoch")
    assert accuracy["series"][0]["data"] == [[1, 0.0], [2, 50.0], [3, 66.67]]
    rate = live_curve(history, now, "learning_rate", "Epoch")  # type: ignore[arg-type]
    assert [each["name"] for each in rate["series"]] == ["Training", "Now"]
    assert not live_curve([], None, "loss", "Epoch")["series"]


def test_a_value_under_way_that_was_overtaken_is_left_out() -> None:
    now = Running("select", 3, 20, 9, 9, 0.75, 0.625, 9e-4, 123.0, 1)
    assert [each["name"] for each in live_curve([report(3)], now, "loss", "Epoch")["series"]] == ["Training", "Validation"]  # type: ignore[arg-type]


def rate_job(settings: Any, result: dict[str, Any]) -> Path:
    directory = jobs.new_rate_finder(settings)
    write_json(directory / layout.RESULT, result)
    return directory


def test_a_found_learning_rate_is_used_with_one_click(artifacts: Path, open_page: Open) -> None:
    settings = with_values(PRESETS["cnn"], {"training.epochs": "5"})
    rate_job(settings, {"rates": [1e-4, 1e-3, 1e-2], "losses": [3.0, 2.0, 4.0], "suggested": 0.00312, "words": "Good."})
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "train.py"), default_timeout=60)
    page.session_state["visage"], page.session_state["rate-finder-open"] = AppSession(preset="cnn"), True
    page.run()
    assert not page.exception
    assert "other settings" not in plain(page)  # the number of epochs says nothing of the rate
    page = button(page, "Use 0.003").click().run()
    assert page.session_state["visage"].settings.training.learning_rate == 0.003
    assert "0.003 is set" in plain(page)


def test_no_learning_rate_is_sought_for_an_embedding(artifacts: Path, open_page: Open) -> None:
    assert "Learning-rate finder" not in [each.label for each in open_page("train").expander]
    assert "Learning-rate finder" in [each.label for each in open_page("train", AppSession(preset="cnn")).expander]


def test_a_search_for_a_rate_stands_where_it_was_asked_for_and_at_work(artifacts: Path) -> None:
    directory = jobs.new_rate_finder(PRESETS["cnn"], {"state": "running", "stage": "Trying learning rates"})
    write_process(directory, os.getpid())
    beat(directory)
    write_json(artifacts_root() / "training.json", {"directory": str(directory.resolve())})
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "train.py"), default_timeout=60)
    page.session_state["visage"], page.session_state["rate-finder-open"] = AppSession(preset="cnn"), True
    page.run()
    assert not page.exception
    assert len([each for each in page.button if each.label == "Stop"]) == 2
    page.button(key=f"at-work-{directory.name}").click().run()
    assert (directory / layout.STOP).exists()
