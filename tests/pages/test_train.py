"""The Train page: five presets, each with the settings that matter to it, and how long each takes here."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import open_dataset
from core.experiment import scan_dataset
from core.runs import list_runs
from core.settings import PRESETS, DataSettings, Settings, limits_of, parts_of_settings
from core.settings.locks import locks
from core.settings.sharing import to_text
from core.storage import PROJECT_ROOT
from tests.pages.conftest import Open
from tests.pages.reading import button, labels, wait_for_jobs, words
from ui.presets_views import roughly
from ui.session import AppSession


def settings_of(page: AppTest) -> Settings:
    session: AppSession = page.session_state["visage"]
    return session.settings


def open_settings(tab: str, memory: AppSession | None = None) -> AppTest:
    """Open the Train page with one tab of all its settings in view."""
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "train.py"), default_timeout=60)
    page.session_state["visage"] = memory or AppSession()
    page.session_state["settings-open"], page.session_state["settings-tab"] = True, tab
    return page.run()


def choice(page: AppTest, label: str) -> AppTest:
    (found,) = (each for each in page.selectbox if each.label == label)
    return found


def test_the_embedding_is_the_first_of_five_presets_and_chosen(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    (presets,) = page.radio
    assert len(presets.options) == 5
    assert presets.options[0] == "Accurate"
    assert presets.value == "embedding"
    assert settings_of(page) == PRESETS["embedding"]


TABS = {
    "embedding": "Embedding",
    "training": "Training",
    "model": "Network",
    "face": "Faces",
    "split": "Split",
    "augmentation": "Augmentation",
    "openset": "Unknown",
}


def labels_of(part: str, names: set[str]) -> set[str]:
    kind = parts_of_settings()[part]
    found = {name: limits_of(kind, name) for name in names}
    return {f"{each.label} ({each.unit})" if each.unit else each.label for each in found.values()}


def enabled(page: AppTest) -> dict[str, bool]:
    kinds = (page.slider, page.select_slider, page.selectbox, page.toggle, page.text_input, page.number_input)
    return {each.label: not each.disabled for kind in kinds for each in kind}


@pytest.mark.parametrize("preset", ["embedding", "residual", "dense"])
@pytest.mark.parametrize("part", TABS)
def test_every_setting_is_there_and_locked_where_it_has_no_say(
    preset: str, part: str, artifacts: Path, open_page: Open
) -> None:
    page = open_settings(TABS[part], AppSession(preset=preset))
    assert not page.exception
    names = {each.name for each in fields(parts_of_settings()[part])}
    locked = {name.partition(".")[2] for name in locks(PRESETS[preset]) if name.startswith(f"{part}.")}
    shown = {**enabled(page), "Epochs": enabled(page).get("Steps", enabled(page).get("Epochs"))}
    assert labels_of(part, names) <= set(shown)
    assert not [label for label in labels_of(part, locked) if shown[label]]
    assert all(shown[label] for label in labels_of(part, names - locked))
    assert settings_of(page) == PRESETS[preset]  # opening the form changes nothing


def test_a_lock_says_why_and_opens(artifacts: Path) -> None:
    page = open_settings("Training", AppSession(preset="cnn"))
    assert not enabled(page)["Weight decay"]
    assert "Adam does not use it" in words(page)
    page = choice(page, "Optimiser").set_value("adamw").run()
    assert enabled(page)["Weight decay"]
    assert "Adam does not use it" not in words(page)
    assert settings_of(page).training.optimizer == "adamw"


def test_closed_settings_are_not_drawn(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    assert "Epochs" not in labels(page)
    assert "Seed" not in labels(page)


def test_a_network_that_learns_alone_cannot_be_made_an_embedding(artifacts: Path) -> None:
    kinds = choice(open_settings("Network", AppSession(preset="cnn")), "Network")
    assert kinds.options == ["residual", "cnn", "dense"]


def test_numbers_keep_their_limits(artifacts: Path) -> None:
    page = open_settings("Training", AppSession(preset="cnn"))
    epochs = next(slider for slider in page.slider if slider.label == "Epochs")
    assert (epochs.min, epochs.max) == (1, 500)


def test_another_embedding_brings_the_faces_it_needs(artifacts: Path) -> None:
    page = choice(open_settings("Embedding"), "Embedding").set_value("dlib").run()
    face = settings_of(page).face
    assert (face.alignment, face.size) == ("dlib", 150)
    page = choice(page, "Embedding").set_value("sface").run()
    face = settings_of(page).face
    assert (face.alignment, face.size) == ("arcface", 112)


def test_a_file_of_ones_own_asks_for_its_fields(artifacts: Path) -> None:
    page = open_settings("Embedding")
    own = {"ONNX file", "ONNX colour order", "ONNX mean", "ONNX scale"}
    assert not any(enabled(page)[label] for label in own)
    page = choice(page, "Embedding").set_value("onnx").run()
    assert not page.exception
    assert all(enabled(page)[label] for label in own)
    assert not enabled(page)["Fine-tune the last stage"]


def test_fine_tuning_is_warned_of(artifacts: Path) -> None:
    page = open_settings("Embedding")
    next(each for each in page.toggle if each.label == "Fine-tune the last stage").set_value(True).run()
    assert "measured to be worse" in words(page)
    assert enabled(page)["Fine-tuning epochs"]


def test_settings_in_the_address_are_read_once(artifacts: Path, open_page: Open) -> None:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "train.py"), default_timeout=60)
    page.query_params["settings"] = "1~cnn~training.epochs-33"
    page.run()
    assert page.radio[0].value == "cnn"
    assert settings_of(page).training.epochs == 33
    assert "Notebook CNN" in words(page)
    page = page.radio[0].set_value("dense").run()
    assert settings_of(page) == PRESETS["dense"]  # the address does not come back
    button(page, "Undo").click().run()
    assert page.radio[0].value == "embedding"
    assert AppSession.settings_of(page.session_state["visage"], "cnn") == PRESETS["cnn"]


@pytest.mark.parametrize("code", ["1~cnn~training.epochs-9999", "9~cnn", "1~cnn~data.source-_etc"])
def test_a_wrong_address_is_told_and_loses_nothing(code: str, artifacts: Path) -> None:
    page = AppTest.from_file(str(PROJECT_ROOT / "pages" / "train.py"), default_timeout=60)
    page.session_state["visage"] = AppSession(edited={"embedding": replace(PRESETS["embedding"], seed=5)})
    page.query_params["settings"] = code
    page.run()
    assert not page.exception
    assert page.error
    assert settings_of(page).seed == 5
    button(page, "Close").click().run()
    assert not page.error


def test_settings_are_loaded_from_a_file(artifacts: Path, open_page: Open) -> None:
    page = open_page("train", AppSession(edited={"embedding": replace(PRESETS["embedding"], seed=5)}))
    wrong = to_text(PRESETS["cnn"]).replace('"epochs": 20', '"epochs": 9999')
    page = page.file_uploader[0].upload("mine.json", wrong.encode(), "application/json").run()
    assert "training.epochs is 9999" in "".join(each.value for each in page.error).replace("\\", "")
    assert settings_of(page).seed == 5
    right = to_text(replace(PRESETS["cnn"], seed=9))
    page = page.file_uploader[0].upload("mine.json", right.encode(), "application/json").run()
    assert not page.error
    assert (page.radio[0].value, settings_of(page).seed) == ("cnn", 9)
    page = button(page, "Undo").click().run()
    assert (page.radio[0].value, settings_of(page).seed) == ("embedding", 5)


def test_the_address_to_share_holds_the_changes_and_no_folder(artifacts: Path, open_page: Open) -> None:
    own = replace(PRESETS["cnn"], data=DataSettings("/home/ann/photos"), seed=4)
    page = open_page("train", AppSession(preset="cnn", edited={"cnn": own}))
    (shown,) = page.code
    assert shown.value.endswith("?settings=1~cnn~seed-4")


def test_each_preset_says_how_long_it_takes_here(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("train")
    assert not any("here" in each for each in captions(page))
    assert button(page, "Time them on this computer")
    monkeypatch.setattr("ui.presets_views.read_speed", lambda: {"measured": True})
    monkeypatch.setattr("ui.presets_views.estimate", lambda speed, settings, photos, people: photos / 20 + people / 40)
    page = open_page("train")
    assert all("About 20 s here" in each for each in captions(page))
    assert "Time them on this computer" not in [each.label for each in page.button]


def captions(page: AppTest) -> list[str]:
    return list(page.radio[0].proto.captions)


def test_the_computer_is_timed_by_a_job(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("core.jobs.start_speed", lambda: started.append(1))
    button(open_page("train"), "Time them on this computer").click().run()
    assert started == [1]


def test_times_are_round_words() -> None:
    assert [roughly(each) for each in (1, 22, 58, 200, 3599, 4800)] == ["5 s", "20 s", "1 min", "3 min", "1 h", "1 h 20 min"]


def test_a_file_that_is_no_embedding_is_told_where_the_run_stands(artifacts: Path, two_people: Path, open_page: Open) -> None:
    scan_dataset(str(two_people))
    wrong = two_people.parent / "network.onnx"
    wrong.write_bytes(b"no network")
    settings = PRESETS["embedding"]
    own = replace(settings, embedding=replace(settings.embedding, backbone="onnx", onnx_file=str(wrong)))
    session = AppSession(edited={"embedding": own}, wanted={"dataset": open_dataset(str(two_people)).id})
    page = button(open_page("train", session), "Find the faces").click().run()
    wait_for_jobs()
    page = button(page.run(), "Start training").click().run()
    assert not page.exception
    wait_for_jobs()
    (run,) = list_runs().runs
    assert jobs.read_job(run.directory).state == "failed"
    page = page.run()
    assert any("network" in each.value and "onnx" in each.value for each in page.error)
