"""The Health part of the Explore page, on a catalogue whose figures were written by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import figures
from core.datasets import Catalogue
from core.datasets.doubts import AlikePeople, Doubt, PointOnMap, save_doubts
from core.health import doubt_key
from core.quality import Quality, quality_key
from core.settings import PRESETS
from tests.core.pictures import folder_of, scanned

FACE = PRESETS["embedding"].face
GOOD = Quality(1, "face", 120.0, 0.5, 0.5, 0.0, 0.2, 0.2, 0.0, 0.0, 0.0)
EVIL = "<b>Bo</b> *x*"


def _script(source: str) -> None:
    import streamlit as st

    from core.datasets import open_dataset
    from core.settings import PRESETS
    from ui.health_views import health

    health(open_dataset(source), PRESETS["embedding"].face, lambda name: st.caption(f"flag {name}"), st.caption)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return scanned(folder_of(tmp_path / "photos", {"Ann": 3, EVIL.replace("/", "_"): 2}))[0]


def _measure(catalogue: Catalogue) -> None:
    photos = catalogue.photos()
    dark = replace(GOOD, brightness=0.1)
    catalogue.save_qualities(quality_key(FACE), {each.sha256: dark if n < 2 else GOOD for n, each in enumerate(photos)})
    people = sorted({str(each.person) for each in photos})
    doubts = [Doubt(each.sha256, 0.1, n + 1, 0.1, people[1], 0.8, 0.3, n / 9, 0.1) for n, each in enumerate(photos)]
    save_doubts(catalogue, doubt_key(FACE), doubts, [AlikePeople(people[0], people[1], 0.8)], {"at": "2026-01-01T00:00:00"})


def _open(catalogue: Catalogue) -> AppTest:
    page = AppTest.from_function(_script, args=(catalogue.source,), default_timeout=30).run()
    assert not page.exception
    return page


def test_an_unmeasured_dataset_offers_to_measure(catalogue: Catalogue) -> None:
    page = _open(catalogue)
    assert [each.label for each in page.button] == ["Measure the photos"]
    assert not page.metric


def test_numbers_lead_to_their_photos(catalogue: Catalogue) -> None:
    _measure(catalogue)
    page = _open(catalogue)
    shown = {each.label: each.value for each in page.metric}
    assert (shown["Dark"], shown["Blurry"], shown["Doubtful names"]) == ("2", "0", "2")
    assert page.button(key=f"flag-{catalogue.id}-blurry").disabled
    page.button(key=f"flag-{catalogue.id}-dark").click().run()
    assert "flag dark" in [each.value for each in page.caption]


def test_the_shopping_list_shows_names_letter_by_letter(catalogue: Catalogue) -> None:
    _measure(catalogue)
    text = "\n".join(each.value for each in _open(catalogue).markdown)
    assert "- Ann\\: only 3 of 10 faces" in text
    assert "<b>" not in text


def test_the_map_draws_doubtful_and_chosen_faces_apart() -> None:
    points = [PointOnMap(f"{n:064d}", f"{n}.png", name, n, -n, n == 2) for n, name in enumerate(("Ann", "<i>Bo", "Ann"))]
    everybody, one = figures.face_map(points), figures.face_map(points, ["Ann"], movable=True)
    assert [trace.name for trace in everybody.data] == ["Photos", "Doubtful name"]
    assert [(trace.name, list(trace.customdata)) for trace in one.data] == [
        ("Others", [points[1].sha256]),
        ("Chosen", [points[0].sha256]),
        ("Doubtful name", [points[2].sha256]),
    ]
    assert one.data[0].text[0] == "&lt;i&gt;Bo"
    assert (everybody.layout.dragmode, one.layout.dragmode) == (False, "pan")
    assert np.allclose(one.data[2].x, [2])
