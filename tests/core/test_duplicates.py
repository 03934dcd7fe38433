from __future__ import annotations

import io
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from core.datasets import MAX_DIFFERENCE, Fingerprints, known_among, open_dataset, scan
from core.datasets.duplicates import complete_linkage
from core.datasets.fingerprints import compare, compare_within
from core.datasets.measures import Measures, measure
from core.datasets.overlay import differences
from core.images import DecodedPhoto, decode
from core.settings import SplitSettings, limits_of
from tests.core.pictures import folder_of, picture, scanned, write_picture

DISTANCE = SplitSettings().duplicate_distance


def _measured(image: Image.Image) -> Measures:
    pixels = np.asarray(image.convert("RGB"))
    return measure(DecodedPhoto(pixels, pixels.shape[1], pixels.shape[0], "PNG"))


def _fingerprints(measured: Sequence[Measures], name: str = "") -> Fingerprints:
    hashes, miniatures = np.stack([each.hashes for each in measured]), np.stack([each.miniature for each in measured])
    return Fingerprints(tuple(f"{name}{number:04d}" for number in range(len(measured))), hashes, miniatures)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _cropped(image: Image.Image, share: float, left: float, top: float) -> Image.Image:
    """Cut off `share` of either side; `left` and `top` say how much of that on the left and at the top, 0..1."""
    width, height = image.size
    x, y = round(width * share), round(height * share)
    return image.crop((round(x * left), round(y * top), width - x + round(x * left), height - y + round(y * top)))


