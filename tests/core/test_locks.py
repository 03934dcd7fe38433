"""Locks: what has no say is locked with a reason, what has a say never is."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest

from core.settings import PRESETS, Settings, parts_of_settings
from core.settings.locks import locks

ALL = {f"{part}.{each.name}" for part, kind in parts_of_settings().items() for each in dataclasses.fields(kind)}


def changed(settings: Settings, part: str, **values: Any) -> Settings:
    return replace(settings, **{part: replace(getattr(settings, part), **values)})


@pytest.mark.parametrize("preset", PRESETS)
def test_locks_name_settings_and_give_a_reason(preset: str) -> None:
    found = locks(PRESETS[preset])
    assert set(found) <= ALL
    assert all(reason[0].isupper() and reason.endswith(".") for reason in found.values())


@pytest.mark.parametrize("preset", ["residual", "cnn", "dense"])
def test_own_networks_have_no_embedding_to_set(preset: str) -> None:
    found = locks(PRESETS[preset])
    assert {name for name in ALL if name.startswith("embedding.")} <= set(found)
    assert not {"face.size", "training.epochs", "training.learning_rate", "model.dropout", "training.patience"} & set(found)


def test_each_own_network_locks_the_layers_it_has_not() -> None:
    assert "model.units" in locks(PRESETS["residual"])
    assert "model.filters" in locks(PRESETS["dense"])
    assert not {"model.units", "model.filters"} & set(locks(PRESETS["cnn"]))


def test_only_a_trimmed_face_can_be_moved() -> None:
    assert "model.shift_average" in locks(PRESETS["cnn"])
    assert "model.shift_average" in locks(PRESETS["embedding"])
    assert "model.shift_average" not in locks(PRESETS["residual"])


def test_gray_faces_have_no_colours_to_change() -> None:
    gray = locks(PRESETS["dense"])
    assert {"augmentation.hue", "augmentation.saturation"} <= set(gray)
    assert "rgb" in gray["augmentation.hue"]
    assert "augmentation.hue" not in locks(changed(PRESETS["dense"], "model", colour="rgb"))


@pytest.mark.parametrize(("optimizer", "locked"), [("adam", True), ("adamw", False), ("sgd", False)])
def test_adam_has_no_weight_decay(optimizer: str, locked: bool) -> None:
    settings = changed(PRESETS["cnn"], "training", optimizer=optimizer)
    assert ("training.weight_decay" in locks(settings)) is locked


def test_the_head_of_an_embedding_has_no_steps_to_set() -> None:
    found = locks(PRESETS["embedding"])
    open_ones = {name for name in ALL if name.startswith("training.")} - set(found)
    assert open_ones == {"training.epochs", "training.class_weights", "training.refit"}
    assert {"face.alignment", "face.margin", "face.size", "model.colour", "embedding.head_margin"} <= set(found)
    assert not {"embedding.backbone", "embedding.head", "model.mirror_average", "face.detector"} & set(found)


def test_fine_tuning_opens_what_it_uses() -> None:
    tuned = locks(changed(PRESETS["embedding"], "embedding", fine_tune=True))
    used = {
        "training.learning_rate",
        "training.schedule",
        "training.patience",
        "embedding.fine_tune_epochs",
        "augmentation.zoom",
    }
    assert not used & set(tuned)
    assert "training.refit" in tuned
    frozen = locks(PRESETS["embedding"])
    assert used <= set(frozen)
    assert "training.refit" not in frozen


def test_random_changes_begin_with_the_third_view() -> None:
    for views in (1, 2, 3):
        found = locks(changed(PRESETS["embedding"], "embedding", views=views))
        assert ("augmentation.rotation" in found) is (views < 3)


def test_a_file_of_ones_own_opens_its_fields_and_the_cut() -> None:
    own = locks(changed(PRESETS["embedding"], "embedding", backbone="onnx", fine_tune=True))
    assert not {"embedding.onnx_file", "embedding.onnx_mean", "face.size", "face.alignment", "openset.refuse_share"} & set(own)
    # It cannot learn, so switching fine-tuning on changes nothing.
    assert {"embedding.fine_tune", "embedding.fine_tune_epochs", "training.learning_rate"} <= set(own)


def test_the_margin_belongs_to_arcface() -> None:
    for head in ("linear", "cosine", "arcface"):
        found = locks(changed(PRESETS["embedding"], "embedding", head=head))
        assert ("embedding.head_margin" in found) is (head != "arcface")
