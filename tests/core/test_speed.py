"""Timing the machine, and what a training will take by that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.experiment import estimate, measure_speed, read_speed, speed
from core.jobs import Stopped
from core.settings import Settings, preset, with_values

MEASURED = {
    "startup": 5.0,
    "detection": {"mtcnn": 0.1, "yunet": 0.02},
    "embedding": {"sface": 0.01, "dlib": None},
    "training": {"residual": 0.006, "cnn": 0.004, "dense": 0.001},
    "ready": {"residual": 8.0, "cnn": 3.0, "dense": 2.0},
    "head": 10.0,
}


def _changed(name: str, *changes: str) -> Settings:
    return with_values(preset(name), dict(change.split("=") for change in changes))


def test_everything_is_timed_and_kept(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_speed() is None
    monkeypatch.setattr(speed, "DETECTORS", {"yunet": "embedding"})
    monkeypatch.setattr(speed, "ARCHITECTURES", ("dense",))
    monkeypatch.setattr(speed, "_start_up", lambda: 4.5)

    def load(settings: Settings) -> Any:
        if settings.preset == "embedding":
            raise ModelError("The weights are missing.")
        return Tiny()

    monkeypatch.setattr(speed, "load_backbone", load)
    told: list[tuple[int, int]] = []
    found = measure_speed(lambda progress: told.append((progress.done, progress.total)))
    assert told == [(number, 6) for number in range(6)]
    assert read_speed() == found
    assert (found["startup"], found["embedding"]["sface"]) == (4.5, None)
    for value in (found["detection"]["yunet"], found["embedding"]["dlib"], found["training"]["dense"], found["head"]):
        assert 0 < value < 60
    assert 0 < found["training"]["dense"] < found["ready"]["dense"]
    (artifacts / "speed.json").write_text("{")
    assert read_speed() is None
    (artifacts / "speed.json").write_text('{"version": 0}')
    assert read_speed() is None


class Tiny:
    """A backbone that answers at once."""

    def embed(self, faces: Any) -> Any:
        return faces.mean(axis=(1, 2))


def test_a_stop_keeps_what_was_there(artifacts: Path) -> None:
    with pytest.raises(Stopped):
        measure_speed(should_stop=lambda: True)
    assert read_speed() is None


def test_the_time_of_an_embedding() -> None:
    # 1,000 photos: 200 judge, 80 validate, 720 teach. Start 5, faces 1000 * 0.02 = 20, views (800 + 200) * 2 * 0.01 = 20,
    # head on 720 * 2 and again on 800 * 2 rows, 3040 * 128 numbers * 10 people * 60 steps * 10e-9 = 2.33472
    settings = _changed("embedding")
    assert estimate(MEASURED, settings, 1000, 10) == pytest.approx(5 + 20 + 20 + 2.33472)
    # With one view and no refit: (800 + 200) * 0.01 and 720 * 128 * 10 * 60 * 10e-9 = 0.55296
    settings = _changed("embedding", "embedding.views=1", "training.refit=false", "model.mirror_average=false")
    assert estimate(MEASURED, settings, 1000, 10) == pytest.approx(5 + 20 + 10 + 0.55296)
    # Averaged with the mirror image every face has two views, however few teach: 1000 * 2 * 0.01
    settings = _changed("embedding", "embedding.views=1", "training.refit=false")
    assert estimate(MEASURED, settings, 1000, 10) == pytest.approx(5 + 20 + 20 + 0.55296)


def test_the_time_of_a_network_from_scratch() -> None:
    # Start 5, faces 100 * 0.1 = 10, compiling twice 4, 30 epochs * (72 + 80 faces) * 0.001 = 4.56
    assert estimate(MEASURED, _changed("dense"), 100, 10) == pytest.approx(5 + 10 + 4 + 4.56)
    # 80/10/10: 80 teach, 10 validate; no refit; 0.52 of the side: 30 * 80 * 0.001 * 0.52 ** 2
    settings = _changed("dense", "split.preset=80/10/10", "training.refit=false", "face.size=52")
    assert estimate(MEASURED, settings, 100, 10) == pytest.approx(5 + 10 + 2 + 30 * 80 * 0.001 * 0.52**2)
    # At least 100 steps of 32 faces: 72 faces are 3 steps, so 34 epochs
    settings = _changed("dense", "training.steps=100", "training.refit=false")
    assert estimate(MEASURED, settings, 100, 10) == pytest.approx(5 + 10 + 2 + 34 * 72 * 0.001)
    # residual: yunet, no refit, 90 epochs * 72 * 0.006
    assert estimate(MEASURED, _changed("residual", "training.steps=0"), 100, 10) == pytest.approx(5 + 2 + 8 + 90 * 72 * 0.006)


def test_without_a_figure_there_is_no_estimate() -> None:
    assert estimate(MEASURED, _changed("embedding-fast"), 1000, 10) is None
    assert estimate(MEASURED, _changed("embedding", "embedding.backbone=onnx"), 1000, 10) is None
    assert estimate({**MEASURED, "detection": {"yunet": 0.02}}, _changed("dense"), 100, 10) is None
