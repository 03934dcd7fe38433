from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from core.datasets import Photo, open_dataset, scan
from core.errors import SplitError
from core.settings import SplitSettings
from core.splits import Split, draw_folds, draw_split

HALF_AND_HALF = SplitSettings(preset="80/20")
THREE_WAYS = SplitSettings(preset="80/10/10")


def photo(person: str | None, number: int) -> Photo:
    return Photo(f"{person}-{number:05d}", f"{person}/{number}.jpg", person, None, 1, 1, 0, 1, (0.0, 0.0, 0.0))


def people(**counts: int) -> list[Photo]:
    return [photo(person, number) for person, count in counts.items() for number in range(count)]


def alone(photos: Iterable[Photo]) -> dict[str, int]:
    """Return the groups of photos without near-duplicates."""
    return {each.sha256: number for number, each in enumerate(photos)}


def counts(split: Split, photos: list[Photo], person: str) -> tuple[int, int, int]:
    parts = (split.train, split.validation, split.test)
    train, validation, test = (sum(photos[row].person == person for row in part) for part in parts)
    return train, validation, test


@pytest.mark.parametrize(
    ("settings", "count", "expected"),
    [
        (HALF_AND_HALF, 1, (1, 0, 0)),
        (HALF_AND_HALF, 2, (2, 0, 0)),
        (HALF_AND_HALF, 3, (2, 0, 1)),  # two training photos: none for validation
        (HALF_AND_HALF, 4, (2, 1, 1)),
        (HALF_AND_HALF, 10, (7, 1, 2)),  # a fifth is 2, a tenth of the other 8 is 1
        (HALF_AND_HALF, 100, (72, 8, 20)),
        (HALF_AND_HALF, 530, (382, 42, 106)),
        (THREE_WAYS, 2, (2, 0, 0)),
        (THREE_WAYS, 3, (2, 0, 1)),
        (THREE_WAYS, 4, (2, 1, 1)),
        (THREE_WAYS, 10, (8, 1, 1)),
        (THREE_WAYS, 100, (80, 10, 10)),
    ],
)
def test_how_many_photos_of_a_person_go_where(settings: SplitSettings, count: int, expected: tuple[int, int, int]) -> None:
    photos = people(ann=count, bob=20)
    split = draw_split(photos, alone(photos), settings, seed=0)
    assert counts(split, photos, "ann") == expected
    assert split.without_test == (("ann",) if expected[2] == 0 else ())
    assert split.without_validation == (("ann",) if expected[1] == 0 else ())


def test_the_seed_decides_and_the_order_of_the_list_does_not() -> None:
    photos = people(ann=12, bob=9, cid=31)
    groups = alone(photos)

    def test_photos(listed: list[Photo], seed: int) -> set[str]:
        return {listed[row].sha256 for row in draw_split(listed, groups, HALF_AND_HALF, seed).test}

    mixed = random.Random(1).sample(photos, len(photos))
    assert test_photos(photos, 5) == test_photos(mixed, 5) == test_photos(photos, 5)
    assert test_photos(photos, 5) != test_photos(photos, 6)


def test_photos_added_for_one_person_move_nobody_else() -> None:
    few, more = people(ann=12, bob=9), people(ann=12, bob=40, zoe=7)
    parts = []
    for photos in (few, more):
        split = draw_split(photos, alone(photos), THREE_WAYS, seed=3)
        rows = (split.train, split.validation, split.test)
        parts.append([{photos[row].sha256 for row in part if photos[row].person == "ann"} for part in rows])
    assert parts[0] == parts[1]


def test_every_photo_is_about_as_likely_to_judge() -> None:
    photos = people(ann=10, bob=10)
    drawn = Counter(row for seed in range(400) for row in draw_split(photos, alone(photos), HALF_AND_HALF, seed).test)
    assert set(drawn) == set(range(20))
    assert all(50 <= count <= 110 for count in drawn.values()), "80 times each on average"


def random_dataset(luck: random.Random) -> tuple[list[Photo], dict[str, int]]:
    """Return people of 1 to 40 photos with near-duplicate groups of 1 to 6."""
    photos: list[Photo] = []
    groups: dict[str, int] = {}
    number = 0
    for person in range(luck.randint(2, 8)):
        left = luck.choice((1, 2, 3, 4, 5, luck.randint(6, 40)))
        while left:
            size = min(left, luck.choice((1, 1, 1, 2, 3, 6)))
            for _ in range(size):
                photos.append(photo(f"p{person}", len(photos)))
                groups[photos[-1].sha256] = number
            number += 1
            left -= size
    return luck.sample(photos, len(photos)), groups


