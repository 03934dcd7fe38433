from __future__ import annotations

import unicodedata

import pytest

from core.datasets.names import part_of, person_key, spellings, tidy_name


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("pins_tom ellis", "Tom Ellis"),
        ("pins_Robert De Niro", "Robert De Niro"),
        ("PINS_jeff_bezos", "Jeff Bezos"),
        ("Name_Surname", "Name Surname"),
        ("amy", "Amy"),
        ("jean-luc picard", "Jean-Luc Picard"),
        ("Robert de Niro", "Robert de Niro"),
        ("McKenna", "McKenna"),
        ("  two   spaces ", "Two Spaces"),
        ("李小龙", "李小龙"),
        ("émile_zola", "Émile Zola"),
        ("o'neil", "O'neil"),
        ("a\nb", "A B"),
        ("pins_", "pins_"),
        ("_", "_"),
        ("pinspeople", "Pinspeople"),
        ("😀 smile", "😀 Smile"),
    ],
)
def test_a_folder_becomes_a_tidy_name(folder: str, name: str) -> None:
    assert tidy_name(folder) == name


def test_composed_and_decomposed_accents_are_one_person() -> None:
    composed, decomposed = unicodedata.normalize("NFC", "Zoë"), unicodedata.normalize("NFD", "Zoë")
    assert composed != decomposed
    assert tidy_name(decomposed) == composed
    assert person_key(composed) == person_key(decomposed)


def test_case_and_underscores_do_not_make_another_person() -> None:
    assert len({person_key(each) for each in ("pins_tom ellis", "Tom_Ellis", "TOM ELLIS", "tom  ellis")}) == 1
    assert person_key("Tom Ellis") != person_key("Tom Elli")


def test_the_first_spelling_is_shown() -> None:
    assert spellings(["Tom Ellis", "TOM ELLIS", "Ann"]) == {"tom ellis": "Tom Ellis", "ann": "Ann"}


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "val"),
        ("valid", "val"),
        ("validation", "val"),
        ("test", "test"),
        ("testing", "test"),
        ("tests", None),
        ("Valentin", None),
    ],
)
def test_parts_of_a_split(folder: str, part: str | None) -> None:
    assert part_of(folder) == part
