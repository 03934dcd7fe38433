"""What a person has said of the faces of a batch, and choosing among faces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from core.batch import BatchRow
from core.batch.filtering import FLAWLESS, Wanted, find_rows, flaws_in, people_in
from core.batch.given import GIVEN, NO_FACE, Given, give, read_given, settle, take_back
from core.errors import JobError


def test_nothing_is_said_at_first(tmp_path: Path) -> None:
    assert read_given(tmp_path) == {}


def test_what_is_said_is_read_again_and_taken_back(tmp_path: Path) -> None:
    assert give(tmp_path, [3, 1], "Ann", "keep") == {}
    before = give(tmp_path, [1, 2], "Bo")
    assert before == {1: Given("Ann", "keep")}
    assert read_given(tmp_path) == {1: Given("Bo"), 2: Given("Bo"), 3: Given("Ann", "keep")}
    take_back(tmp_path, [1, 2], before)
    assert read_given(tmp_path) == {1: Given("Ann", "keep"), 3: Given("Ann", "keep")}


def test_a_wish_is_settled_for_its_faces_only(tmp_path: Path) -> None:
    give(tmp_path, [1, 2], NO_FACE, "keep")
    settle(tmp_path, [1, 9], "kept", 7)
    assert read_given(tmp_path) == {1: Given(NO_FACE, "kept", 7), 2: Given(NO_FACE, "keep")}


def test_nobody_overwrites_what_another_tab_says(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: give(tmp_path, [number], f"P{number}"), range(40)))
    assert {number: each.person for number, each in read_given(tmp_path).items()} == {n: f"P{n}" for n in range(40)}


@pytest.mark.parametrize("text", ["{", "[]", '{"1": ["Ann", "sell"]}', '{"one": ["Ann", ""]}', '{"1": 5}'])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / GIVEN).write_text(text, encoding="utf-8")
    with pytest.raises(JobError, match=r"given\.json is damaged") as caught:
        read_given(tmp_path)
    assert "Delete that file" in caught.value.remedy


@dataclass(frozen=True)
class _Row:
    """The parts of a row by which faces are chosen."""

    file: str
    person: str | None
    decision: str
    probability: float
    flaws: tuple[str, ...] = ()


ROWS = cast(
    list[BatchRow],
    [
        _Row("A/one.jpg", "ann", "known", 0.9),
        _Row("A/one.jpg", "Bo", "unsure", 0.5, ("blurred", "dark")),
        _Row("b/TWO.jpg", None, "unknown", 0.2, ("dark",)),
    ],
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [0, 1, 2]),
        (Wanted(decisions=("unsure", "unknown")), [1, 2]),
        (Wanted(person="Bo"), [1]),
        (Wanted(quality="dark"), [1, 2]),
        (Wanted(quality=FLAWLESS), [0]),
        (Wanted(text=" two "), [2]),
        (Wanted(text="a/"), [0, 1]),
        (Wanted(least=0.5, most=0.9), [0, 1]),
        (Wanted(decisions=("known",), person="Bo"), []),
    ],
)
def test_faces_are_chosen_by_what_is_asked_for(wanted: Wanted, found: list[int]) -> None:
    assert find_rows(ROWS, wanted) == [ROWS[each] for each in found]


def test_what_can_be_asked_for() -> None:
    assert people_in(ROWS) == ["ann", "Bo"]
    assert flaws_in(ROWS) == ["dark", "blurred"]
