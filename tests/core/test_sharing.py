"""Sharing: codes and files come back as they went, tell nothing of folders, and mistakes in them are named."""

from __future__ import annotations

import dataclasses
import json
import string
from dataclasses import replace
from typing import Any

import pytest

from core.errors import SettingsError
from core.settings import PRESETS, DataSettings, Settings, limits_of, parts_of_settings, to_json, types_of
from core.settings.sharing import LARGEST, LONGEST, from_code, from_text, to_code, to_text

UNRESERVED = set(string.ascii_letters + string.digits + "-._~")  # RFC 3986, section 2.3
PATHS = {("data", "source"), ("embedding", "onnx_file")}


def changed(settings: Settings, part: str, **values: Any) -> Settings:
    return replace(settings, **{part: replace(getattr(settings, part), **values)})


def everything_changed(settings: Settings) -> Settings:
    """Return settings that differ in every single value but the paths."""
    for part, kind in parts_of_settings().items():
        for each in dataclasses.fields(kind):
            if (part, each.name) not in PATHS:
                now = getattr(getattr(settings, part), each.name)
                settings = changed(settings, part, **{each.name: _other(kind, each.name, now)})
    return replace(settings, seed=2**31 - 1)


def _other(kind: type, name: str, now: Any) -> Any:
    limits = limits_of(kind, name)
    if isinstance(now, bool):
        return not now
    if limits.choices:
        return next(choice for choice in limits.choices if choice != now)
    if isinstance(now, tuple):
        return (16, 24, 32)
    number = types_of(kind)[name]
    return number(limits.low if now != limits.low else limits.high)


def test_a_preset_as_it_is_needs_no_more_than_its_name() -> None:
    assert to_code(PRESETS["cnn"]) == "1~cnn"


def test_a_code_says_what_differs() -> None:
    settings = replace(changed(PRESETS["cnn"], "training", epochs=40, learning_rate=3e-5), seed=7)
    settings = changed(changed(settings, "split", preset="80/10/10"), "model", filters=(16, 32), mirror_average=True)
    assert to_code(settings) == (
        "1~cnn~split.preset-80_10_10~model.filters-16_32~model.mirror_average-on"
        "~training.epochs-40~training.learning_rate-3e-05~seed-7"
    )  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS)
def test_every_setting_comes_back(preset: str) -> None:
    for settings in (PRESETS[preset], everything_changed(PRESETS[preset])):
        code = to_code(settings)
        assert from_code(code) == settings
        assert set(code) <= UNRESERVED
        assert len(code) < LONGEST
        assert from_text(to_text(settings).encode()) == settings


def test_no_folder_is_told() -> None:
    secret = changed(PRESETS["embedding"], "data", source="/home/ann/photos")
    with_file = changed(secret, "embedding", onnx_file="/home/ann/net.onnx", backbone="onnx")
    assert "ann" not in to_code(with_file)
    assert "photos" not in to_text(with_file)
    assert from_text(json.dumps(to_json(secret)).encode()).data == DataSettings()  # a run's own file names its folder


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("2~cnn", "version"),
        ("", "version"),
        ("1~best", "best"),
        ("1~cnn~training.epochs-9999", "training.epochs"),
        ("1~cnn~training.epochs-many", "training.epochs"),
        ("1~cnn~training.epoch-3", "training.epoch"),
        ("1~cnn~nonsense", "nonsense"),
        ("1~cnn~seed-x", "seed"),
        ("1~cnn~seed--1", "seed"),
        ("1~cnn~data.source-_etc", "data.source"),
        ("1~cnn~split.preset-70_30", "split.preset"),
        ("1~cnn~model.dropout-nan", "model.dropout"),
        ("1~cnn" + "~seed-1" * LONGEST, "long"),
    ],
)
def test_a_wrong_code_is_named(code: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_code(code)
    assert named in caught.value.what
    assert caught.value.remedy


def as_file(**changes: Any) -> bytes:
    return json.dumps({**to_json(PRESETS["cnn"]), **changes}).encode()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "line 1"),
        (b'{"training":\n {"epochs": 3,}}', "line 2"),
        (b"\xff\xfe\x00", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[1, 2]", "[1, 2]"),
        (b" " * (LARGEST + 1), "bytes"),
        (as_file(schema_version=99), "99"),
        (as_file(preset="best"), "best"),
        (as_file(extra=1), "extra"),
        (as_file(training={"epochs": 9999}), "training.epochs"),
        (as_file(training={"epochs": "ten"}), "training.epochs"),
        (as_file(training={"momentum": 1}), "training.momentum"),
        (as_file(model={"dropout": float("nan")}), "model.dropout"),
    ],
)
def test_a_wrong_file_is_named(data: bytes, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_text(data)
    assert named in caught.value.what
    assert caught.value.remedy


def test_a_file_may_leave_out_what_is_usual_and_begin_with_a_mark() -> None:
    assert from_text(b'\xef\xbb\xbf{"preset": "dense", "seed": 3}').seed == 3
