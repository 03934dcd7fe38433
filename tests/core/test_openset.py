"""Unknown: lines from validation faces and from strangers, similarities by hand, and the three decisions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.openset import (
    DEFAULT_KNOWN,
    DEFAULT_UNKNOWN,
    Gallery,
    StrangerCurve,
    Thresholds,
    auroc,
    choose_thresholds,
    compare,
    decide,
    default_lines,
    gallery_of,
    left_out_scores,
    line_at,
    prediction_line,
    stranger_curve,
)
from core.openset.strangers import MOST_STRANGERS
from core.settings import OpenSetSettings, rng_for

TOPS = np.array([0.60 + 0.005 * number for number in range(40)], np.float32)
ALL_RIGHT = np.ones(40, bool)


def unit(*rows: list[float]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# Lines from validation faces


def test_the_promised_share_of_correct_faces_is_refused() -> None:
    settings = OpenSetSettings(refuse_share=0.05, unknown_share=0.01)
    chosen = choose_thresholds(TOPS, ALL_RIGHT, settings)
    decisions = [decide(float(top), chosen) for top in TOPS]
    assert decisions.count("known") == 38  # 5% of 40 is 2
    assert decisions.count("unsure") == 2  # 1% of 40 is less than one face
    assert chosen.known == pytest.approx(0.61)
    assert not chosen.tested_on_strangers
    assert "40 correctly named" in chosen.source
    assert "5%" in chosen.source


@pytest.mark.parametrize(("share", "refused"), [(0.0, 0), (0.07, 7), (0.29, 29), (0.5, 50)])
def test_shares_are_exact_whole_numbers(share: float, refused: int) -> None:
    tops = np.linspace(0.51, 0.99, 100).astype(np.float32)
    chosen = choose_thresholds(tops, np.ones(100, bool), OpenSetSettings(refuse_share=share, unknown_share=0))
    assert sum(decide(float(top), chosen) != "known" for top in tops) == refused


def test_wrongly_named_faces_have_no_say() -> None:
    alone = choose_thresholds(TOPS, ALL_RIGHT, OpenSetSettings())
    both = choose_thresholds(
        np.append(TOPS, [0.5001, 0.5002]).astype(np.float32), np.append(ALL_RIGHT, [False, False]), OpenSetSettings()
    )
    assert (alone.known, alone.unknown) == (both.known, both.unknown)
    assert "(of 42)" in both.source


def test_the_unknown_line_never_lies_above_the_known_line() -> None:
    chosen = choose_thresholds(TOPS, ALL_RIGHT, OpenSetSettings(refuse_share=0.1, unknown_share=0.5))
    assert chosen.unknown == chosen.known


@pytest.mark.parametrize("faces", [0, 9])
def test_too_few_faces_give_the_stated_default(faces: int) -> None:
    chosen = choose_thresholds(TOPS[:faces], ALL_RIGHT[:faces], OpenSetSettings())
    assert (chosen.known, chosen.unknown) == (DEFAULT_KNOWN, DEFAULT_UNKNOWN)
    assert f"only {faces} validation faces" in chosen.source


def test_decisions_at_and_beside_the_lines() -> None:
    thresholds = Thresholds(0.8, 0.5, "by hand")
    assert [decide(each, thresholds) for each in (0.8, 0.79, 0.5, 0.49)] == ["known", "unsure", "unsure", "unknown"]


# Strangers


def test_a_line_lets_through_no_more_strangers_than_it_promises() -> None:
    strangers = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    for rate, named in ((0.0, 0), (0.1, 1), (0.25, 2), (0.3, 3), (1.0, 10)):
        assert (strangers >= line_at(strangers, rate)).sum() == named
    assert line_at(strangers, 0.1) == np.nextafter(0.9, 2)  # just above the second highest: the lowest such line


def test_equal_scores_stay_on_one_side_of_the_line() -> None:
    assert (np.full(10, 0.5) >= line_at(np.full(10, 0.5), 0.3)).sum() == 0


def test_auroc_by_hand() -> None:
    # Pairs: 0.9 beats both, 0.5 beats 0.2 and ties with 0.5: 3.5 of 4.
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.2])) == pytest.approx(3.5 / 4)
    assert auroc(np.array([2.0, 3.0]), np.array([0.0])) == 1.0


def test_a_curve_counts_known_faces_that_are_named_right() -> None:
    strangers = np.arange(100) / 100  # at 1% the line lies just above 0.98
    plain = stranger_curve(np.array([0.985, 0.99, 0.99, 0.5]), np.array([True, True, False, True]), strangers)
    assert plain.named_at(0.01) == pytest.approx(0.5)
    assert plain.line_for(0.01) == pytest.approx(0.98, abs=1e-6)
    assert plain.people == 0
    known, right = np.array([0.985, 0.99, 0.99, 0.5]), np.array([True, True, False, True])
    curve = stranger_curve(known, right, strangers, shown=np.arange(100) % 7)
    assert (curve.strangers, curve.known, curve.people) == (100, 4, 7)
    assert curve.line_for(0.5) < curve.line_for(0.1) < curve.line_for(0.002)
    between = curve.line_for(0.06)
    assert curve.line_for(0.075) < between < curve.line_for(0.05)


def test_the_line_for_one_more_stranger_by_hand() -> None:
    # Three strangers with means 0.1, 0.2, 0.3 (variance 0.01) and faces 0.1 beside them (variance 0.01).
    scores = np.array([0.0, 0.2, 0.1, 0.3, 0.2, 0.4])
    shown = np.array([0, 0, 1, 1, 2, 2])
    # Student's t with 2 degrees of freedom leaves 5% above 2.92.
    assert prediction_line(scores, shown, 0.05) == pytest.approx(0.2 + 2.92 * np.sqrt(0.02) * np.sqrt(4 / 3), abs=1e-3)
    assert stranger_curve(np.zeros(0), np.zeros(0, bool), scores, shown).line_for(0.05) > 0.4
    assert prediction_line(scores, np.zeros(6, int), 0.05) == -np.inf


def test_few_strangers_are_trusted_less_than_many() -> None:
    rng = rng_for(0, "test")
    few, many = rng.normal(size=60), rng.normal(size=6000)
    lines = [prediction_line(each, np.arange(len(each)) // 10, 0.01) for each in (few, many)]
    assert lines[0] > lines[1]
    assert lines[1] == pytest.approx(2.33 * np.sqrt(1 + 0.1 - 0.1), abs=0.1)  # all of it is the faces' own spread


def test_without_known_faces_a_curve_draws_lines_and_claims_nothing() -> None:
    curve = stranger_curve(np.zeros(0), np.zeros(0, bool), np.arange(50) / 50)
    assert curve.auroc is None
    assert curve.named_at(0.01) is None
    assert 0.9 < curve.line_for(0.05) < 1
    with pytest.raises(ValueError, match="no stranger"):
        stranger_curve(np.zeros(3), np.ones(3, bool), np.zeros(0))


def test_lines_from_strangers_and_another_rate() -> None:
    strangers = np.linspace(0, 1, 1001).astype(np.float32)
    settings = OpenSetSettings(stranger_rate=0.01, unsure_rate=0.1)
    known = np.array([0.995], np.float32), np.array([True])
    found = compare(*known, (strangers, None), settings, score="similarity", who="9 people")
    assert found.known == pytest.approx(0.99, abs=2e-3)
    assert found.unknown == pytest.approx(0.9, abs=2e-3)
    assert found.tested_on_strangers
    assert "about 1 in 100 strangers gets a name" in found.source
    looser = found.at(0.05)
    assert looser.known == pytest.approx(0.95, abs=2e-3)
    assert looser.unknown == found.unknown
    assert found.at(0.3).unknown == found.at(0.3).known
    assert Thresholds(0.5, 0.4, "").at(0.3) == Thresholds(0.5, 0.4, "")


# Similarity


def test_similarity_is_the_mean_of_the_two_nearest() -> None:
    angles = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 3.0, 1.0])  # six faces of person 0, one of person 1
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    gallery = Gallery(vectors, np.array([0, 0, 0, 0, 0, 0, 1]), people=3)
    found = gallery.similarities(np.array([[1.0, 0.0]], np.float32))
    assert found[0, 0] == pytest.approx(np.cos([0.0, 0.1]).mean())
    assert found[0, 1] == pytest.approx(np.cos(1.0))
    assert found[0, 2] == -1.0  # nobody's face
    assert gallery.similarity(np.array([[1.0, 0.0]], np.float32), np.array([1])) == pytest.approx([np.cos(1.0)])


def test_rows_in_parts_are_what_all_rows_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = rng_for(0, "test")
    gallery = Gallery(unit(*rng.normal(size=(30, 6)).tolist()), rng.integers(0, 4, 30), 4)
    asked = unit(*rng.normal(size=(11, 6)).tolist())
    whole = gallery.similarities(asked)
    monkeypatch.setattr("core.openset.gallery.ROWS_AT_ONCE", 3)
    np.testing.assert_allclose(gallery.similarities(asked), whole, atol=1e-6)


def test_a_gallery_holds_all_views_and_comes_back_from_its_file(tmp_path: Path) -> None:
    views = rng_for(0, "test").normal(size=(4, 2, 3)).astype(np.float32)
    gallery = gallery_of(views, np.array([0, 1, 1, 0]), 2)
    assert gallery.labels.tolist() == [0, 0, 1, 1, 1, 1, 0, 0]
    gallery.save(tmp_path / "gallery.npz")
    loaded = Gallery.load(tmp_path / "gallery.npz")
    np.testing.assert_array_equal(loaded.vectors, gallery.vectors)
    assert loaded.people == 2


def test_a_left_out_person_is_compared_with_the_others_only() -> None:
    vectors = unit([1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0, 1])
    labels = np.array([0, 0, 1, 2])
    logits = np.array([[9.0, 2, 1], [9, 2, 1], [3, 9, 1], [1, 2, 9]], np.float32)
    found, shown = left_out_scores(Gallery(vectors, labels, 3), vectors, labels, logits, seed=0)
    assert shown.tolist() == [0, 0, 1, 2]
    # Second best are persons 1, 1, 0, 1; the third face is compared with both of person 0, whose mean counts.
    wanted = [0.0, vectors[1] @ vectors[2], (0 + vectors[1] @ vectors[2]) / 2, 0.0]
    assert found == pytest.approx(wanted, abs=1e-6)


def test_very_many_faces_are_sampled_by_the_seed() -> None:
    count = MOST_STRANGERS + 10
    vectors = unit(*rng_for(0, "test").normal(size=(count, 4)).tolist())
    labels = np.arange(count) % 6
    logits = rng_for(1, "test").normal(size=(count, 6)).astype(np.float32)
    gallery = Gallery(vectors[:60], labels[:60], 6)
    first, again, other = (left_out_scores(gallery, vectors, labels, logits, seed)[0] for seed in (0, 0, 1))
    assert len(first) == MOST_STRANGERS
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


# What ships and what is stored


@pytest.mark.parametrize("backbone", ["sface", "dlib"])
def test_both_embeddings_ship_with_lines(backbone: str) -> None:
    strict, loose = (default_lines(backbone, OpenSetSettings(stranger_rate=rate, unsure_rate=0.2)) for rate in (0.01, 0.1))
    assert strict is not None
    assert loose is not None
    assert 0 < strict.unknown < loose.known < strict.known < 1
    assert strict.score == "similarity"
    assert "public photos" in strict.source


def test_nobody_has_measured_somebodys_own_embedding() -> None:
    assert default_lines("onnx", OpenSetSettings()) is None


def test_json_round_trip_and_impossible_thresholds() -> None:
    curve = stranger_curve(np.array([0.9]), np.array([True]), np.arange(20) / 20, np.arange(20))
    assert StrangerCurve.from_json(json.loads(json.dumps(curve.to_json()))) == curve
    for each in (Thresholds(0.8, 0.5, "by hand"), Thresholds(0.8, -0.1, "", True, "similarity", curve)):
        assert Thresholds.from_json(json.loads(json.dumps(each.to_json()))) == each
    before = {"known": 0.8, "unknown": 0.5, "source": "an earlier program", "tested_on_strangers": False}
    assert Thresholds.from_json(before).score == "probability"
    for known, unknown in ((0.4, 0.5), (0.5, -1.1), (float("nan"), 0.1)):
        with pytest.raises(ValueError, match="rise"):
            Thresholds(known, unknown, "")
    with pytest.raises(ValueError, match="no score"):
        Thresholds(0.5, 0.4, "", score="hunch")