def plant(image: Image.Image, luck: random.Random) -> dict[str, Image.Image]:
    """Return copies of a photo as they arise when photos are passed around."""
    image = image.convert("RGB")
    copies = {f"quality {quality}": _jpeg(image, quality) for quality in (50, 70, 90)}
    for share in (0.5, 0.75, 1.5):
        copies[f"resized {share}"] = image.resize(
            (round(image.width * share), round(image.height * share)), Image.Resampling.BICUBIC
        )
    for factor in (0.85, 1.15):
        copies[f"brightness {factor}"] = ImageEnhance.Brightness(image).enhance(factor)
    for share in (0.03, 0.05):
        copies[f"cropped {share}"] = _cropped(image, share, luck.random(), luck.random())
    copies["cropped at a corner"] = _cropped(image, 0.05, luck.choice((0, 1)), luck.choice((0, 1)))
    smaller = copies["cropped 0.05"].resize((image.width * 6 // 10, image.height * 6 // 10), Image.Resampling.BICUBIC)
    copies["all together"] = _jpeg(ImageEnhance.Brightness(smaller).enhance(1.1), 70)
    return copies


def recall(photos: Sequence[Image.Image], distance: int) -> dict[str, float]:
    """Return the share of planted copies of each kind that are found."""
    luck = random.Random(0)
    originals = _fingerprints([_measured(photo) for photo in photos])
    planted: dict[str, list[Measures]] = {}
    for photo in photos:
        for kind, copy in plant(photo, luck).items():
            planted.setdefault(kind, []).append(_measured(copy))
    found = {}
    for kind, copies in planted.items():
        near = compare(_fingerprints(copies), originals)
        own = (near.left == near.right) & (near.difference <= distance)
        found[kind] = float(own.sum()) / len(photos)
    return found


@pytest.fixture(scope="module")
def orl_photos() -> list[tuple[str, Image.Image]]:
    """Return every fifth photo of the built-in faces with its person."""
    catalogue = open_dataset("orl")
    scan(catalogue)
    return [(str(photo.person), Image.open(catalogue.root / photo.path)) for photo in catalogue.photos()[::5]]


def test_the_threshold_finds_planted_copies_of_the_built_in_faces(orl_photos: list[tuple[str, Image.Image]]) -> None:
    found = recall([photo for _, photo in orl_photos], DISTANCE)
    assert DISTANCE == 10
    assert min(found.values()) >= 0.98, found


def test_the_setting_reaches_as_far_as_pairs_are_kept() -> None:
    assert limits_of(SplitSettings, "duplicate_distance").high == MAX_DIFFERENCE


def test_a_lower_threshold_would_miss_crops(orl_photos: list[tuple[str, Image.Image]]) -> None:
    found = recall([photo for _, photo in orl_photos[::2]], 4)
    assert found["quality 50"] == 1
    assert found["cropped at a corner"] < 0.8


def test_few_of_the_built_in_faces_are_grouped_and_none_across_people() -> None:
    catalogue = open_dataset("orl")
    scan(catalogue)
    sizes = Counter(catalogue.groups(DISTANCE).values())
    grouped = sum(size for size in sizes.values() if size > 1)
    assert 0.05 <= grouped / 400 <= 0.15
    assert catalogue.conflicts(20) == []


@pytest.mark.parametrize(("folder", "each"), [("pins40", 2), ("lfw34", 2)])
def test_the_threshold_on_real_photos(test_photos: Path, folder: str, each: int) -> None:
    luck = random.Random(1)
    people = sorted(path for path in (test_photos / folder).iterdir() if path.is_dir())
    chosen = [file for person in people for file in luck.sample(sorted(person.iterdir()), each)]
    photos = [Image.open(file).convert("RGB") for file in chosen]
    found = recall(photos, DISTANCE)
    assert min(found.values()) >= 0.95, found
    near = compare_within(_fingerprints([measure(decode(file.read_bytes(), file.name)) for file in chosen]))
    across = [pair for pair in zip(near.left, near.right, strict=True) if chosen[pair[0]].parent != chosen[pair[1]].parent]
    assert across == []


def test_a_photo_laid_over_itself_does_not_differ() -> None:
    miniature = _measured(picture(1)).miniature[None]
    assert differences(miniature, miniature)[0] < 0.1


def test_other_photos_and_flat_ones_differ_wholly() -> None:
    one, other = (_measured(picture(seed)).miniature[None] for seed in (1, 2))
    flat = np.full_like(one, 128)
    assert differences(one, other)[0] > 50
    assert differences(flat, flat)[0] == 100, "two black frames are not the same photo"
    assert differences(one, flat)[0] == 100


def test_brightness_and_contrast_do_not_matter_as_long_as_nothing_is_cut_off() -> None:
    soft = (_measured(picture(3)).miniature[None] // 2 + 40).astype(np.uint8)
    darker = (soft * 0.7 + 5).astype(np.uint8)
    assert differences(soft, darker)[0] < 2


def test_the_order_of_a_pair_does_not_matter() -> None:
    whole = picture(4, 200, 200)
    pair = [_measured(each).miniature[None] for each in (whole, _cropped(whole, 0.05, 1, 0))]
    assert differences(*pair)[0] == pytest.approx(differences(*reversed(pair))[0], abs=1e-4)
    assert differences(*pair)[0] < DISTANCE


def test_pairs_are_found_in_any_block() -> None:
    measured = [_measured(picture(seed)) for seed in range(40)]
    photos = _fingerprints([*measured, measured[3], measured[39]])
    near = compare_within(photos)
    assert sorted(zip(near.left.tolist(), near.right.tolist(), strict=True)) == [(3, 40), (39, 41)]


def test_complete_linkage_makes_no_chains() -> None:
    # a - b - c - d in a row: each is near its neighbours only
    assert complete_linkage("abcd", [("a", "b"), ("b", "c"), ("c", "d")]) == {"a": 0, "b": 0, "c": 1, "d": 1}
    # the nearest pair comes first: b - c, then neither a nor d may join
    assert complete_linkage("abcd", [("b", "c"), ("a", "b"), ("c", "d")]) == {"a": 0, "b": 1, "c": 1, "d": 2}
    # a triangle is one group, in whatever order its pairs come
    for pairs in itertools.permutations([("a", "b"), ("b", "c"), ("a", "c")]):
        assert complete_linkage("abcd", pairs) == {"a": 0, "b": 0, "c": 0, "d": 1}
    assert complete_linkage("ab", []) == {"a": 0, "b": 1}


def test_any_two_of_a_group_are_near() -> None:
    luck = random.Random(5)
    for _ in range(50):
        photos = [f"{number}" for number in range(12)]
        pairs = [pair for pair in itertools.combinations(photos, 2) if luck.random() < 0.4]
        luck.shuffle(pairs)
        groups = complete_linkage(photos, pairs)
        near = {frozenset(pair) for pair in pairs}
        for pair in itertools.combinations(photos, 2):
            assert groups[pair[0]] != groups[pair[1]] or frozenset(pair) in near


def _with_copy(root: Path, copy_to: str) -> Path:
    folder_of(root, {"ann": 3, "bob": 3})
    write_picture(root / copy_to, 1, quality=70)  # seed 1 is ann/1.png
    return root


@pytest.mark.usefixtures("artifacts")
def test_near_duplicates_of_a_person_are_one_group(tmp_path: Path) -> None:
    catalogue, _ = scanned(_with_copy(tmp_path / "photos", "ann/copy.jpg"))
    by_path = {photo.path: catalogue.groups(DISTANCE)[photo.sha256] for photo in catalogue.photos()}
    assert by_path == {
        "ann/1.png": 0,
        "ann/2.png": 1,
        "ann/3.png": 2,
        "ann/copy.jpg": 0,
        "bob/1.png": 3,
        "bob/2.png": 4,
        "bob/3.png": 5,
    }
    assert len(set(catalogue.groups(0).values())) == 7, "a picture that is encoded again differs by 1%"
    assert catalogue.conflicts() == []


@pytest.mark.usefixtures("artifacts")
def test_near_duplicates_across_people_are_conflicts_and_no_group(tmp_path: Path) -> None:
    catalogue, _ = scanned(_with_copy(tmp_path / "photos", "bob/copy.jpg"))
    (conflict,) = catalogue.conflicts()
    assert {(conflict.person_a, conflict.path_a), (conflict.person_b, conflict.path_b)} == {
        ("Ann", "ann/1.png"),
        ("Bob", "bob/copy.jpg"),
    }
    assert conflict.distance == 1, "0 is kept for the same bytes"
    assert len(set(catalogue.groups(DISTANCE).values())) == 7
    assert catalogue.summary().conflicts == 1


@pytest.mark.usefixtures("artifacts")
def test_only_new_photos_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "photos"
    catalogue, _ = scanned(folder_of(root, {"ann": 3, "bob": 3}))
    compared: list[int] = []

    def counting(photos: Fingerprints) -> object:
        compared.append(len(photos))
        return compare_within(photos)

    monkeypatch.setattr("core.datasets.duplicates.compare_within", counting)
    scan(catalogue)
    assert compared == []
    write_picture(root / "ann" / "copy.jpg", 1, quality=70)
    scan(catalogue)
    assert compared == [1]
    assert len(set(catalogue.groups(DISTANCE).values())) == 6


@pytest.mark.usefixtures("artifacts")
def test_a_photo_that_comes_back_is_compared_with_what_came_in_between(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    catalogue, _ = scanned(folder_of(root, {"ann": 3, "bob": 3}))
    (root / "ann" / "1.png").rename(tmp_path / "aside.png")
    write_picture(root / "ann" / "copy.jpg", 1, quality=70)
    scan(catalogue)
    (tmp_path / "aside.png").rename(root / "ann" / "1.png")
    scan(catalogue)
    groups = {photo.path: catalogue.groups(DISTANCE)[photo.sha256] for photo in catalogue.photos()}
    assert groups["ann/1.png"] == groups["ann/copy.jpg"]


@pytest.mark.usefixtures("artifacts")
def test_known_photos_are_recognised_elsewhere(tmp_path: Path) -> None:
    first, _ = scanned(folder_of(tmp_path / "first", {"ann": 3, "bob": 1}))
    write_picture(tmp_path / "second" / "ann" / "again.jpg", 1, quality=60)
    write_picture(tmp_path / "second" / "ann" / "same.png", 2)
    write_picture(tmp_path / "second" / "bob" / "new.png", 77)
    second, _ = scanned(tmp_path / "second")
    first.fingerprints().save(tmp_path / "known.npz")
    known = known_among(second.fingerprints(), Fingerprints.load(tmp_path / "known.npz"), DISTANCE)
    assert {photo.path for photo in second.photos() if photo.sha256 in known} == {"ann/again.jpg", "ann/same.png"}
    names = {photo.path: photo.sha256 for photo in first.photos()}
    only_bob = first.fingerprints().of([names["bob/1.png"], "not there"])
    assert only_bob.sha256 == (names["bob/1.png"],)
    assert known_among(second.fingerprints(), only_bob, DISTANCE) == set()
