"""A second opinion on wrong answers: faces are laid where the embedding expects them, compared, and the verdict follows it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.alignment import TEMPLATES
from core.errors import ModelError
from core.experiment import prepare_dataset, second_opinion
from core.experiment.lineup import Lineup, draw_lineup
from core.experiment.second_opinion import AlignedFaces, align_crops, compare, opinions_on_mistakes
from core.explain import Opinions, form_opinions
from core.explain.opinions import CLEAR_GAP
from core.jobs import load_tensorflow
from core.openset import Gallery
from core.review import read_judged
from core.review.reasons import Known, opinions_on, verdicts
from core.runs import PartScores, layout, read_run
from core.runs.opinions import read_opinions, write_opinions
from core.settings import DataSettings, Settings, preset, with_values
from tests.core.conftest import TrainedRun

Floats = npt.NDArray[np.float32]


def test_opinions_by_hand() -> None:
    axes = np.eye(3, dtype=np.float32)
    gallery = Gallery(axes[[0, 0, 1, 1]], np.array([0, 0, 1, 1]), 3)
    faces = np.array([[0.6, 0.8, 0], [0.6, 0.8, 0], [0, 0, 1]], np.float32)
    found = form_opinions(gallery, ["a", "b", "c"], faces, np.array([0, 1, 2]))
    assert found.sha256 == ("a", "b"), "nothing can be said of a person without photos"
    assert found.likely.tolist() == [1, 1]
    assert found.gaps.tolist() == pytest.approx([0.2, 0.0])
    people = ("Ann", "Bo", "Cid")
    opinion = found.of("a", 0, people)
    assert opinion is not None
    assert (opinion.likely, opinion.says_wrong) == ("Bo", CLEAR_GAP <= 0.2)
    assert found.of("a", 1, people) is None, "nobody was asked about that label"
    assert found.of("z", 0, people) is None
    nobody = form_opinions(gallery, [], faces[:0], np.zeros(0, np.int64))
    assert nobody.sha256 == () and len(nobody.gaps) == 0


def test_opinions_are_read_as_they_were_kept(tmp_path: Path) -> None:
    found = Opinions(("ab" * 32,), np.array([2]), np.array([1]), np.array([0.25], np.float32))
    write_opinions(tmp_path / "opinions.npz", found)
    again = read_opinions(tmp_path / "opinions.npz")
    assert again is not None
    assert again.of("ab" * 32, 2, ("Ann", "Bo", "Cid")) == found.of("ab" * 32, 2, ("Ann", "Bo", "Cid"))
    assert read_opinions(tmp_path / "nothing.npz") is None


def test_faces_are_laid_where_the_embedding_expects_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dots where eyes, nose and mouth are, in a crop that is turned, moved and smaller: they come to lie on the template."""
    rng = np.random.default_rng(0)
    size, turn = 112, np.deg2rad(20)
    target = TEMPLATES["arcface"] * size - 0.5
    turned = (target - 56) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * 0.8 + 48
    crop = rng.integers(0, 30, (96, 96, 3), dtype=np.uint8)
    for x, y in turned.round().astype(int):
        crop[y - 1 : y + 2, x - 1 : x + 2] = 255
    monkeypatch.setattr(second_opinion, "landmarks_in_crops", lambda *about: {"a": turned})
    prepared: Any = SimpleNamespace(rows={"a": 0, "drawn by hand": 1}, pixels=crop[None])
    found = align_crops(None, prepared, preset("dense").face, (["drawn by hand", "a"], np.array([0, 1])))  # type: ignore[arg-type]
    assert (found.sha256, found.labels.tolist(), found.pixels.shape) == (("a",), [1], (1, size, size, 3))
    for x, y in target.round().astype(int):
        assert found.pixels[0, y, x].min() > 150
    assert np.median(found.pixels) < 30


class Brightness:
    """An embedding of the mean colour."""

    def embed(self, faces: npt.NDArray[np.uint8]) -> Floats:
        means = faces.mean(axis=(1, 2))
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def plain(colours: list[tuple[int, int, int]], labels: list[int]) -> AlignedFaces:
    faces = np.zeros((len(colours), 8, 8, 3), np.uint8) + np.array(colours, np.uint8)[:, None, None]
    return AlignedFaces(tuple(map(str, range(len(colours)))), faces, np.array(labels))


