"""Each face and view is embedded once, whatever happens in between."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core.embeddings import embed_faces, normalised
from core.embeddings.store import forget
from core.embeddings.views import ViewMaker, view_key
from core.errors import StorageError
from core.progress import Progress
from core.settings import AugmentationSettings

SIZE, COUNT = 16, 70
PHOTOS = [f"{number:064x}" for number in range(COUNT)]
ROWS = {photo: row for row, photo in enumerate(PHOTOS)}
PIXELS = np.random.default_rng(1).integers(0, 256, (COUNT, SIZE, SIZE, 3), dtype=np.uint8)
CHANGES = AugmentationSettings(brightness=0.3, rotation=10)


@dataclass
class Counting:
    """A backbone that tells how often it was asked about each picture: the mean colour of two halves."""

    name: str = "sface"
    key: str = "counting-v1"
    dimension: int = 6
    seen: list[bytes] = field(default_factory=list)

    def embed(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.seen += [face.tobytes() for face in faces]
        return answer(faces)


def answer(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    halves = [faces[:, :, : SIZE // 2], faces[:, :, SIZE // 2 :]]
    return normalised(np.concatenate([half.mean(axis=(1, 2)) for half in halves], axis=1).astype(np.float32))


@pytest.fixture
def backbone() -> Counting:
    return Counting()


def embed(folder: Path, backbone: Any, wanted: Sequence[str] = PHOTOS, views: Sequence[int] = (0, 1), **more: Any) -> Any:
    options = {"augmentation": CHANGES, "seed": 3, **more}
    return embed_faces(folder, "crops", backbone, PIXELS, ROWS, wanted, views, **options)


def test_vectors_are_those_of_the_face_and_its_mirror_image(tmp_path: Path, backbone: Counting) -> None:
    vectors = embed(tmp_path, backbone)
    assert vectors.shape == (COUNT, 2, 6) and vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[:, 0], answer(PIXELS))
    np.testing.assert_array_equal(vectors[:, 1], answer(PIXELS[:, :, ::-1]))


def test_each_face_and_view_is_embedded_once(tmp_path: Path, backbone: Counting) -> None:
    first = embed(tmp_path, backbone, PHOTOS[:40], (0,))
    assert len(backbone.seen) == 40
    both = embed(tmp_path, backbone, PHOTOS)
    assert len(backbone.seen) == len(set(backbone.seen)) == 2 * COUNT
    np.testing.assert_array_equal(both[:40, 0], first[:, 0])
    np.testing.assert_array_equal(embed(tmp_path, backbone, PHOTOS), both)
    assert len(backbone.seen) == 2 * COUNT


def test_wanted_faces_come_in_their_order_and_repeated(tmp_path: Path, backbone: Counting) -> None:
    order = [5, 3, 5, 60, 0, 3]
    vectors = embed(tmp_path, backbone, [PHOTOS[each] for each in order], (1, 0))
    np.testing.assert_array_equal(vectors[:, 1], answer(PIXELS)[order])
    np.testing.assert_array_equal(vectors[:, 0], answer(PIXELS[:, :, ::-1])[order])
    assert len(backbone.seen) == 8
    assert embed(tmp_path, backbone, [], (0, 1)).shape == (0, 2, 6)


def test_a_stopped_run_keeps_what_is_finished(tmp_path: Path, backbone: Counting) -> None:
    asked = iter([False, False, True])
    told: list[Progress] = []
    assert embed(tmp_path, backbone, report=told.append, should_stop=lambda: next(asked)) is None
    assert [(each.stage, each.done, each.total) for each in told] == [("Embedding faces", done, 140) for done in (32, 64)]
    assert len(backbone.seen) == 64
    vectors = embed(tmp_path, backbone)
    assert len(backbone.seen) == 140
    np.testing.assert_array_equal(vectors[:, 0], answer(PIXELS))


def test_a_failing_backbone_loses_nothing_of_before(tmp_path: Path, backbone: Counting) -> None:
    class Failing(Counting):
        def embed(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            if len(self.seen) >= 32:
                raise MemoryError
            return super().embed(faces)

    with pytest.raises(MemoryError):
        embed(tmp_path, Failing(), views=(0,))
    embed(tmp_path, backbone, views=(0,))
    assert len(backbone.seen) == COUNT - 32


def test_datasets_crops_and_backbones_do_not_mix(tmp_path: Path, backbone: Counting) -> None:
    embed(tmp_path / "one", backbone, views=(0,))
    embed(tmp_path / "two", backbone, views=(0,))
    other = replace(backbone, key="other-v1", seen=[])
    embed(tmp_path / "one", other, views=(0,))
    embed_faces(tmp_path / "one", "other crops", other, PIXELS, ROWS, PHOTOS, (0,), CHANGES, 3)
    assert (len(backbone.seen), len(other.seen)) == (2 * COUNT, 2 * COUNT)


@pytest.mark.parametrize("damage", ["shorten", "change", "empty"])
def test_a_damaged_file_is_worked_out_again(tmp_path: Path, backbone: Counting, damage: str) -> None:
    expected = embed(tmp_path, backbone)
    file = next((tmp_path / "embeddings" / "crops" / backbone.key / "mirror").glob("*.npz"))
    raw = bytearray(file.read_bytes())
    raw[-400] ^= 1
    file.write_bytes({"shorten": raw[:-10], "change": raw, "empty": b""}[damage])
    backbone.seen.clear()
    np.testing.assert_array_equal(embed(tmp_path, backbone), expected)
    assert len(backbone.seen) == COUNT
    backbone.seen.clear()
    embed(tmp_path, backbone)
    assert not backbone.seen


def test_random_views_have_a_key_of_their_own(tmp_path: Path, backbone: Counting) -> None:
    views = (0, 1, 2, 3)
    first = embed(tmp_path, backbone, PHOTOS[:4], views)
    assert len(backbone.seen) == 16
    embed(tmp_path, backbone, PHOTOS[:4], views, seed=4)
    assert len(backbone.seen) == 24, "the face and its mirror image know no seed"
    embed(tmp_path, backbone, PHOTOS[:4], views, augmentation=replace(CHANGES, brightness=0.2))
    assert len(backbone.seen) == 32
    assert len(set(backbone.seen)) == 32
    np.testing.assert_array_equal(embed(tmp_path, backbone, PHOTOS[:4], views), first)
    assert len(backbone.seen) == 32


def test_a_random_view_depends_on_nothing_but_seed_photo_and_number() -> None:
    one, two = ViewMaker(CHANGES, 3), ViewMaker(CHANGES, 3)
    made = [one.make(PIXELS[0], PHOTOS[0], view) for view in (2, 3)]
    two.make(PIXELS[9], PHOTOS[9], 2)
    np.testing.assert_array_equal(two.make(PIXELS[0], PHOTOS[0], 3), made[1])
    np.testing.assert_array_equal(two.make(PIXELS[0], PHOTOS[0], 2), made[0])
    others = [ViewMaker(CHANGES, 4).make(PIXELS[0], PHOTOS[0], 2), one.make(PIXELS[0], PHOTOS[1], 2), made[1], PIXELS[0]]
    assert not any(np.array_equal(made[0], each) for each in others)
    assert made[0].shape == (SIZE, SIZE, 3) and made[0].dtype == np.uint8


def test_without_changes_a_random_view_is_the_face() -> None:
    none = AugmentationSettings(flip=False, rotation=0, zoom=0, shift=0, brightness=0, contrast=0)
    np.testing.assert_array_equal(ViewMaker(none, 0).make(PIXELS[0], PHOTOS[0], 5), PIXELS[0])


def test_keys_of_views() -> None:
    keys = [view_key(view, CHANGES, 1) for view in range(4)]
    assert keys[:2] == ["face", "mirror"] and len(set(keys)) == 4
    assert view_key(2, CHANGES, 1) == keys[2] != view_key(2, CHANGES, 2)


def test_a_full_disk_is_told(tmp_path: Path, backbone: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, raw: bytes) -> None:
        raise StorageError("Cannot write: the disk is full.")

    monkeypatch.setattr("core.embeddings.store.write_whole", refuse)
    with pytest.raises(StorageError):
        embed(tmp_path, backbone)


def test_forgotten_photos_leave_all_stores(tmp_path: Path, backbone: Counting) -> None:
    other = replace(backbone, key="other-v1", seen=[])
    embed(tmp_path, backbone)
    vectors = embed(tmp_path, other, views=(0,))
    assert forget(tmp_path, PHOTOS[:3]) == 9
    assert forget(tmp_path, PHOTOS[:3]) == forget(tmp_path, []) == forget(tmp_path / "nowhere", PHOTOS) == 0
    backbone.seen.clear()
    np.testing.assert_array_equal(embed(tmp_path, backbone)[:, 0], vectors[:, 0])
    assert len(backbone.seen) == 6
    forget(tmp_path, PHOTOS)
    assert list(tmp_path.rglob("*.npz")) == []


def test_vectors_of_another_crop_of_the_photo_do_not_count(tmp_path: Path, backbone: Counting) -> None:
    embed(tmp_path, backbone, views=(0,))
    backbone.seen.clear()
    pixels = PIXELS.copy()
    pixels[7] = 255 - pixels[7]
    fresh = embed_faces(tmp_path, "crops", backbone, pixels, ROWS, PHOTOS, (0,), CHANGES, 3)
    assert backbone.seen == [pixels[7].tobytes()]
    assert fresh is not None
    np.testing.assert_array_equal(fresh[:, 0], answer(pixels))


def test_vectors_that_were_stored_without_a_mark_count(tmp_path: Path, backbone: Counting) -> None:
    embed(tmp_path, backbone, views=(0,))
    for file in tmp_path.rglob("*.npz"):
        with np.load(file) as stored:
            photos, vectors = stored["photos"], stored["vectors"]
        content = io.BytesIO()
        np.savez(content, photos=photos, vectors=vectors)
        file.unlink()
        (file.parent / f"{hashlib.sha256(content.getvalue()).hexdigest()}.npz").write_bytes(content.getvalue())
    backbone.seen.clear()
    embed(tmp_path, backbone, views=(0,))
    assert backbone.seen == []
