"""Adding photos on the page: every way in ends in a preview, and only its button adds anything."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import importing
from core.datasets import get_dataset, kept_photos, list_datasets, open_dataset
from core.settings import ImportLimits
from tests.core.pictures import folder_of, picture_bytes
from tests.pages.reading import button, wait_for_jobs, words

PAGE = """
from ui import import_views
from ui.dataset_picker import choose_dataset
from ui.frame import page

with page("explore"):
    import_views.add_photos(choose_dataset(opener=False), expanded=True)
"""
Show = Callable[..., AppTest]
pytestmark = pytest.mark.usefixtures("artifacts")


@pytest.fixture
def show() -> Show:
    def run(tab: str = "Folder") -> AppTest:
        page = AppTest.from_string(PAGE, default_timeout=60)
        page.session_state["import-tab"] = tab
        return page.run()

    return run


def png(name: str, seed: int) -> tuple[str, bytes, str]:
    return name, picture_bytes(seed), "image/png"


def settled(page: AppTest) -> AppTest:
    wait_for_jobs()
    page.run()
    assert not page.exception
    return page


def people_shown(page: AppTest) -> dict[str, int]:
    table = page.dataframe[0].value
    return dict(zip(table["Person"], table["Photos"], strict=True))


def test_every_way_in_opens(show: Show) -> None:
    for tab in ("Folder", "Upload a folder", "Zip file", "One person", "Camera", "Public sets"):
        page = show(tab)
        assert not page.exception, tab
        assert not page.error, tab


def test_a_folder_of_people_is_previewed_and_opened_where_it_is(show: Show, two_people: Path, artifacts: Path) -> None:
    page = show()
    page.text_input[0].set_value(str(two_people))
    button(page, "Look into it").click().run()
    assert people_shown(page) == {"Ann Lee": 5, "B>": 4}  # the slash of </b> makes a folder
    assert [each.name for each in list_datasets()] == ["Built-in faces (ORL)"]
    button(page, "Open this folder").click().run()
    settled(page)
    (opened,) = (each for each in list_datasets() if each.id != "orl")
    assert (opened.source, opened.photos) == (str(two_people), 8)
    assert not (artifacts / "photos").exists()
    assert importing.list_stagings() == []


def test_an_uploaded_folder_becomes_a_dataset(show: Show) -> None:
    page = show("Upload a folder")
    files = [png("party/Ann/1.png", 1), png("party/Ben <i>🙂/1.png", 2), ("party/Ann/cut.jpg", b"\xff\xd8\xff", "")]
    page.file_uploader[0].set_value(files)
    button(page, "Look at them").click().run()
    settled(page)
    assert people_shown(page) == {"Ann": 1, "Ben <i>🙂": 1}
    assert page.dataframe[1].value["File"].tolist() == ["party/Ann/cut.jpg"]
    assert len(list_datasets()) == 1
    page.text_input[0].set_value("Summer party").run()
    button(page, "Import 2 photos").click().run()
    settled(page)  # the import has ended: the dataset is in view, and its photos are being read
    settled(page)
    (made,) = (each for each in list_datasets() if each.id != "orl")
    assert (made.name, made.photos, made.people) == ("Summer party", 2, 2)
    assert page.selectbox[0].value == made.id
    assert importing.list_stagings() == []


def test_discarding_leaves_nothing(show: Show, artifacts: Path) -> None:
    page = show("One person")
    page.text_input[0].set_value("ann lee")
    page.file_uploader[0].set_value([png("a.png", 1)])
    button(page, "Look at them").click().run()
    settled(page)
    assert people_shown(page) == {"Ann Lee": 1}
    button(page, "Discard").click().run()
    assert not page.exception
    assert list((artifacts / "imports").glob("2*")) == []
    assert page.tabs


def test_photos_of_one_person_are_added_to_a_dataset(show: Show, tmp_path: Path) -> None:
    from core.datasets import scan

    catalogue = open_dataset(str(folder_of(tmp_path / "own", {"Ann": 2, "Ben": 2})))
    scan(catalogue)
    page = show("One person")
    page.selectbox[0].set_value(catalogue.id).run()
    page.text_input[0].set_value("Ann")
    page.file_uploader[0].set_value([png("a.png", 1), png("a.png", 50)])  # the first is there already
    button(page, "Look at them").click().run()
    settled(page)
    table = page.dataframe[0].value
    assert table.to_dict("records") == [{"Person": "Ann", "Photos": 2, "New": 1, "There already": 2}]
    button(page, "Import 1 photo").click().run()
    settled(page)
    assert kept_photos(catalogue.directory) == {"Ann": 1}
    settled(page)
    assert dict(get_dataset(catalogue.id).people()) == {"Ann": 3, "Ben": 2}


def test_a_zip_file_and_another_layout(show: Show) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("all/Ann_01.png", picture_bytes(1))
        archive.writestr("all/Ben_01.png", picture_bytes(2))
        archive.writestr("../../evil.png", picture_bytes(3))
    page = show("Zip file")
    page.file_uploader[0].set_value(("flat.zip", buffer.getvalue(), "application/zip"))
    button(page, "Look into it").click().run()
    settled(page)
    assert people_shown(page) == {"Ann": 1, "Ben": 1}
    assert page.dataframe[1].value["Why"].tolist() == ["has a path that leads out of the archive"]
    (layout,) = (each for each in page.selectbox if each.label == "Where are the names?")
    layout.set_value("folders").run()
    assert people_shown(page) == {"All": 2}


def test_a_broken_zip_is_explained_and_can_be_put_away(show: Show, artifacts: Path) -> None:
    page = show("Zip file")
    page.file_uploader[0].set_value(("x.zip", b"no zip", "application/zip"))
    button(page, "Look into it").click().run()
    wait_for_jobs()
    page = show("Zip file")  # opened anew: AppTest would send the old upload once more
    assert "is no zip file" in words(page)
    assert list((artifacts / "imports").glob("2*")) == []
    button(page, "Close").click().run()
    assert not page.error
    assert page.tabs


def test_too_much_for_an_upload_points_to_the_folder(show: Show, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.import_views.IMPORT_LIMITS", ImportLimits(entries=1))
    page = show("One person")
    page.text_input[0].set_value("Ann")
    page.file_uploader[0].set_value([png("a.png", 1), png("b.png", 2)])
    button(page, "Look at them").click().run()
    assert "use the tab Folder" in words(page)
    assert not (artifacts / "imports").exists()


def test_what_was_forgotten_to_fill_in_is_said(show: Show) -> None:
    page = show("Upload a folder")
    assert "Nothing was chosen" in words(button(page, "Look at them").click().run())
    page = show("One person")
    page.file_uploader[0].set_value([png("a.png", 1)])
    assert "need a name" in words(button(page, "Look at them").click().run())
    page = show()
    page.text_input[0].set_value("/no/such <b>folder")
    assert "There is no folder" in words(button(page, "Look into it").click().run())


def test_the_camera_takes_photos_one_by_one(show: Show) -> None:
    page = show("Camera")
    page.text_input[0].set_value("Zoë").run()
    for seed in (1, 2):
        page.camera_input[0].set_value((f"{seed}.jpg", picture_bytes(seed, "JPEG"), "image/jpeg")).run()
        button(page, "Keep this photo").click().run()
        assert not page.exception
    button(page, "Look at the 2 kept").click().run()
    settled(page)
    assert people_shown(page) == {"Zoë": 2}


def test_a_table_makes_copies(show: Show, tmp_path: Path) -> None:
    root = folder_of(tmp_path / "csv", {"all": 2})
    (root / "names.csv").write_text("path,label\nall/1.png,Ann\nall/2.png,Ben\n")
    page = show()
    page.text_input[0].set_value(str(root))
    button(page, "Look into it").click().run()
    settled(page)
    assert people_shown(page) == {"Ann": 1, "Ben": 1}
    shutil.rmtree(root)  # before it is committed
    button(page, "Import 2 photos").click().run()
    settled(page)
    assert "went away" in words(page)
    assert len(list_datasets()) == 1


def test_a_download_without_a_connection_is_explained(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    page = show("Public sets")
    button(page, "Download Labeled Faces in the Wild").click().run()
    settled(page)
    assert "cannot be downloaded" in words(page)
    assert "Check the connection" in words(page)
    button(page, "Close").click().run()
    assert not page.error
