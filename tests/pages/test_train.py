"""The Train page: five presets, each with the settings that matter to it, and how long each takes here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import open_dataset
from core.experiment import scan_dataset
from core.runs import list_runs
from core.settings import PRESETS, Settings
from tests.pages.conftest import Open
from tests.pages.reading import button, labels, wait_for_jobs, words
from ui.presets_views import roughly
from ui.session import AppSession


def settings_of(page: AppTest) -> Settings:
    session: AppSession = page.session_state["visage"]
    return session.settings


def choice(page: AppTest, label: str) -> AppTest:
    (found,) = (each for each in page.selectbox if each.label == label)
    return found


def test_the_embedding_is_the_first_of_five_presets_and_chosen(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    (presets,) = page.radio
    assert len(presets.options) == 5
    assert presets.options[0] == "Embedding (recommended)"
    assert presets.value == "embedding"
    assert settings_of(page) == PRESETS["embedding"]


@pytest.mark.parametrize(
    ("preset", "shown", "hidden"),
    [
        (
            "embedding",
            {"Embedding", "Regularisation", "Steps"},
            {"Convolution filters", "Dropout", "Optimiser", "Face size (px)"},
        ),
        ("residual", {"Convolution filters", "Trimmed edge (px)", "Warm-up (epochs)"}, {"Dense units", "Embedding"}),
        ("cnn", {"Convolution filters", "Dense units", "Epochs"}, {"Embedding", "Views per photo"}),
        ("dense", {"Dense units", "Dropout", "Optimiser"}, {"Convolution filters", "Trimmed edge (px)", "Saturation"}),
    ],
)
def test_a_preset_shows_what_matters_to_it(
    preset: str, shown: set[str], hidden: set[str], artifacts: Path, open_page: Open
) -> None:
    page = open_page("train", AppSession(preset=preset))
    assert not page.exception
    assert shown <= labels(page)
    assert not hidden & labels(page)
    assert settings_of(page) == PRESETS[preset]  # opening the form changes nothing


def test_numbers_keep_their_limits(artifacts: Path, open_page: Open) -> None:
    page = open_page("train", AppSession(preset="cnn"))
    epochs = next(slider for slider in page.slider if slider.label == "Epochs")
    assert (epochs.min, epochs.max) == (1, 500)
    assert {"Optimiser", "Learning-rate schedule", "Face detector", "Split"} <= labels(page)


def test_another_embedding_brings_the_faces_it_needs(artifacts: Path, open_page: Open) -> None:
    page = choice(open_page("train"), "Embedding").set_value("dlib").run()
    face = settings_of(page).face
    assert (face.alignment, face.size) == ("dlib", 150)
    page = choice(page, "Embedding").set_value("sface").run()
    face = settings_of(page).face
    assert (face.alignment, face.size) == ("arcface", 112)


def test_a_file_of_ones_own_asks_for_its_fields_and_the_size(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    own = {"ONNX file", "ONNX colour order", "ONNX mean", "ONNX scale", "Alignment", "Face size (px)"}
    assert not own & labels(page)
    page = choice(page, "Embedding").set_value("onnx").run()
    assert not page.exception
    assert own <= labels(page)


def test_expert_settings_stand_apart_with_a_warning(artifacts: Path, open_page: Open) -> None:
    page = open_page("train")
    assert "Fine-tune the last stage" not in labels(page)
    page = next(each for each in page.toggle if each.label == "For experts").set_value(True).run()
    assert {"Fine-tune the last stage", "Scale"} <= labels(page)
    assert "measured to be worse" in words(page)


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
    page = button(open_page("train", session), "Start training").click().run()
    assert not page.exception
    wait_for_jobs()
    (run,) = list_runs().runs
    assert jobs.read_job(run.directory).state == "failed"
    page = page.run()
    assert any("network" in each.value and "onnx" in each.value for each in page.error)
