"""The random changes: what each does, that a seed repeats them, and that nothing leaves 0..255."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.augmentation import augmentation_layers, preview
from core.settings import AugmentationSettings

NOTHING = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)


def only(**strength: float | bool) -> AugmentationSettings:
    return dataclasses.replace(NOTHING, **strength)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return np.random.default_rng(3).integers(60, 190, (8, 20, 20, 3), dtype=np.uint8)


def test_zero_strength_changes_nothing(faces: np.ndarray) -> None:
    assert len(augmentation_layers(NOTHING, 1).layers) == 1
    np.testing.assert_array_equal(preview(faces, NOTHING, 1, 2), np.stack([faces, faces], axis=1))


def test_outside_training_nothing_changes(faces: np.ndarray) -> None:
    layers = augmentation_layers(AugmentationSettings(), 1)
    assert len(layers.layers) == 7
    np.testing.assert_allclose(layers(faces.astype(np.float32), training=False), faces)


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


def test_a_gray_face_keeps_its_one_channel() -> None:
    gray = np.full((2, 20, 20, 1), 77, np.float32)
    layers = augmentation_layers(only(saturation=0.5, brightness=0.1), 1, colour=False)
    assert [each.name for each in layers.layers] == ["brightness", "range"]
    assert layers(gray, training=True).shape == (2, 20, 20, 1)


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
    answers = np.asarray(augmentation_layers(strongest, 2)(extremes.astype(np.float32), training=True))
    assert answers.min() >= 0
    assert answers.max() <= 255
    assert answers.dtype == np.float32


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
    ramp = np.tile(np.arange(50, 250, 2, dtype=np.uint8)[None, :, None], (101, 1, 3))[None]  # 2 levels a column
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


@pytest.mark.parametrize("change", ["shear", "blur", "noise", "jpeg"])
def test_own_changes_repeat_with_the_seed_and_rest_outside_training(change: str, faces: np.ndarray) -> None:
    settings = only(**{change: 0.04})
    np.testing.assert_array_equal(preview(faces, settings, 5, 3), preview(faces, settings, 5, 3))
    assert (preview(faces, settings, 5, 3) != preview(faces, settings, 6, 3)).any()
    layers = augmentation_layers(settings, 5)
    np.testing.assert_array_equal(layers(faces.astype(np.float32), training=False), faces)


def test_gray_faces_can_be_changed_in_every_way_but_colour() -> None:
    gray = np.random.default_rng(1).uniform(0, 255, (2, 24, 24, 1)).astype(np.float32)
    everything = only(shear=0.1, hue=40, blur=0.02, noise=0.05, jpeg=0.5, saturation=0.2)
    layers = augmentation_layers(everything, 1, colour=False)
    assert [each.name for each in layers.layers] == ["shear", "blur", "noise", "jpeg", "range"]
    assert np.asarray(layers(gray, training=True)).shape == (2, 24, 24, 1)
