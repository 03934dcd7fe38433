"""Settings: every limit holds, JSON and the command line's texts come back as they went, mistakes get a remedy."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from core.errors import SettingsError
from core.settings import (
    PRESETS,
    SCHEMA_VERSION,
    Limits,
    Settings,
    from_json,
    limits_of,
    parts_of_settings,
    preset,
    rng_for,
    seed_for,
    to_json,
    with_values,
)

ALL = [(part, each.name) for part, kind in parts_of_settings().items() for each in dataclasses.fields(kind)]
NUMBERS = [(part, name) for part, name in ALL if limits_of(parts_of_settings()[part], name).low is not None]
CHOICES = [(part, name) for part, name in ALL if limits_of(parts_of_settings()[part], name).choices]


def changed(part: str, name: str, value: Any) -> Settings:
    base = Settings()
    return dataclasses.replace(base, **{part: dataclasses.replace(getattr(base, part), **{name: value})})


def default_of(part: str, name: str) -> Any:
    return getattr(getattr(Settings(), part), name)


def like_default(part: str, name: str, number: float) -> Any:
    """Return `number` in the type of the setting's default."""
    default = default_of(part, name)
    if isinstance(default, tuple):
        return (int(number),)
    return int(number) if isinstance(default, int) else float(number)


def limits(part: str, name: str) -> Limits:
    return limits_of(parts_of_settings()[part], name)


@pytest.mark.parametrize(("part", "name"), ALL)
def test_every_setting_explains_itself(part: str, name: str) -> None:
    found = limits(part, name)
    assert found.label
    assert found.label[0].isupper()
    assert found.help.endswith(".")
    if not isinstance(default_of(part, name), bool | str):
        assert found.low is not None
        assert found.high is not None
        assert found.step
    if isinstance(default_of(part, name), str) and name not in ("source", "onnx_file"):
        assert default_of(part, name) in found.choices


@pytest.mark.parametrize(("part", "name"), NUMBERS)
def test_limits_are_inclusive_and_hold(part: str, name: str) -> None:
    found = limits(part, name)
    for number in (found.low, found.high):
        changed(part, name, like_default(part, name, number))
    whole = isinstance(default_of(part, name), int | tuple)
    for number in (found.low - (1 if whole else 1e-9), found.high + (1 if whole else 1e-9)):
        with pytest.raises(SettingsError, match=f"{part}.{name}.*between"):
            changed(part, name, like_default(part, name, number))


@pytest.mark.parametrize(("part", "name"), NUMBERS)
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), True, "12", None, [1]])
def test_what_is_no_number_is_refused(part: str, name: str, wrong: Any) -> None:
    with pytest.raises(SettingsError, match=f"{part}.{name}"):
        changed(part, name, wrong)


def test_nan_inside_a_list_is_refused() -> None:
    for wrong in ((64, float("nan")), (), (64, True), (64.0,), [64]):
        with pytest.raises(SettingsError, match=r"model\.units"):
            changed("model", "units", wrong)


@pytest.mark.parametrize(("part", "name"), CHOICES)
def test_a_choice_is_one_of_its_words(part: str, name: str) -> None:
    for word in limits(part, name).choices:
        changed(part, name, word)
    for wrong in ("", "Adam ", 3, None):
        with pytest.raises(SettingsError, match=f"{part}.{name}"):
            changed(part, name, wrong)


def test_switches_are_true_or_false() -> None:
    for wrong in (0, 1, "true", None):
        with pytest.raises(SettingsError, match=r"training\.refit.*true or false"):
            changed("training", "refit", wrong)


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, True, "7", None, float("nan")])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(SettingsError, match="seed"):
        Settings(seed=seed)
    with pytest.raises(SettingsError, match="seed"):
        from_json({"seed": seed})


def test_the_largest_and_the_smallest_seed_are_allowed() -> None:
    assert [Settings(seed=seed).seed for seed in (0, 2**31 - 1)] == [0, 2**31 - 1]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_come_back_from_json(name: str) -> None:
    text = json.dumps(to_json(preset(name)), allow_nan=False)
    assert from_json(json.loads(text)) == preset(name)
    assert preset(name).preset == name
    assert to_json(preset(name))["schema_version"] == SCHEMA_VERSION


