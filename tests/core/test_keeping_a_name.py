"""A name that somebody has looked at and found right: one entry of the ledger, and no doubt any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.curation import history_of, keep, redo, undo
from core.datasets import Catalogue
from core.datasets.doubts import Doubt, save_doubts
from core.datasets.edits import kept_photos
from core.datasets.wall import WallKeys, WallQuery, matching
from core.errors import DatasetError
from tests.core.pictures import folder_of, scanned


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return scanned(folder_of(tmp_path / "photos", {"Ann": 2, "Bo": 2}))[0]


def kept(catalogue: Catalogue) -> set[str]:
    with catalogue.reading() as connection:
        return kept_photos(connection)


def test_a_name_is_kept_taken_back_and_kept_again(catalogue: Catalogue) -> None:
    photo = catalogue.photos()[0]
    before = [(each.sha256, each.person) for each in catalogue.photos()]
    entry = keep(catalogue, [photo.sha256])
    assert (entry.kind, entry.words) == ("keep", "1 photo of Ann is named right.")
    assert kept(catalogue) == {photo.sha256}
    assert [(each.sha256, each.person) for each in catalogue.photos()] == before
    undo(catalogue)
    assert kept(catalogue) == set()
    redo(catalogue)
    assert kept(catalogue) == {photo.sha256}
    assert [each.words for each in history_of(catalogue, photo.sha256)][-1] == "The name was looked at and is right."
    with pytest.raises(DatasetError, match="looked at already"):
        keep(catalogue, [photo.sha256])


def test_a_kept_name_is_doubtful_no_more(catalogue: Catalogue) -> None:
    first, second, *_ = (photo.sha256 for photo in catalogue.photos())
    doubts = [Doubt(each, 0.1, place, 0.01, "Bo", 0.9, 0.1) for place, each in enumerate((first, second), start=1)]
    save_doubts(catalogue, "judges", doubts, [], {})
    query, keys = WallQuery(flags=("doubtful",)), WallKeys("yunet", doubt="judges")
    assert sorted(matching(catalogue, query, keys)) == sorted((first, second))
    keep(catalogue, [first])
    assert matching(catalogue, query, keys) == [second]
