"""The learning-rate finder: what it suggests of a known curve, and of a network."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core import jobs
from core.errors import JobError, SettingsError
from core.experiment.rates import describe, find_rate
from core.figures.training import rate_curve
from core.jobs import start
from core.runs import layout
from core.settings import DataSettings, FaceSettings, ModelSettings, Settings, TrainingSettings, preset
from core.storage import read_json
from core.training import TrainingFaces
from core.training.rate_finder import EXPLODED, RateCurve, _RateWatch, find_learning_rate, smoothed, suggest
from tests.core.conftest import core_command

SIDE, PEOPLE = 32, 4
SETTINGS = Settings(
    face=FaceSettings(size=SIDE),
    model=ModelSettings(architecture="dense", normalisation="face", units=(16,), dropout=0),
    training=TrainingSettings(batch_size=8),
    seed=3,
)


@pytest.fixture(scope="module")
def faces() -> TrainingFaces:
    """24 faces of 4 people, each person a pattern of coarse squares."""
    rng = np.random.default_rng(0)
    patterns = np.kron(rng.integers(40, 216, (PEOPLE, 4, 4, 1)), np.ones((1, 8, 8, 3)))
    pixels = np.clip(np.repeat(patterns, 6, axis=0) + rng.normal(0, 20, (24, SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    rows = np.arange(24, dtype=np.int64)
    return TrainingFaces(pixels, rows, (rows // 6).astype(np.int32))


def test_smoothing_by_hand() -> None:
    # 0.1 * 4 / 0.1; (0.9 * 0.4 + 0.1 * 2) / 0.19; (0.9 * 0.56 + 0.1 * 1) / 0.271
    np.testing.assert_allclose(smoothed([4.0, 2.0, 1.0]), [4.0, 0.56 / 0.19, 0.604 / 0.271])
    assert smoothed([]) == []


def test_a_tenth_of_the_rate_with_the_lowest_loss_is_suggested() -> None:
    rates = [1e-4, 1e-3, 1.234e-2, 1e-1]
    assert suggest(rates, [2.0, 1.5, 0.5, 3.0]) == 1.2e-3
    assert suggest(rates, [2.0, 1.99, 2.1, 9.0]) is None  # it has hardly fallen
    assert suggest(rates, [2.0, 3.0, 4.0, 5.0]) is None
    assert suggest([], []) is None


def test_the_finder_ends_where_the_loss_explodes_or_is_no_number() -> None:
    for last in (2.0 * EXPLODED * 10, math.nan):  # a tenth of it counts in the smoothed loss
        trainee = SimpleNamespace(stop_training=False, optimizer=SimpleNamespace(learning_rate=0.0))
        watch = _RateWatch(trainee, [0.1, 0.2, 0.3, 0.4], lambda done, total: None, lambda: False)
        for step, loss in enumerate((2.0, 1.5, last)):
            assert not trainee.stop_training
            watch.begin_epoch(step, None)
            assert trainee.optimizer.learning_rate == watch.rates[step]
            watch.end_step(0, {"loss": loss})
        assert trainee.stop_training
        assert watch.raw == [loss for loss in (2.0, 1.5, last) if math.isfinite(loss)]


def test_a_network_shows_a_valley(faces: TrainingFaces) -> None:
    told: list[tuple[int, int]] = []
    sgd = replace(SETTINGS, training=replace(SETTINGS.training, optimizer="sgd"))
    curve = find_learning_rate(faces, PEOPLE, sgd, steps=80, report=lambda *numbers: told.append(numbers))
    assert curve.losses[0] == pytest.approx(math.log(PEOPLE), rel=0.6)
    assert min(curve.losses) < 0.5 * curve.losses[0]
    assert len(curve.rates) == len(curve.losses) == len(curve.raw) <= 80
    np.testing.assert_allclose(np.diff(np.log(curve.rates)), math.log(1.0 / 1e-6) / 79)
    assert curve.rates[0] == 1e-6
    assert curve.suggested is not None
    lowest = curve.rates[int(np.argmin(curve.losses))]
    assert curve.suggested == pytest.approx(lowest / 10, rel=0.05)
    assert told == [(number, 80) for number in range(1, len(told) + 1)]
    again = find_learning_rate(faces, PEOPLE, sgd, steps=80)
    np.testing.assert_allclose(again.raw, curve.raw, rtol=1e-4)


def test_it_can_be_stopped(faces: TrainingFaces) -> None:
    asked = itertools.count(1)
    curve = find_learning_rate(faces, PEOPLE, SETTINGS, should_stop=lambda: next(asked) == 3)
    assert (curve.stopped, len(curve.raw)) == (True, 3)


def test_words_and_chart_of_a_curve() -> None:
    good = RateCurve((1e-3, 1e-2, 1e-1), (2.0, 0.5, 4.0), (2.0, 0.5, 4.0), 1e-3)
    assert describe(good, 0.01) == "A learning rate of 0.001 is a good start; 0.01 is set."
    assert describe(good, 0.002).endswith("They are close, so nothing needs to be changed.")
    assert "did not fall" in describe(replace(good, suggested=None), 0.01)
    figure = rate_curve({"rates": [1e-3, 1e-2, 1e-1], "losses": [2.0, 0.5, 40.0], "suggested": 1e-3})
    assert list(figure.data[0].y) == [2.0, 0.5, 40.0]
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.range[1] < 3  # the explosion does not flatten the valley
    assert figure.layout.annotations[0].text == "suggested: 0.001"
    assert figure.layout.shapes[0].x0 == 1e-3
    empty = rate_curve({"rates": [], "losses": [], "suggested": None})
    assert not empty.layout.shapes


def test_a_preset_with_an_embedding_has_no_learning_rate(artifacts: Path) -> None:
    with pytest.raises(SettingsError, match="worked out exactly"):
        find_rate(preset("embedding"))
    done = core_command("find-rate", "--data", "orl", "--preset", "embedding", "--json")
    assert done.returncode == 2
    assert "no learning rate to find" in done.stderr


def test_the_job_takes_its_turn_and_keeps_its_result(artifacts: Path, three_people: Path) -> None:
    settings = replace(
        preset("dense"), data=DataSettings(str(three_people)), face=FaceSettings(detector="yunet", size=48),
        model=replace(preset("dense").model, units=(16,)),
    )  # fmt: skip
    directory = jobs.new_rate_finder(settings)
    job = jobs.read_job(directory)
    assert (job.kind, job.state, job.title) == ("rate_finder", "prepared", "Find a learning rate for three with dense")
    assert start.command(directory) == [sys.executable, "-m", "core", "find-rate", "--job", str(directory)]
    done = core_command("find-rate", "--job", directory, "--json")
    assert done.returncode == 0, done.stderr
    found = read_json(directory / layout.RESULT)
    assert found["people"] == 3
    assert found["photos"] > 6
    assert len(found["rates"]) == len(found["losses"]) > 20
    assert found["words"]
    assert jobs.read_job(directory).state == "done"
    with pytest.raises(JobError, match="is done"):
        jobs.resume(directory)
