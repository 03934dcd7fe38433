"""McNemar's test, the order of people, and the report as tables."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from core.evaluation import evaluate
from core.evaluation.comparing import compare_pairs, mcnemar
from core.evaluation.ordering import by_similarity, mean_answers
from core.evaluation.tables import as_csv, as_latex, as_markdown


def test_mcnemar_by_hand_and_against_scipy() -> None:
    from scipy.stats import binomtest

    assert mcnemar(1, 5) == pytest.approx(2 * (1 + 6) / 64)  # of 2**6 ways 1 has no head and 6 have one
    assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0
    for few, many in ((0, 8), (2, 9), (12, 30), (400, 520), (3000, 3050)):
        assert mcnemar(few, many) == mcnemar(many, few) == pytest.approx(binomtest(few, few + many).pvalue, rel=1e-9)


def test_pairs_are_counted_and_judged() -> None:
    first = np.array([True] * 6 + [False] * 14)
    second = np.array([True] * 5 + [False] + [True] * 12 + [False] * 2)
    found = compare_pairs(first, second)
    assert (found.both, found.neither, found.only_first, found.only_second) == (5, 2, 1, 12)
    assert (found.first_accuracy, found.second_accuracy, found.photos) == (0.3, 0.85, 20)
    assert (found.better, found.clear) == (2, True)
    assert compare_pairs(second, first).better == 1
    level = compare_pairs(np.array([True, False]), np.array([False, True]))
    assert (level.better, level.clear, level.p_value) == (0, False, 1.0)
    with pytest.raises(ValueError, match="cannot be paired"):
        compare_pairs(first, second[:3])


def test_people_who_are_confused_stand_side_by_side() -> None:
    pairs = {0: 3, 3: 0, 1: 4, 4: 1, 2: 5, 5: 2}  # each is taken for its partner now and then
    labels = np.repeat(np.arange(6), 10)
    probabilities = np.full((60, 6), 0.01)
    probabilities[np.arange(60), labels] = 0.7
    probabilities[np.arange(60), [pairs[label] for label in labels]] = 0.26
    order = by_similarity(probabilities, labels).tolist()
    assert sorted(order) == list(range(6))
    assert all(abs(order.index(one) - order.index(other)) == 1 for one, other in pairs.items())
    assert mean_answers(probabilities, labels)[0].tolist() == pytest.approx([0.7, 0.01, 0.01, 0.26, 0.01, 0.01])


def test_an_order_is_there_for_few_people_and_for_those_without_photos() -> None:
    assert by_similarity(np.array([[0.6, 0.4]]), np.array([0])).tolist() == [0, 1]
    assert sorted(by_similarity(np.array([[0.6, 0.3, 0.1]]), np.array([0])).tolist()) == [0, 1, 2]
    assert sorted(by_similarity(np.zeros((0, 4)), np.zeros(0, int)).tolist()) == [0, 1, 2, 3]


NAMES = ("A_b & 100%", "C|*d*\nx")
REPORT = evaluate(np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32), np.array([0, 1, 1]), np.zeros(0, int), NAMES)


def test_csv_keeps_every_digit_and_every_letter() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(REPORT))))
    assert rows[0] == ["person", "precision", "recall", "f1", "support"]
    assert rows[1] == ["A_b & 100%", "0.5", "1.0", str(2 / 3), "1"]
    assert rows[2][0] == "C|*d*\nx"


def test_markdown_shows_names_letter_by_letter() -> None:
    lines = as_markdown(REPORT).splitlines()
    assert lines[0] == "| Person | Precision | Recall | F1 | Photos |"
    assert lines[2] == r"| A\_b & 100% | 0.500 | 1.000 | 0.667 | 1 |"
    assert lines[3] == r"| C\|\*d\* x | 1.000 | 0.500 | 0.667 | 2 |"
    assert lines[4] == "| Mean over people | 0.750 | 0.750 | 0.667 | 3 |"


def test_latex_escapes_what_would_be_a_command() -> None:
    text = as_latex(REPORT)
    assert r"A\_b \& 100\% & 0.500 & 1.000 & 0.667 & 1 \\" in text
    assert "C|*d* x & 1.000" in text
    assert text.startswith(r"\begin{tabular}{lrrrr}")
    assert text.count(r"\\") == 4
