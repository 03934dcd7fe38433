"""The random changes: what each does, that a seed repeats them, and that nothing leaves 0..255."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from core.augmentation import change_faces, preview
from core.augmentation.draws import Draws
from core.augmentation.placing import place, placements
from core.settings import AUGMENTATIONS, AugmentationSettings

NOTHING = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)


def only(**strength: float | bool) -> AugmentationSettings:
    return dataclasses.replace(NOTHING, **strength)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return np.random.default_rng(3).integers(60, 190, (8, 20, 20, 3), dtype=np.uint8)


def test_zero_strength_changes_nothing(faces: np.ndarray) -> None:
    assert change_faces(faces, NOTHING, 1) is faces
    assert change_faces(faces, NOTHING, 1, gray=True) is faces
    np.testing.assert_array_equal(preview(faces, NOTHING, 1, 2), np.stack([faces, faces], axis=1))
    with pytest.raises(ValueError, match="square"):
        change_faces(faces[:, :10], AugmentationSettings(), 1)
    nobody = faces[:0]
    assert change_faces(nobody, AugmentationSettings(), 1).shape == nobody.shape


class Fixed(Draws):
    """Draws what it is told, the same for every face."""

    def __init__(self, **values: Any) -> None:
        super().__init__(0, 0, 1)
        object.__setattr__(self, "values", values)

    def between(self, change: str, low: float, high: float, rows: int = 1) -> np.ndarray:
        return np.broadcast_to(np.reshape(self.values.get(change, (low + high) / 2), (-1, 1)), (rows, 1)).astype(float)

    def signs(self, change: str, strength: float) -> np.ndarray:
        return np.array([self.values.get(change, 1.0)])


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ({}, [[1, 0, 0], [0, 1, 0]]),
        ({"flip": -1}, [[-1, 0, 4], [0, 1, 0]]),  # the first of five columns comes from the last
        ({"upside_down": -1}, [[1, 0, 0], [0, -1, 4]]),
        ({"shift": (0.2, -0.4)}, [[1, 0, -1], [0, 1, 2]]),  # one to the right, two up: each pixel from the left and below
        ({"zoom": 2}, [[2, 0, -2], [0, 2, -2]]),  # twice as much of the picture is seen, about the pixel (2, 2)
        ({"rotation": 90}, [[0, -1, 4], [1, 0, 0]]),
        ({"shear": 0.5}, [[1, 0.5, -1], [0, 1, 0]]),  # half a column a row, nothing in the middle row
    ],
)
def test_where_each_pixel_comes_from_by_hand(drawn: dict[str, Any], expected: list[list[float]]) -> None:
    np.testing.assert_allclose(placements(AUGMENTATIONS["strong"], 5, Fixed(**drawn))[0], expected, atol=1e-12)


def test_moves_are_made_one_after_the_other_about_the_middle() -> None:
    """A point is followed through the moves of a face; the map has to lead from where it ends back to where it was."""
    side, middle, angle, zoom, slant, shift = 101, 50, 0.3, 1.2, 0.15, np.array([7.07, -3.03])
    drawn = Fixed(flip=-1, rotation=np.degrees(angle), zoom=zoom, shear=slant, shift=shift / side)
    (back,) = placements(AUGMENTATIONS["strong"], side, drawn)
    for start in ([50, 50], [10, 80], [33.5, 0]):
        point = np.array(start) - middle
        point = point * [-1, 1]
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        point = turn @ point
        point = point / zoom
        point = point + shift
        point = point - [slant * point[1], 0]
        np.testing.assert_allclose(back @ [*(point + middle), 1], start, atol=1e-9)


def test_one_move_leaves_the_random_numbers_of_the_others() -> None:
    draws, strong = Draws(5, 2, 40), AUGMENTATIONS["strong"]
    full = placements(strong, 100, draws)
    unslanted = placements(dataclasses.replace(strong, shear=0), 100, draws)
    slants = draws.between("shear", -strong.shear, strong.shear)[0]
    assert np.ptp(slants) > strong.shear
    np.testing.assert_allclose(full[:, :, 0], unslanted[:, :, 0])
    np.testing.assert_allclose(full[:, :, 1], unslanted[:, :, 1] + slants[:, None] * unslanted[:, :, 0])
    middle = np.array([49.5, 49.5, 1])
    np.testing.assert_allclose(full @ middle, unslanted @ middle)


def test_faces_are_interpolated_once_and_bilinearly() -> None:
    """Beside four neighbours weighed by hand."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 9, 9, 3))
    faces = np.kron(coarse, np.ones((1, 4, 4, 1))).astype(np.uint8)  # (6, 36, 36, 3)
    strong, draws = AUGMENTATIONS["strong"], Draws(3, 0, 6)
    placed = place(faces, strong, draws).astype(float)
    by_hand = np.stack([bilinear(face, where) for face, where in zip(faces, placements(strong, 36, draws), strict=True)])
    assert np.abs(placed - by_hand).max() < 0.51
    assert np.abs(placed - faces).mean() > 10