def check(split: Split, photos: list[Photo], groups: dict[str, int]) -> None:
    """Hold what has to be true of any split."""
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    rows = np.concatenate(list(parts.values()))
    assert sorted(rows.tolist()) == list(range(len(photos))), "each photo is in exactly one part"
    assert all((np.diff(part) > 0).all() for part in parts.values())
    where = {row: name for name, part in parts.items() for row in part.tolist()}
    by_group: dict[int, set[str]] = {}
    for row, name in where.items():
        by_group.setdefault(groups[photos[row].sha256], set()).add(name)
    assert all(len(names) == 1 for names in by_group.values()), "a near-duplicate group lies in one part"
    for person in {str(each.person) for each in photos}:
        train, validation, test = counts(split, photos, person)
        assert train >= 1
        assert test <= max(1, round(0.2 * (train + validation + test) + 0.5)) or test <= train + validation
        assert (person in split.without_validation) == (validation == 0)
        assert (person in split.without_test) == (test == 0)


@pytest.mark.parametrize("settings", [HALF_AND_HALF, THREE_WAYS])
def test_any_shape_of_dataset_is_split_without_leaks(settings: SplitSettings) -> None:
    luck = random.Random(7)
    drawn = 0
    for seed in range(150):
        photos, groups = random_dataset(luck)
        try:
            split = draw_split(photos, groups, settings, seed)
        except SplitError as error:
            sizes = Counter(each.person for each in photos)
            assert max(sizes.values()) < 3 or "different photos" in error.what
            continue
        check(split, photos, groups)
        by_person = Counter(str(each.person) for each in photos)
        singles = {str(each.person) for each in photos if list(groups.values()).count(groups[each.sha256]) == 1}
        for person, count in by_person.items():
            if count < 3:
                assert person in split.without_test
            elif person in singles:
                assert person not in split.without_test
        drawn += 1
    assert drawn > 100


def test_a_person_whose_photos_are_all_alike_only_teaches() -> None:
    photos = people(ann=6, bob=6)
    groups = {each.sha256: (0 if each.person == "ann" else row) for row, each in enumerate(photos)}
    split = draw_split(photos, groups, HALF_AND_HALF, 0)
    assert counts(split, photos, "ann") == (6, 0, 0)
    assert split.without_test == split.without_validation == ("ann",)


