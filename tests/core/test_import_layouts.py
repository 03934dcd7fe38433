"""Whose photo is which: folders, file names, tables; and names that no file system should see as they are."""

from __future__ import annotations

import pytest

from core.importing.layouts import AUTO, FILENAMES, FOLDERS, TABLE, Claim, assign
from core.importing.naming import clean_person, file_name
from core.importing.tables import read_table


def names(paths: list[str], layout: str = AUTO) -> dict[str, str]:
    return {path: claim.name for path, claim in assign(paths, layout, {}).claims.items()}


def test_folders_name_people_also_inside_the_folder_that_was_packed() -> None:
    paths = ["lfw/lfw_funneled/Aaron_Eckhart/Aaron_Eckhart_0001.jpg", "lfw/lfw_funneled/Zico/Zico_0001.jpg"]
    assert names(paths) == {paths[0]: "Aaron_Eckhart", paths[1]: "Zico"}
    assert assign(paths, AUTO, {}).layout == FOLDERS


def test_one_folder_of_photos_is_one_person() -> None:
    assert set(names(["Ann/a.jpg", "Ann/b.jpg"]).values()) == {"Ann"}


def test_groups_and_parts() -> None:
    found = assign(["x/train/Ann/1.jpg", "x/test/Ann/2.jpg", "x/val/team/Ben/3.jpg"], AUTO, {})
    assert list(found.claims.values()) == [Claim("Ann", "train"), Claim("Ann", "test"), Claim("Ben", "val")]


def test_what_belongs_to_nobody_says_why() -> None:
    found = assign(["Ann/1.jpg", "Ann/old/2.jpg", "a/b/c/3.jpg", "lost.jpg", "train/4.jpg"], FOLDERS, {})
    reasons = {each.path: each.reason for each in found.skipped}
    assert found.claims == {"Ann/1.jpg": Claim("Ann")}
    assert reasons == {
        "Ann/old/2.jpg": "is in a folder inside Ann's folder",
        "a/b/c/3.jpg": "lies too deep",
        "lost.jpg": "lies directly in no person's folder",
        "train/4.jpg": "lies directly in train, not in a person's folder",
    }


def test_numbered_names_in_one_folder() -> None:
    found = assign(["all/Ann_Lee_01.jpg", "all/Ben (2).png", "all/Ben-3.png", "all/Ben_4.png", "all/x.jpg"], AUTO, {})
    assert found.layout == FILENAMES
    assert [claim.name for claim in found.claims.values()] == ["Ann_Lee", "Ben", "Ben", "Ben"]
    assert [each.path for each in found.skipped] == ["all/x.jpg"]


def test_what_cameras_call_photos_is_nobodys_name() -> None:
    assert set(names(["Ann/IMG_0001.jpg", "Ann/DSC_0002.jpg"]).values()) == {"Ann"}


def test_a_table_comes_before_folders_where_it_names_files() -> None:
    rows = read_table("path,label,split\r\na/1.jpg,Zoë,train\r\n./b/2.jpg,Yun,test\r\nb/9.jpg,Yun,\r\n".encode("utf-8-sig"))
    assert rows is not None
    found = assign(["set/a/1.jpg", "set/b/2.jpg", "set/b/3.jpg"], AUTO, {"set/names.csv": rows})
    assert found.layout == TABLE
    assert found.claims == {"set/a/1.jpg": Claim("Zoë", "train"), "set/b/2.jpg": Claim("Yun", "test")}
    assert {each.path: each.reason for each in found.skipped} == {
        "set/b/3.jpg": "is not named in a table",
        "set/b/9.jpg": "is named in set/names.csv, but not there",
    }


def test_a_table_of_something_else_is_passed_over() -> None:
    assert read_table(b"date,price\n1,2\n") is None
    assert read_table(b"") is None
    found = assign(["Ann/1.jpg"], AUTO, {"prices.csv": {"other.jpg": Claim("Ben")}})
    assert (found.layout, found.claims) == (FOLDERS, {"Ann/1.jpg": Claim("Ann")})


def test_rows_that_lead_out_or_contradict_each_other_are_left_out() -> None:
    rows = read_table(b"file;person\n../a.jpg;Ann\n/b.jpg;Ann\nC:\\c.jpg;Ann\nd.jpg;Ann\nd.jpg;Ben\nsub\\e.jpg;Ann\n")
    assert rows == {"sub/e.jpg": Claim("Ann")}


def test_tables_of_spreadsheets_without_utf8() -> None:
    assert read_table("path,label\n1.jpg,Zoë\n".encode("cp1252")) == {"1.jpg": Claim("Zoë")}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("pins_tom ellis", "Tom Ellis"),
        ("  Ann\nLee\x00 ", "Ann Lee"),
        ("<b>Ode</b>", "<b>Ode<\u2215b>"),  # a letter that looks like a slash
        ("../../etc", "\u2024.\u2215..\u2215etc"),
        ('👩‍🚀 "Zoë" 李', '👩‍🚀 "Zoë" 李'),
        ("Val", "Val (name)"),
        ("lost+found", "Lost+found (name)"),
        ("\x01\n", ""),
        ("___", "___"),
    ],
)
def test_names_become_fit_to_be_shown_and_stored(given: str, shown: str) -> None:
    assert clean_person(given) == shown


def test_long_names_stay_apart_and_short_enough_for_a_disk() -> None:
    first, second = clean_person("李" * 99 + "a"), clean_person("李" * 99 + "b")
    assert first != second
    assert len(first.encode()) <= 200


def test_file_names_are_safe_and_numbered() -> None:
    taken = {"1.jpg"}
    assert file_name("a/b/1.JPG", taken) == "1 (2).jpg"
    assert file_name("x/\n<i>.png", set()) == "<i>.png"
    assert file_name(".jpg.jpg", set()) == "jpg.jpg"
