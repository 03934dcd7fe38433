"""Cleaning a dataset: what actions do, that they can be taken back, and that they hold whatever a later scan finds."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core import curation
from core.curation import (
    automatic_face,
    changed_since,
    choose_face,
    content_hash,
    count_entries,
    draw_face,
    entries,
    exclude,
    export_ledger,
    history_of,
    include,
    mark_strangers,
    merge_people,
    not_a_face,
    redo,
    relabel,
    rename_person,
    undo,
)
from core.datasets import Catalogue, are_strangers, delete_dataset, keep_photo, scan
from core.errors import DatasetError
from core.progress import Progress
from core.runs import layout, new_run, read_run, records
from core.settings import preset
from tests.core.pictures import folder_of, picture, picture_bytes, scanned, write_picture


@pytest.fixture
def root(artifacts: Path, tmp_path: Path) -> Path:
    return folder_of(tmp_path / "photos", {"ann": 3, "bob": 2, "cy": 1})


@pytest.fixture
def catalogue(root: Path) -> Catalogue:
    return scanned(root)[0]


def of(catalogue: Catalogue, person: str) -> list[str]:
    return [photo.sha256 for photo in catalogue.photos() if photo.person == person]


def everything(catalogue: Catalogue) -> object:
    """Return all that actions may change."""
    with catalogue.reading() as connection:
        tables = ("used", "excluded", "edits", "renames")
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]


def test_a_relabelled_photo_is_the_other_persons_and_can_be_given_back(catalogue: Catalogue, root: Path) -> None:
    before = everything(catalogue)
    entry = relabel(catalogue, of(catalogue, "Ann")[:2], "Bob")
    assert (entry.id, entry.kind, entry.words, entry.photos) == (1, "relabel", "2 photos of Ann are now Bob's.", 2)
    assert catalogue.people() == [("Ann", 1), ("Bob", 4), ("Cy", 1)]
    scan(catalogue)
    assert catalogue.people() == [("Ann", 1), ("Bob", 4), ("Cy", 1)], "a scan finds the same"
    taken_back = undo(catalogue)
    assert taken_back is not None
    assert (taken_back.kind, taken_back.words) == ("undo", "Taken back: 2 photos of Ann are now Bob's.")
    assert everything(catalogue) == before
    assert undo(catalogue) is None
    assert redo(catalogue) is not None
    assert catalogue.people() == [("Ann", 1), ("Bob", 4), ("Cy", 1)]
    assert redo(catalogue) is None
    assert len(list(root.rglob("*.png"))) == 6


def test_a_new_name_splits_a_person_off_and_another_case_is_the_same_person(catalogue: Catalogue) -> None:
    one, two, three = of(catalogue, "Ann")
    relabel(catalogue, [one], 'Dee <b>"x"</b> 🙂')
    relabel(catalogue, [two], "  BOB ")
    relabel(catalogue, [three], 'dee <B>"x"</b> 🙂')
    assert catalogue.people() == [("Bob", 3), ("Cy", 1), ('Dee <b>"x"</b> 🙂', 2)]
    with pytest.raises(DatasetError, match="already"):
        relabel(catalogue, [two], "bob")


def test_strangers_join_the_strangers_that_are_there(catalogue: Catalogue, root: Path) -> None:
    entry = mark_strangers(catalogue, of(catalogue, "Cy"))
    assert entry.words == "1 photo of Cy is now marked as strangers."
    assert [person for person, _ in catalogue.people() if are_strangers(person)] == ["Unknown"]
    undo(catalogue)
    write_picture(root / "strangers" / "1.png", 77)
    scan(catalogue)
    mark_strangers(catalogue, of(catalogue, "Cy"))
    assert dict(catalogue.people())["Strangers"] == 2


def test_excluded_photos_are_left_out_and_come_back(catalogue: Catalogue) -> None:
    photos = of(catalogue, "Ann")[:2]
    before = everything(catalogue)
    assert exclude(catalogue, photos).words == "2 photos of Ann are left out."
    assert (len(catalogue.photos()), [each.sha256 for each in catalogue.excluded()]) == (4, photos)
    assert catalogue.skipped() == []
    assert (catalogue.summary().photos, catalogue.summary().skipped) == (4, 0)
    scan(catalogue)
    assert len(catalogue.photos()) == 4
    relabel(catalogue, photos[:1], "Bob")
    assert [each.person for each in catalogue.excluded()] == ["Ann", "Bob"]
    assert include(catalogue, photos).words == "2 photos of 2 people are taken in again."
    assert catalogue.people() == [("Ann", 2), ("Bob", 3), ("Cy", 1)]
    for _ in range(3):
        undo(catalogue)
    assert everything(catalogue) == before


def test_near_duplicates_are_known_also_of_photos_that_were_relabelled_or_left_out(root: Path) -> None:
    picture(1, 90, 120).save(root / "bob" / "twin.jpg", quality=90)
    catalogue = scanned(root)[0]
    twin = next(each.sha256 for each in catalogue.photos() if each.path == "bob/twin.jpg")
    other = next(each.sha256 for each in catalogue.photos() if each.path == "ann/1.png")
    assert len(catalogue.conflicts()) == 1
    assert catalogue.summary().conflicts == 1
    relabel(catalogue, [twin], "Ann")
    assert (catalogue.conflicts(), catalogue.summary().conflicts) == ([], 0)
    assert catalogue.groups(10)[twin] == catalogue.groups(10)[other]
    exclude(catalogue, [twin])
    scan(catalogue)
    assert twin not in catalogue.groups(10)
    include(catalogue, [twin])
    assert catalogue.groups(10)[twin] == catalogue.groups(10)[other]


def test_a_photo_filed_under_two_people_is_used_once_somebody_says_whose_it_is(root: Path) -> None:
    shutil.copy(root / "ann" / "1.png", root / "bob" / "wrong.png")
    picture(1, 90, 120).save(root / "cy" / "twin.jpg", quality=90)
    catalogue = scanned(root)[0]
    (sha256,) = _all_contents(catalogue) - {photo.sha256 for photo in catalogue.photos()}
    entry = relabel(catalogue, [sha256], "Ann")
    assert entry.words == "1 photo is now Ann's."
    (conflict,) = catalogue.conflicts()
    assert {conflict.path_a, conflict.path_b} == {"ann/1.png", "cy/twin.jpg"}
    assert catalogue.people() == [("Ann", 3), ("Bob", 2), ("Cy", 2)]
    assert [each.path for each in catalogue.skipped()] == ["bob/wrong.png"]
    undo(catalogue)
    assert len(catalogue.conflicts()) == 1
    merge_people(catalogue, ["Ann", "Bob"], "Ann")
    assert catalogue.people() == [("Ann", 5), ("Cy", 2)]


def _all_contents(catalogue: Catalogue) -> set[str]:
    with catalogue.reading() as connection:
        return {row[0] for row in connection.execute("SELECT sha256 FROM files")}


def test_a_rename_holds_for_photos_that_a_later_scan_finds(catalogue: Catalogue, root: Path) -> None:
    relabel(catalogue, of(catalogue, "Cy"), "Ann")
    before = everything(catalogue)
    assert rename_person(catalogue, "ann", "Anna Öst").words == "Ann is now called Anna Öst."
    assert catalogue.people() == [("Anna Öst", 4), ("Bob", 2)]
    after = everything(catalogue)
    undo(catalogue)
    assert everything(catalogue) == before
    redo(catalogue)
    assert everything(catalogue) == after
    write_picture(root / "ann" / "9.png", 99)
    write_picture(root / "ANNA ÖST" / "1.png", 98)
    keep_photo(catalogue.directory, "Ann", picture_bytes(97), ".png")
    scan(catalogue)
    assert catalogue.people() == [("Anna Öst", 7), ("Bob", 2)]


def test_a_name_can_change_its_case_only(catalogue: Catalogue) -> None:
    rename_person(catalogue, "Ann", "ANN")
    assert catalogue.people() == [("ANN", 3), ("Bob", 2), ("Cy", 1)]
    scan(catalogue)
    assert catalogue.people()[0] == ("ANN", 3)
    rename_person(catalogue, "ANN", "Ann")
    assert catalogue.people()[0] == ("Ann", 3)
    with pytest.raises(DatasetError, match="somebody called Bob already"):
        rename_person(catalogue, "Ann", "bob")
    with pytest.raises(DatasetError, match="nobody called Zoe"):
        rename_person(catalogue, "Zoe", "Bob")


def test_merged_people_stay_merged_and_come_apart_by_undo(catalogue: Catalogue, root: Path) -> None:
    rename_person(catalogue, "Cy", "Dee")
    before = everything(catalogue)
    entry = merge_people(catalogue, ["Bob", "Dee"], "ann")
    assert (entry.words, entry.photos) == ("Bob and Dee were merged into Ann.", 3)
    assert catalogue.people() == [("Ann", 6)]
    write_picture(root / "cy" / "9.png", 99)
    scan(catalogue)
    assert catalogue.people() == [("Ann", 7)]
    undo(catalogue)
    assert catalogue.people() == [("Ann", 3), ("Bob", 2), ("Dee", 2)], "the photo that came later, too"
    (root / "cy" / "9.png").unlink()
    scan(catalogue)
    assert everything(catalogue) == before
    with pytest.raises(DatasetError, match="Two people"):
        merge_people(catalogue, ["Ann"], "Ann")


def test_undo_of_a_relabelling_after_a_rename_of_the_person(catalogue: Catalogue) -> None:
    photos = of(catalogue, "Ann")[:1]
    relabel(catalogue, photos, "Bob")
    rename_person(catalogue, "Bob", "Bert")
    assert catalogue.people() == [("Ann", 2), ("Bert", 3), ("Cy", 1)]
    undo(catalogue)
    undo(catalogue)
    assert catalogue.people() == [("Ann", 3), ("Bob", 2), ("Cy", 1)]


def test_undo_after_the_photos_have_vanished(catalogue: Catalogue, root: Path) -> None:
    photos = of(catalogue, "Ann")
    exclude(catalogue, photos)
    for file in (root / "ann").iterdir():
        file.rename(root.with_name(file.name))
    scan(catalogue)
    assert catalogue.excluded() == []
    assert undo(catalogue) is not None
    for number in (1, 2, 3):
        root.with_name(f"{number}.png").rename(root / "ann" / f"{number}.png")
    scan(catalogue)
    assert of(catalogue, "Ann") == photos
    with pytest.raises(DatasetError, match="None of these photos"):
        exclude(catalogue, ["0" * 64])
    with pytest.raises(DatasetError, match="No photo is chosen"):
        exclude(catalogue, [])


def test_a_new_action_ends_what_could_be_made_again(catalogue: Catalogue) -> None:
    exclude(catalogue, of(catalogue, "Cy"))
    undo(catalogue)
    relabel(catalogue, of(catalogue, "Cy"), "Bob")
    assert redo(catalogue) is None
    assert [(each.kind, each.undone) for each in entries(catalogue, 0, 10)] == [
        ("relabel", False),
        ("undo", False),
        ("exclude", True),
    ]
    assert [each.id for each in entries(catalogue, 1, 1)] == [2]
    assert count_entries(catalogue) == 3


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "\u200b", "x" * 101, "_", "\ud800"])
def test_names_that_cannot_be(catalogue: Catalogue, name: str) -> None:
    before = everything(catalogue)
    for attempt in (
        lambda: relabel(catalogue, of(catalogue, "Cy"), name),
        lambda: rename_person(catalogue, "Cy", name),
        lambda: merge_people(catalogue, ["Ann", "Cy"], name),
    ):
        with pytest.raises(DatasetError):
            attempt()
    assert (everything(catalogue), count_entries(catalogue)) == (before, 0)


def test_faces_are_chosen_drawn_and_refused(catalogue: Catalogue) -> None:
    (photo,) = of(catalogue, "Cy")
    assert choose_face(catalogue, photo, (1, 2, 30, 40)).words == "1 photo of Cy is shown with another face."
    draw_face(catalogue, photo, (-5, 2.04, 30, 100))
    assert catalogue.face_choices() == {photo: '{"kind":"drawn","box":[0.0,2.0,25.0,78.0]}'}
    not_a_face(catalogue, [photo, *of(catalogue, "Bob")])
    assert set(catalogue.face_choices().values()) == {'{"kind":"none"}'}
    automatic_face(catalogue, [photo])
    assert photo not in catalogue.face_choices()
    for _ in range(3):
        undo(catalogue)
    assert catalogue.face_choices() == {photo: '{"kind":"found","box":[1.0,2.0,30.0,40.0]}'}
    for box in ((0, 0, 3, 30), (70, 90, 20, 20), (50, 0, 40, 40), (float("nan"), 0, 30, 30)):
        with pytest.raises(DatasetError, match="box"):
            draw_face(catalogue, photo, box)


def test_who_was_what(catalogue: Catalogue) -> None:
    photo, other, _ = of(catalogue, "Ann")
    relabel(catalogue, [photo, other], "Bob")
    rename_person(catalogue, "Bob", "Bert")
    exclude(catalogue, [photo])
    undo(catalogue)
    not_a_face(catalogue, [photo])
    assert [each.words for each in history_of(catalogue, photo)] == [
        "Counted as without a face.",
        "Taken back. Taken in again.",
        "Left out.",
        "Shown as Bert, before as Bob.",
        "Shown as Bob, before as Ann.",
    ]
    assert len(history_of(catalogue, other)) == 2
    assert history_of(catalogue, of(catalogue, "Cy")[0]) == []
    lines = list(csv.DictReader(io.StringIO(export_ledger(catalogue))))
    shown = [
        (each["entry"], each["before"], each["after"]) for each in lines if (each["of"], each["what"]) == (photo, "shown as")
    ]
    assert shown[:2] == [("1", "Ann", "Bob"), ("2", "Bob", "Bert")]
    assert {each["undone"] for each in lines if each["entry"] == "3"} == {"yes"}


def test_the_content_hash_follows_names_photos_and_faces(catalogue: Catalogue) -> None:
    first = content_hash(catalogue)
    seen = {first}
    (photo,) = of(catalogue, "Cy")
    for action in (
        lambda: relabel(catalogue, [photo], "Bob"),
        lambda: exclude(catalogue, [photo]),
        lambda: not_a_face(catalogue, of(catalogue, "Ann")),
        lambda: rename_person(catalogue, "Ann", "Anna"),
    ):
        action()
        seen.add(content_hash(catalogue))
    assert len(seen) == 5
    for _ in range(4):
        undo(catalogue)
    assert content_hash(catalogue) == first
    not_a_face(catalogue, [photo])
    exclude(catalogue, [photo])
    excluded = content_hash(catalogue)
    automatic_face(catalogue, [photo])
    assert content_hash(catalogue) == excluded, "the face of a photo that is left out teaches nothing"


def test_an_action_that_fails_leaves_everything_as_it_was(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(catalogue)

    def full(*arguments: object, **named: object) -> object:
        raise sqlite3.OperationalError("disk")

    monkeypatch.setattr("core.datasets.ledger.append", full)
    with pytest.raises(sqlite3.OperationalError):
        relabel(catalogue, of(catalogue, "Ann"), "Bob")
    assert (everything(catalogue), count_entries(catalogue)) == (before, 0)


def test_every_action_is_offered() -> None:
    assert set(curation.__all__) >= {"relabel", "exclude", "include", "merge_people", "rename_person", "undo", "redo"}


def _photo_records(catalogue: Catalogue) -> records.SplitRecord:
    photos = (records.PhotoRecord(each.sha256, each.path, str(each.person), "train", "face") for each in catalogue.photos())
    return records.SplitRecord(tuple(photos))


def test_a_run_says_how_its_data_has_changed(catalogue: Catalogue, root: Path) -> None:
    settings = preset("dense")
    directory = new_run(replace(settings, data=replace(settings.data, source=catalogue.source)))
    assert changed_since(read_run(directory)) is None, "it has no photos yet"
    record = records.DatasetRecord(catalogue.id, catalogue.name, catalogue.source, content_hash(catalogue), ("Ann", "Bob"))
    records.write_dataset(directory / layout.DATASET, record)
    records.write_split(directory / layout.SPLIT, _photo_records(catalogue))
    run = read_run(directory)
    assert changed_since(run) is None
    not_a_face(catalogue, of(catalogue, "Cy"))
    assert changed_since(run) == "The dataset has changed since this run was trained: other faces of its photos were chosen."
    relabel(catalogue, of(catalogue, "Cy"), "Ann")
    exclude(catalogue, of(catalogue, "Bob"))
    write_picture(root / "bob" / "9.png", 99)
    scan(catalogue)
    assert changed_since(run) == (
        "The dataset has changed since this run was trained: of its photos, 1 new, 2 gone or left out, 1 under another name."
    )
    delete_dataset(catalogue.id)
    assert changed_since(run) == "The dataset of this run is not in Visage any more."


def test_a_person_may_edit_while_photos_are_read(catalogue: Catalogue, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of a scan and actions take turns; what was decided in between holds."""
    monkeypatch.setattr("core.datasets.scanning._BATCH", 2)
    photos = of(catalogue, "Ann")
    for number in range(5):
        write_picture(root / "dee" / f"{number}.png", 50 + number)
    (root / "ann" / "1.png").rename(root / "ann" / "moved.png")
    acted: list[int] = []

    def act(progress: Progress) -> None:
        if progress.stage == "Reading photos" and progress.done == 2 and not acted:
            acted.append(1)
            relabel(catalogue, photos, "Bob")
            rename_person(catalogue, "Cy", "Cyril")
            exclude(catalogue, of(catalogue, "Dee")[:1])
            undo(catalogue)

    scan(catalogue, act)
    assert acted
    assert catalogue.people() == [("Bob", 5), ("Cyril", 1), ("Dee", 5)]
    scan(catalogue)
    assert catalogue.people() == [("Bob", 5), ("Cyril", 1), ("Dee", 5)]


def test_actions_of_two_people_at_once_take_turns(catalogue: Catalogue) -> None:
    photos = [photo.sha256 for photo in catalogue.photos()]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda photo: relabel(catalogue, [photo], "Zoe"), photos))
    assert catalogue.people() == [("Zoe", 6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: undo(catalogue), photos))
    assert catalogue.people() == [("Ann", 3), ("Bob", 2), ("Cy", 1)]
    assert count_entries(catalogue) == 12