def test_two_large_groups_are_shared_out() -> None:
    photos = people(ann=6, bob=10)
    groups = {each.sha256: (row // 3 if each.person == "ann" else row + 100) for row, each in enumerate(photos)}
    split = draw_split(photos, groups, HALF_AND_HALF, 0)
    assert counts(split, photos, "ann") == (3, 0, 3)


def test_photos_without_a_name_are_in_no_part() -> None:
    photos = [*people(ann=5, bob=5), photo(None, 1)]
    split = draw_split(photos, alone(photos), HALF_AND_HALF, 0)
    assert 10 not in {*split.train, *split.validation, *split.test}


def test_too_few_people_or_photos_are_refused_with_a_remedy() -> None:
    for photos, what in (([], "photos of nobody"), (people(ann=50), "only one person, ann")):
        with pytest.raises(SplitError, match=what) as caught:
            draw_split(photos, alone(photos), HALF_AND_HALF, 0)
        assert "Add a folder" in caught.value.remedy
        with pytest.raises(SplitError, match=what):
            draw_folds(photos, alone(photos), 5, 0)
    photos = people(ann=2, bob=2)
    with pytest.raises(SplitError, match="Nobody has 3 different photos"):
        draw_split(photos, alone(photos), HALF_AND_HALF, 0)


def test_a_split_with_a_photo_in_two_parts_cannot_be_made() -> None:
    rows = np.array([0, 1], np.int64)
    with pytest.raises(ValueError, match="two parts"):
        Split(rows, np.array([2], np.int64), rows[1:])
    with pytest.raises(ValueError, match="int64"):
        Split(rows.astype(np.int32), rows[:0], rows[:0])


def test_folds_judge_each_photo_once() -> None:
    photos = people(ann=10, bob=13)
    splits = draw_folds(photos, alone(photos), 5, seed=1)
    judged = sorted(row for split in splits for row in split.test.tolist())
    assert judged == list(range(23))
    sizes = [counts(split, photos, "ann")[2] for split in splits]
    assert sizes == [2] * 5
    assert sorted(len(split.test) for split in splits) == [4, 4, 5, 5, 5]
    assert [counts(split, photos, "ann") for split in splits] == [(7, 1, 2)] * 5
    again = draw_folds(photos, alone(photos), 5, seed=1)
    assert all((one.test == other.test).all() for one, other in zip(splits, again, strict=True))


def test_folds_of_any_shape_do_not_leak() -> None:
    luck = random.Random(11)
    for seed in range(60):
        photos, groups = random_dataset(luck)
        k = luck.randint(2, 6)
        try:
            splits = draw_folds(photos, groups, k, seed)
        except SplitError:
            continue
        assert len(splits) == k
        for split in splits:
            check_fold(split, photos, groups)
        judged = Counter(row for split in splits for row in split.test.tolist())
        own_groups = {str(each.person): set[int]() for each in photos}
        for each in photos:
            own_groups[str(each.person)].add(groups[each.sha256])
        for row, each in enumerate(photos):
            assert judged[row] == (1 if len(own_groups[str(each.person)]) > 1 else 0)


def check_fold(split: Split, photos: list[Photo], groups: dict[str, int]) -> None:
    parts = (split.train, split.validation, split.test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(photos)))
    of_part = [{groups[photos[row].sha256] for row in part.tolist()} for part in parts]
    assert not of_part[0] & of_part[1] and not of_part[0] & of_part[2] and not of_part[1] & of_part[2]
    assert {photos[row].person for row in split.train.tolist()} == {each.person for each in photos}


def test_folds_need_a_sensible_number() -> None:
    photos = people(ann=5, bob=5)
    with pytest.raises(SplitError, match="at least 2 folds"):
        draw_folds(photos, alone(photos), 1, 0)
    photos = people(ann=1, bob=1)
    with pytest.raises(SplitError, match="two different photos"):
        draw_folds(photos, alone(photos), 2, 0)


def test_the_built_in_faces_give_every_person_all_three_parts() -> None:
    catalogue = open_dataset("orl")
    scan(catalogue)
    photos, settings = catalogue.photos(), SplitSettings()
    groups = catalogue.groups(settings.duplicate_distance)
    for seed in range(5):
        split = draw_split(photos, groups, settings, seed)
        assert (len(split.train), len(split.validation), len(split.test)) == (280, 40, 80)
        assert split.without_validation == split.without_test == ()


FOLDERS = SplitSettings(preset="folders")


def of_parts(person: str, *parts: str | None) -> list[Photo]:
    return [replace(photo(person, number), part=part) for number, part in enumerate(parts)]


def test_folders_decide_where_that_is_asked_for() -> None:
    photos = of_parts("ann", "train", "test", "val", None, "test") + of_parts("bob", "train", "train", "val", "test")
    split = draw_split(photos, alone(photos), FOLDERS, seed=0)
    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == ([0, 3, 5, 6], [2, 7], [1, 4, 8])


def test_a_twin_of_a_training_photo_teaches_whatever_its_folder_says() -> None:
    photos = of_parts("ann", "train", "test", "test", "val") + of_parts("bob", "train", "test")
    groups = alone(photos) | {photos[1].sha256: 0}  # the first two look alike
    split = draw_split(photos, groups, FOLDERS, seed=0)
    assert (split.train.tolist(), split.test.tolist()) == ([0, 1, 4], [2, 5])


def test_without_a_validation_folder_a_tenth_is_drawn() -> None:
    photos = of_parts("ann", *["train"] * 20, "test") + of_parts("bob", "train", "test")
    split = draw_split(photos, alone(photos), FOLDERS, seed=0)
    assert counts(split, photos, "ann") == (18, 2, 1)
    assert split.without_validation == ("bob",)


def test_a_person_without_a_training_photo_teaches_with_the_others() -> None:
    photos = of_parts("ann", "test", "test") + of_parts("bob", "train", "test", "val") + of_parts("cai", "val", "test")
    split = draw_split(photos, alone(photos), FOLDERS, seed=0)
    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == ([0, 1, 2, 5], [4], [3, 6])


def test_folders_without_a_test_are_told() -> None:
    photos = people(ann=5, bob=5)
    with pytest.raises(SplitError, match="keep no photo for the test"):
        draw_split(photos, alone(photos), FOLDERS, seed=0)