def test_faces_are_compared_and_a_stop_is_heard() -> None:
    backbone: Any = Brightness()
    taught, asked = plain([(250, 0, 0), (0, 250, 0)], [0, 1]), plain([(0, 200, 0), (0, 200, 0)], [0, 1])
    found = compare(backbone, taught, asked, 2)
    assert found is not None
    assert found.likely.tolist() == [1, 1]
    assert found.gaps.tolist() == pytest.approx([1, 0])
    assert compare(backbone, taught, asked, 2, should_stop=lambda: True) is None
    nobody = AlignedFaces((), asked.pixels[:0], asked.labels[:0])
    assert compare(backbone, taught, nobody, 2) is None


@pytest.fixture(scope="module")
def settings() -> Settings:
    return replace(with_values(preset("dense"), {"face.detector": "yunet"}), data=DataSettings("orl"))


@pytest.fixture(scope="module")
def lesson(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the built-in photos, their faces in box crops, and a split of them."""
    load_tensorflow()
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("VISAGE_ARTIFACTS", str(tmp_path_factory.mktemp("orl")))
        dataset, prepared = prepare_dataset("orl", settings.face)
        yield dataset, prepared, draw_lineup(dataset, prepared, settings)


def scores_with(lineup: Lineup, seed: int) -> tuple[PartScores, npt.NDArray[np.bool_]]:
    """Return answers of a network that takes every third test face for somebody, and labels of which one in five is wrong."""
    rng = np.random.default_rng(seed)
    part, people = lineup.parts["test"], len(lineup.people)
    named = np.where(rng.random(len(part.labels)) < 0.33, rng.integers(0, people, len(part.labels)), part.labels)
    planted = rng.random(len(part.labels)) < 0.2
    given = np.where(planted, (part.labels + rng.integers(1, people, len(part.labels))) % people, part.labels)
    logits = np.eye(people, dtype=np.float32)[named] * 5 + rng.random((len(named), people)).astype(np.float32)
    return PartScores(part.sha256, logits, given), planted


def test_planted_labels_are_told_from_the_mistakes_of_a_poor_network(settings: Settings, lesson: Any) -> None:
    """The line was chosen on people of pins40; those of ORL had no part in that."""
    dataset, prepared, lineup = lesson
    scores, planted = scores_with(lineup, 1)
    found = opinions_on_mistakes(dataset, prepared, lineup, {"test": scores}, settings)
    assert found is not None
    told = {False: 0, True: 0}
    counts = {False: 0, True: 0}
    for row in np.flatnonzero(scores.logits.argmax(axis=1) != scores.labels).tolist():
        opinion = found.of(scores.sha256[row], int(scores.labels[row]), lineup.people)
        kind = bool(planted[row])
        counts[kind] += 1
        told[kind] += opinion is not None and opinion.says_wrong
    assert min(counts.values()) >= 5
    assert told[True] >= 0.9 * counts[True]
    assert told[False] <= 0.1 * counts[False]


def test_nobody_is_asked_without_mistakes_or_weights(settings: Settings, lesson: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, prepared, lineup = lesson

    def missing(settings: Settings) -> Any:
        raise ModelError("The weights are missing.", "Install them.")

    monkeypatch.setattr(second_opinion, "load_backbone", missing)
    scores, _ = scores_with(lineup, 1)
    assert opinions_on_mistakes(dataset, prepared, lineup, {"test": scores}, settings) is None
    right = replace(scores, labels=scores.logits.argmax(axis=1))
    monkeypatch.setattr(second_opinion, "load_backbone", lambda settings: pytest.fail("nobody was named wrong"))
    assert opinions_on_mistakes(dataset, prepared, lineup, {"test": right}, settings) is None
    assert opinions_on_mistakes(dataset, prepared, lineup, {"test": scores}, preset("embedding")) is None


def test_a_verdict_follows_the_second_opinion(trained_run: TrainedRun, tmp_path: Path) -> None:
    shutil.copytree(trained_run.directory, tmp_path / "run")
    run = read_run(tmp_path / "run")
    judged = read_judged(run, "test")
    judged = replace(judged, labels=(judged.predicted + 1) % len(judged.people))
    first, second = judged.sha256[:2]
    third = (int(judged.labels[0]) + 1) % len(judged.people)
    gaps = np.array([0.5, 0.0], np.float32)
    write_opinions(
        run.directory / layout.OPINIONS,
        Opinions((first, second), judged.labels[:2], np.array([third, judged.labels[1]]), gaps),
    )
    found = verdicts(run, judged, None, Known(opinions=opinions_on(run, judged)))
    assert (found[0].kind, found[0].better) == ("wrong_label", judged.people[third])
    assert "second network" in found[0].words
    assert found[1].kind != "wrong_label", "it is sure of the label"
    kept = verdicts(run, judged, None, Known(kept={first}, opinions=opinions_on(run, judged)))
    assert kept[0].kind != "wrong_label"
