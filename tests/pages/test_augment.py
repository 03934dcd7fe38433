"""The Augment page: the views and variants that training sees, sets of changes, identity drift and the danger zones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.datasets import open_dataset
from core.experiment import scan_dataset
from core.experiment.drift import FILE, VERSION
from core.settings import AUGMENTATIONS, PRESETS, AugmentationSettings, Settings
from core.storage import write_json
from tests.pages.conftest import Open
from tests.pages.reading import button, metrics, words
from ui.session import AppSession


def settings_of(page: AppTest) -> Settings:
    session: AppSession = page.session_state["visage"]
    return session.settings


def slider(page: AppTest, label: str) -> Any:
    (found,) = (each for each in page.slider if each.label.startswith(label))
    return found


def test_an_embedding_shows_its_views_and_says_that_changes_begin_with_three(artifacts: Path, open_page: Open) -> None:
    page = open_page("augment")
    assert not page.exception
    assert "The 2 views" in words(page)
    assert "the changes begin with three" in words(page)
    page = slider(page, "Views").set_value(4).run()
    assert not page.exception
    assert "The 4 views" in words(page)
    assert "the changes begin with three" not in words(page)
    assert settings_of(page).embedding.views == 4


def test_variants_are_shown_and_the_setting_flows_on_to_train(artifacts: Path, open_page: Open) -> None:
    page = open_page("augment", AppSession(preset="dense"))
    assert "12 variants" in words(page)
    page = slider(page, "Rotation").set_value(17.0).run()
    assert not page.exception
    assert settings_of(page).augmentation.rotation == 17.0

    session = page.session_state["visage"]
    session.wanted |= {"settings-open": "yes", "settings-tab": "Augmentation"}
    train = open_page("train", session)
    shown = next(slider for slider in train.slider if slider.label.startswith("Rotation"))
    assert shown.value == 17.0


def test_every_change_has_a_widget_and_turning_over_is_off_and_explained(artifacts: Path, open_page: Open) -> None:
    page = open_page("augment", AppSession(preset="cnn"))
    names = {"Rotation", "Zoom", "Shift", "Shear", "Brightness", "Contrast", "Saturation", "Hue", "Blur", "Noise", "JPEG loss"}
    found = {each.label for each in page.slider}
    assert all(any(label.startswith(name) for label in found) for name in {*names, "Random erasing"})
    (over,) = (each for each in page.toggle if each.label == "Upside down")
    assert over.value is False
    assert "upright" in over.help


@pytest.mark.parametrize("name", ["Gentle", "Strong"])
def test_a_set_of_changes_moves_all_sliders(name: str, artifacts: Path, open_page: Open) -> None:
    page = button(open_page("augment", AppSession(preset="dense")), name).click().run()
    assert not page.exception
    assert settings_of(page).augmentation == AUGMENTATIONS[name.lower()]
    assert slider(page, "Rotation").value == AUGMENTATIONS[name.lower()].rotation
    page = button(page, "Preset's settings").click().run()
    assert settings_of(page).augmentation == PRESETS["dense"].augmentation


def test_one_of_each_person_stands_beside_a_variant(artifacts: Path, open_page: Open) -> None:
    page = open_page("augment", AppSession(preset="residual"))
    (shown,) = page.button_group
    page = shown.set_value("One of each person").run()
    assert not page.exception
    assert "Faces of 12 people" in words(page)


def test_drift_is_measured_and_names_what_is_too_strong(artifacts: Path, open_page: Open) -> None:
    page = open_page("augment", AppSession(preset="residual"))
    (wanted,) = (each for each in page.toggle if each.label == "Measure it")
    page = wanted.set_value(True).run()
    assert not page.exception
    gentle = metrics(page)
    assert gentle["Lost variants"] == "0 of 96"
    (over,) = (each for each in page.toggle if each.label == "Upside down")
    page = over.set_value(True).run()
    assert not page.exception
    assert metrics(page)["Lost variants"] != "0 of 96"
    assert "Too strong" in words(page)


def test_danger_zones_are_marked_on_their_sliders(artifacts: Path, open_page: Open) -> None:
    catalogue = scan_dataset("orl").catalogue
    zones = dict.fromkeys(AugmentationSettings.__dataclass_fields__) | {"rotation": 34.0, "upside_down": 1.0}
    write_json(catalogue.directory / FILE, {"version": VERSION, "people": 24, "zones": zones})
    page = open_page("augment", AppSession(preset="dense"))
    assert slider(page, "Rotation").label == "Rotation (°) :red[danger from 34°]"
    assert slider(page, "Zoom").label == "Zoom"
    page = slider(page, "Rotation").set_value(40.0).run()
    assert settings_of(page).augmentation.rotation == 40.0
    assert "harmless at any strength: Mirror, Zoom" in words(page)


def test_looking_for_danger_zones_is_a_job(artifacts: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(jobs, "start_drift", started.append)
    open_dataset("orl")
    page = button(open_page("augment", AppSession(preset="dense")), "Find each slider's danger zone").click().run()
    assert not page.exception
    assert started == ["orl"]