def bilinear(face: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return what lies where a map leads, float64 (S, S, 3); the edge goes on outwards."""
    side = len(face)
    down, across = np.mgrid[:side, :side]
    x, y = np.clip(np.tensordot(where, np.stack([across, down, np.ones_like(down)]), axes=1), 0, side - 1)
    left, top = np.minimum(x.astype(int), side - 2), np.minimum(y.astype(int), side - 2)
    right, low = (x - left)[..., None], (y - top)[..., None]
    upper = face[top, left] * (1 - right) + face[top, left + 1] * right
    lower = face[top + 1, left] * (1 - right) + face[top + 1, left + 1] * right
    return upper * (1 - low) + lower * low


def test_random_numbers_belong_to_a_seed_a_batch_and_a_change() -> None:
    draws = Draws(1, 4, 1000)
    numbers = draws.between("zoom", 0.8, 1.2)[0]
    assert 0.8 <= numbers.min() < 0.81
    assert 1.19 < numbers.max() < 1.2
    np.testing.assert_array_equal(draws.between("zoom", 0.8, 1.2)[0], numbers)
    others = [Draws(2, 4, 1000).between("zoom", 0.8, 1.2), Draws(1, 5, 1000).between("zoom", 0.8, 1.2)]
    for other in [*others, draws.between("shear", 0.8, 1.2)]:
        assert abs(np.corrcoef(other[0], numbers)[0, 1]) < 0.1
    np.testing.assert_array_equal(draws.between("zoom", 1, 1), np.ones((1, 1000)))
    assert draws.between("shift", -1, 1, rows=2).shape == (2, 1000)
    assert 450 < (draws.signs("flip", 1) == -1).sum() < 550
    assert (draws.signs("flip", 0) == 1).all()


def test_flip_mirrors_some_faces_left_to_right_and_leaves_the_others(faces: np.ndarray) -> None:
    variants = preview(faces, only(flip=True), 5, 8).reshape(64, 20, 20, 3)
    originals = np.repeat(faces, 8, axis=0)
    same = (variants == originals).all(axis=(1, 2, 3))
    mirrored = (variants == originals[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 16 < mirrored.sum() < 48


def test_brightness_adds_one_number_up_to_its_share_of_the_range(faces: np.ndarray) -> None:
    change = preview(faces, only(brightness=0.2), 5, 8).astype(int) - faces[:, None]
    assert (np.ptp(change, axis=(2, 3, 4)) == 0).all()
    assert change.min() < -25
    assert change.max() > 25
    assert np.abs(change).max() <= 51


def test_brightness_and_contrast_by_hand(faces: np.ndarray) -> None:
    settings, draws = only(brightness=0.3, contrast=0.5), Draws(5, 0, 8)
    brightness = 255 * draws.between("brightness", -0.3, 0.3).reshape(8, 1, 1, 1)
    contrast = draws.between("contrast", 0.5, 1.5).reshape(8, 1, 1, 1)
    means = faces.mean(axis=(1, 2), keepdims=True)
    by_hand = np.clip(np.rint(contrast * (faces - means) + means + brightness), 0, 255)
    np.testing.assert_array_equal(change_faces(faces, settings, 5), by_hand)
    assert {0, 255} <= set(by_hand.ravel())


def test_contrast_is_raised_and_lowered_about_the_mean(faces: np.ndarray) -> None:
    variants = preview(faces, only(contrast=0.3), 5, 8).astype(float)
    ratio = variants.std(axis=(2, 3)) / faces.astype(float).std(axis=(1, 2))[:, None]
    assert ratio.min() < 0.85
    assert ratio.max() > 1.15
    assert (ratio > 0.69).all()
    assert (ratio < 1.31).all()
    np.testing.assert_allclose(variants.mean(axis=(2, 3)), np.repeat(faces.mean(axis=(1, 2))[:, None], 8, 1), atol=0.6)


def test_saturation_is_multiplied_about_one_and_leaves_brightness_and_hue(faces: np.ndarray) -> None:
    variants = preview(faces, only(saturation=0.3), 5, 8).astype(float)
    before = np.repeat(faces[:, None].astype(float), 8, axis=1)
    highest, spread = before.max(axis=-1), np.ptp(before, axis=-1)
    np.testing.assert_allclose(variants.max(axis=-1), highest, atol=0.51)
    ratio = np.ptp(variants, axis=-1) / np.maximum(spread, 1)
    ratios = np.array([each[seen > 60].mean() for each, seen in zip(ratio.reshape(64, -1), spread.reshape(64, -1))])  # noqa: B905
    assert ratios.min() < 0.85
    assert ratios.max() > 1.15
    assert 0.69 < ratios.min() < ratios.max() < 1.31
    by_hand = highest[..., None] + ratios.reshape(8, 8, 1, 1, 1) * (before - highest[..., None])
    np.testing.assert_allclose(variants, by_hand, atol=1.5)


def test_saturation_ends_at_full_colour() -> None:
    orange = np.full((1, 4, 4, 3), (200, 110, 20), np.uint8)  # saturation 0.9; green lies in the middle
    variants = preview(orange, only(saturation=0.8), 5, 32)[0, :, 0, 0]
    full = variants[variants[:, 2] == 0]
    assert len(full) > 3
    np.testing.assert_array_equal(full, np.tile(np.array([200, 100, 0], np.uint8), (len(full), 1)))


def test_erasing_wipes_one_rectangle_from_its_share_of_the_faces() -> None:
    faces = np.full((16, 100, 100, 3), 60, np.uint8)
    variants = preview(faces, only(erasing=0.4), 5, 16).reshape(256, 100, 100, 3)
    erased = (variants != 60).any(axis=-1)
    touched = erased.any(axis=(1, 2))
    assert 0.3 < touched.mean() < 0.5
    heights, widths = erased.any(axis=2).sum(axis=1)[touched], erased.any(axis=1).sum(axis=1)[touched]
    np.testing.assert_array_equal(erased[touched].sum(axis=(1, 2)), heights * widths)  # a rectangle, all of it
    assert set(np.unique(variants)) == {60, 128}
    for sides in (heights, widths):  # the roots of 0.02 and 0.33
        assert 13 <= sides.min() < 25
        assert 45 < sides.max() <= 58
    assert (heights != widths).any()


def test_shift_moves_by_up_to_its_share_of_the_side() -> None:
    ramp = np.tile(np.arange(50, 250, 2, dtype=np.uint8)[None, :, None], (100, 1, 3))[None]  # 2 levels a column
    moved = preview(ramp, only(shift=0.1), 5, 16)[0, :, 50, 50, 0].astype(float) - float(ramp[0, 50, 50, 0])
    assert np.abs(moved).max() <= 20.5  # 10 columns
    assert moved.min() < -4
    assert moved.max() > 4


def test_zoom_enlarges_and_shrinks_and_keeps_the_proportions() -> None:
    size, middle = 101, 50
    row, column = np.mgrid[:size, :size]
    disc = np.where((row - middle) ** 2 + (column - middle) ** 2 < 20**2, 255, 0).astype(np.uint8)
    variants = preview(np.repeat(disc[None, :, :, None], 3, axis=3), only(zoom=0.2), 5, 16)[0, ..., 0] > 127
    widths, heights = variants.any(axis=1).sum(axis=1), variants.any(axis=2).sum(axis=1)
    assert np.abs(widths - heights).max() <= 1
    assert widths.min() < 37
    assert widths.max() > 42
    assert widths.min() >= 39 / 1.2 - 1.5
    assert widths.max() <= 39 / 0.8 + 1.5


def test_rotation_turns_about_the_middle_by_up_to_its_angle() -> None:
    size, middle = 101, 50
    dot = np.zeros((1, size, size, 3), np.uint8)
    dot[:, middle - 2 : middle + 3, middle + 38 : middle + 43] = 255  # 40 px to the right of the middle
    variants = preview(dot, only(rotation=20), 5, 16)[0, ..., 0].astype(float)
    row, column = np.mgrid[:size, :size]
    angle = np.degrees(
        np.arctan2((variants * (row - middle)).sum(axis=(1, 2)), (variants * (column - middle)).sum(axis=(1, 2)))
    )
    assert np.abs(angle).max() < 20.5
    assert angle.min() < -5
    assert angle.max() > 5


def test_the_edge_goes_on_where_the_face_moved_away() -> None:
    gray = np.full((4, 20, 20, 3), 77, np.uint8)
    settings = only(rotation=30, zoom=0.3, shift=0.3)
    np.testing.assert_array_equal(preview(gray, settings, 5, 4), np.full((4, 4, 20, 20, 3), 77))


def test_values_stay_in_their_range() -> None:
    extremes = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (4, 16, 16, 3))
    strongest = AugmentationSettings(rotation=45, zoom=0.5, shift=0.3, brightness=0.5, contrast=0.8, saturation=0.8, erasing=1)
    bright = preview(extremes, dataclasses.replace(strongest, hue=180, blur=0.05, noise=0.3), 2, 4)
    assert {0, 255} <= set(bright.ravel().tolist())
    plain = np.full((4, 16, 16, 3), 250, np.uint8)
    assert preview(plain, only(brightness=0.5), 2, 4).min() >= 122  # nothing went past 255 and began at 0 again


def test_the_seed_decides_and_more_pictures_leave_the_first_ones(faces: np.ndarray) -> None:
    settings = AugmentationSettings()
    few, many, other = preview(faces, settings, 1, 2), preview(faces, settings, 1, 3), preview(faces, settings, 2, 2)
    np.testing.assert_array_equal(few, many[:, :2])
    assert (few != other).any()
    assert (few[:, 0] != few[:, 1]).any()


def test_moving_one_slider_leaves_the_other_changes(faces: np.ndarray) -> None:
    plain = preview(faces, only(flip=True), 1, 4).astype(int)
    brighter = preview(faces, only(flip=True, brightness=0.1), 1, 4).astype(int)
    assert (np.ptp(brighter - plain, axis=(2, 3, 4)) == 0).all()


def test_shear_slants_about_the_middle_by_up_to_its_share() -> None:
    ramp = np.tile(np.arange(50, 252, 2, dtype=np.uint8)[None, :, None], (101, 1, 3))[None]  # 2 levels a column
    moved = preview(ramp, only(shear=0.2), 5, 16)[0, :, :, 50, 0].astype(float) - float(ramp[0, 50, 50, 0])
    np.testing.assert_allclose(moved[:, 50], 0, atol=0.51)  # the middle row stays
    np.testing.assert_allclose(moved[:, 0], -moved[:, 100], atol=1.01)  # top and bottom go opposite ways
    assert np.abs(moved[:, 0]).max() <= 20.5  # 0.2 of 100 rows over half the height: 10 columns
    assert moved[:, 0].min() < -8
    assert moved[:, 0].max() > 8


def test_upside_down_turns_half_of_the_faces_over(faces: np.ndarray) -> None:
    variants = preview(faces, only(upside_down=True), 5, 8).reshape(64, 20, 20, 3)
    over = (variants == np.repeat(faces, 8, axis=0)[:, ::-1]).all(axis=(1, 2, 3))
    assert 16 < over.sum() < 48


def test_hue_turns_colours_by_up_to_its_angle_and_keeps_gray() -> None:
    red = np.full((1, 4, 4, 3), (200, 0, 0), np.uint8)
    variants = preview(red, only(hue=60), 5, 32)[0, :, 0, 0].astype(int)
    assert set(variants.max(axis=1)) == {200}  # neither brightness nor saturation changes
    assert set(variants.min(axis=1)) == {0}
    green, blue = variants[:, 1], variants[:, 2]  # 60 degrees lead to yellow (200, 200, 0) or to magenta (200, 0, 200)
    assert 100 < green.max() <= 200
    assert 100 < blue.max() <= 200
    gray = np.full((1, 4, 4, 3), 90, np.uint8)
    np.testing.assert_array_equal(preview(gray, only(hue=60), 5, 4)[0], np.repeat(gray, 4, axis=0))


def test_blur_softens_an_edge_by_up_to_a_gaussian_of_its_width() -> None:
    edge = np.zeros((1, 100, 100, 3), np.uint8)
    edge[:, :, 50:] = 200
    variants = preview(edge, only(blur=0.03), 5, 16)[0, :, 50, :, 0].astype(float)
    at_edge = variants[:, 50]
    assert at_edge.max() > 180  # some are hardly blurred
    assert at_edge.min() < 130  # some wholly: half of 200, and a little as the pixel lies half beyond the edge
    assert (at_edge >= 200 * 0.55).all()  # Phi(0.5 / 3) = 0.566
    np.testing.assert_array_equal(variants[:, 20], 0)
    np.testing.assert_array_equal(variants[:, 80], 200)
    flat = np.full((1, 30, 30, 3), 77, np.uint8)
    np.testing.assert_array_equal(preview(flat, only(blur=0.05), 5, 4)[0], np.repeat(flat, 4, axis=0))


def test_noise_is_normal_with_up_to_its_deviation_and_the_mean_stays() -> None:
    flat = np.full((1, 60, 60, 3), 120, np.uint8)
    deviations = preview(flat, only(noise=0.1), 5, 32)[0].astype(float).std(axis=(1, 2, 3))
    assert deviations.max() <= 25.5 * 1.05
    assert deviations.max() > 20
    assert deviations.min() < 5
    assert abs(preview(flat, only(noise=0.1), 5, 32)[0].astype(float).mean() - 120) < 1


def test_jpeg_loses_detail_and_differs_from_face_to_face(faces: np.ndarray) -> None:
    faces = faces[..., :1].repeat(3, axis=-1)  # gray: a JPEG keeps few colours at any quality
    variants = preview(faces, only(jpeg=0.9), 5, 8).astype(float)
    lost = np.abs(variants - faces[:, None]).mean(axis=(2, 3, 4))
    assert lost.min() < 5
    assert lost.max() > 20  # a quality of 10 leaves little of noise
    assert len(np.unique(lost.round(3))) > 32
    slight = np.abs(preview(faces, only(jpeg=0.05), 5, 8).astype(float) - faces[:, None]).mean()
    assert slight < lost.mean() / 2


STRONGEST = dataclasses.replace(AUGMENTATIONS["strong"], upside_down=True, blur=0.05, erasing=1.0)


def test_changes_repeat_in_any_thread_and_leave_their_faces_as_they_are(faces: np.ndarray) -> None:
    before = faces.copy()
    expected = [change_faces(faces, STRONGEST, 5, number) for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda number: change_faces(faces, STRONGEST, 5, number), range(8)))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(faces, before)
    assert all((one != other).any() for one, other in zip(expected[1:], expected, strict=False))


@pytest.mark.parametrize("change", [each.name for each in dataclasses.fields(AugmentationSettings)])
def test_every_change_changes_something(change: str, faces: np.ndarray) -> None:
    settings = only(**{change: getattr(STRONGEST, change)})
    changed = change_faces(faces, settings, 5)
    assert changed.dtype == np.uint8
    assert changed.shape == faces.shape
    assert (changed != faces).any()


def test_faces_may_lie_in_memory_in_any_order(faces: np.ndarray) -> None:
    mirrored = faces[:, :, ::-1]
    np.testing.assert_array_equal(
        change_faces(mirrored, STRONGEST, 5), change_faces(np.ascontiguousarray(mirrored), STRONGEST, 5)
    )


def test_without_colours_all_else_is_changed_alike() -> None:
    coloured = np.random.default_rng(1).integers(0, 256, (4, 24, 24, 3), dtype=np.uint8)
    changed = change_faces(coloured, STRONGEST, 1, gray=True)
    assert changed.shape == coloured.shape
    np.testing.assert_array_equal(changed, changed[..., :1].repeat(3, axis=-1))
    colourless = dataclasses.replace(STRONGEST, saturation=0, hue=0)
    np.testing.assert_array_equal(change_faces(coloured, colourless, 1, gray=True), changed)
    assert change_faces(coloured, only(hue=40, saturation=0.5), 1, gray=True).std(axis=-1).max() == 0


def test_changes_of_a_gray_face_are_the_gray_of_the_changed_face() -> None:
    luma = np.array([0.299, 0.587, 0.114])
    coarse = np.random.default_rng(2).integers(60, 190, (8, 5, 5, 3))
    faces = np.kron(coarse, np.ones((1, 6, 6, 1))).astype(np.uint8)
    settings = AugmentationSettings(brightness=0.02, contrast=0.02)  # little enough to clip nothing of importance
    gray = change_faces(faces, settings, 3, gray=True)[..., 0]
    np.testing.assert_allclose(gray, change_faces(faces, settings, 3) @ luma, atol=2.5)