def test_the_presets_are_the_two_notebooks_networks() -> None:
    dense, cnn = preset("dense"), preset("cnn")
    assert (dense.face.size, dense.model.architecture, dense.model.colour) == (100, "dense", "gray")
    assert dense.model.units == (512, 256, 128)
    assert (cnn.face.size, cnn.model.architecture, cnn.model.colour) == (128, "cnn", "rgb")
    assert (cnn.model.filters, cnn.model.units) == ((32, 64, 64), (64,))
    with pytest.raises(SettingsError, match="no preset 'resnet'"):
        preset("resnet")


def test_what_json_leaves_out_gets_its_default() -> None:
    assert from_json({}) == Settings()
    assert from_json({"training": {"epochs": 3}, "seed": 5}) == dataclasses.replace(changed("training", "epochs", 3), seed=5)


def test_unknown_names_in_json_are_refused() -> None:
    with pytest.raises(SettingsError, match="Unknown settings: trainings"):
        from_json({"trainings": {}})
    with pytest.raises(SettingsError, match=r"Unknown setting training\.epoch\."):
        from_json({"training": {"epoch": 3}})


@pytest.mark.parametrize("values", [None, [], "settings", 3])
def test_json_of_another_shape_is_refused(values: Any) -> None:
    with pytest.raises(SettingsError, match="have to be groups"):
        from_json(values)
    with pytest.raises(SettingsError, match=r"training is .*group of settings"):
        from_json({"training": values})


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0, "1", None, True, 1.0])
def test_another_schema_version_is_refused(version: Any) -> None:
    with pytest.raises(SettingsError, match="version"):
        from_json({"schema_version": version})


def test_json_with_nan_or_too_large_numbers_is_refused() -> None:
    for text in ('{"training": {"learning_rate": NaN}}', '{"training": {"learning_rate": 1e999}}'):
        with pytest.raises(SettingsError, match=r"training\.learning_rate"):
            from_json(json.loads(text))


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().training.epochs = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("training.epochs", "20", 20),
        ("training.learning_rate", "1e-4", 1e-4),
        ("training.refit", "false", False),
        ("training.class_weights", "ON", True),
        ("augmentation.flip", "0", False),
        ("model.units", "512,256", (512, 256)),
        ("model.units", "64", (64,)),
        ("face.detector", "yunet", "yunet"),
        ("data.source", "/photos/a=b", "/photos/a=b"),
    ],
)
def test_texts_of_the_command_line(name: str, text: str, value: Any) -> None:
    part, _, field = name.partition(".")
    assert with_values(Settings(), {name: text}) == changed(part, field, value)


def test_several_texts_change_several_parts_and_nothing_else() -> None:
    got = with_values(preset("cnn"), {"training.epochs": "7", "face.margin": "0.2", "training.patience": "0"})
    want = preset("cnn")
    assert got.training == dataclasses.replace(want.training, epochs=7, patience=0)
    assert got.face == dataclasses.replace(want.face, margin=0.2)
    assert (got.model, got.preset) == (want.model, "cnn")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("training.epochs", "20.5"),
        ("training.epochs", ""),
        ("training.epochs", "0"),
        ("training.epochs", "9" * 30),
        ("training.learning_rate", "nan"),
        ("training.learning_rate", "inf"),
        ("training.learning_rate", "fast"),
        ("training.refit", "perhaps"),
        ("model.units", "512,,256"),
        ("model.units", ""),
        ("model.units", "3"),
        ("face.detector", "eyes"),
    ],
)
def test_texts_that_are_no_value_name_the_setting(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name.replace(".", r"\.")) as caught:
        with_values(Settings(), {name: text})
    assert caught.value.remedy


@pytest.mark.parametrize(
    "name", ["epochs", "training", "training.", "train.epochs", "training.epoch", "seed", "", "training.epochs.x"]
)
def test_unknown_names_of_the_command_line_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="Unknown setting"):
        with_values(Settings(), {name: "3"})


def test_random_numbers_depend_on_seed_purpose_and_the_further_numbers() -> None:
    streams = [
        rng_for(*key).random(4).tolist()
        for key in ((1, "split"), (2, "split"), (1, "shuffle"), (1, "split", 0), (1, "split", 1))
    ]
    assert len({tuple(each) for each in streams}) == 5
    np.testing.assert_array_equal(rng_for(1, "split").random(4), streams[0])
    seeds = {seed_for(seed, purpose) for seed in range(50) for purpose in ("weights", "dropout")}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert seed_for(3, "weights") == seed_for(3, "weights")
