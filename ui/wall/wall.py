"""The Photos tab: filters, the wall, and what can be done with the photos that are selected."""

from __future__ import annotations

import hashlib

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.datasets import wall as all_photos
from core.datasets.thumbnails import thumbnails
from core.datasets.wall import WallKeys, WallPhoto, stored_detectors
from core.detection import detector_key
from core.health import doubt_key
from core.quality import quality_key
from core.settings import PRESETS, FaceSettings
from ui import resources
from ui.dataset_picker import preparation_of
from ui.guards import as_text, explained
from ui.session import WallMemory, current, keep_in_address, wall_memory
from ui.wall.actions import Selection, selection_bar
from ui.wall.filters import View, choose_view
from ui.wall.forget import forget_dialog
from ui.wall.grid import Answer, photo_grid, read_asset, simple_grid
from ui.wall.history import undo_and_redo
from ui.wall.links import PAGE
from ui.wall.people import person_menu
from ui.wall.photo import photo_dialog, wanted_photo


def wall(catalogue: Catalogue) -> None:
    """Show the wall; what happens on it draws only this part of the page again."""
    wall_memory(catalogue.id).visits += 1
    _wall(catalogue)


@st.fragment
def _wall(catalogue: Catalogue) -> None:
    _say_what_was_done()
    with explained():
        memory, keys = wall_memory(catalogue.id), _keys_of(catalogue)
        view = choose_view(catalogue)
        if memory.query not in (None, view.query):
            memory.everything = False
            memory.turn_to(1)
        memory.query = view.query
        total = resources.wall_count(catalogue, view.query, keys)
        photos = _page(catalogue, view, keys, total)
        st.html(f"<style>{read_asset('page.css')}</style>")
        bar = st.container(key="wall-bar")
        answer = _grid(catalogue, view, photos, memory)
        _take_over(answer, photos, memory)
        with bar:
            selection_bar(Selection(catalogue, memory, view.query, keys, total))
        _dialogs(catalogue, photos, memory, keys)


def face_settings(catalogue: Catalogue) -> FaceSettings:
    """Return how the faces that are shown were found: as the settings in view say, else as a preset that has been used."""
    face, stored = current().settings.face, stored_detectors(catalogue)
    known = (each for each in (face, *(preset.face for preset in PRESETS.values())) if detector_key(each) in stored)
    return next(known, face)


def _keys_of(catalogue: Catalogue) -> WallKeys:
    face = face_settings(catalogue)
    return WallKeys(detector_key(face), quality_key(face), doubt_key(face), face.main_face_ratio)


def _say_what_was_done() -> None:
    session = current()
    if session.said:
        st.toast(as_text(session.said), icon=":material/check:")
        session.said = ""


def _page(catalogue: Catalogue, view: View, keys: WallKeys, total: int) -> list[WallPhoto]:
    """Let the person turn the pages, and return the photos of the one that is open."""
    size = current().photos_on_page
    pages = max(1, -(-total // size))
    memory = wall_memory(catalogue.id)
    memory.page = min(max(memory.page, 1), pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{total:,}** photos" if total != 1 else "**1** photo", width="content")
        if pages > 1:
            memory.page = st.pagination(pages, default=memory.page, key=f"page-{memory.turns}", max_visible_pages=5)
        person_menu(catalogue, view.query.person)
        undo_and_redo(catalogue)
    keep_in_address(PAGE, str(memory.page), "1")
    _offer_to_find_faces(catalogue, view)
    return all_photos.page(catalogue, view.query, keys, (memory.page - 1) * size, size)


def _offer_to_find_faces(catalogue: Catalogue, view: View) -> None:
    if not view.faces or stored_detectors(catalogue):
        return
    job = preparation_of(catalogue)
    if job is not None and job.alive:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Nobody has looked for faces in these photos yet, so whole photos are shown.", width="content")
        if st.button("Find the faces", icon=":material/face:"):
            jobs.start_preparation(catalogue.source, current().settings.face)
            st.rerun()


def _grid(catalogue: Catalogue, view: View, photos: list[WallPhoto], memory: WallMemory) -> Answer:
    if not photos:
        st.info("No photo fits these filters.", icon=":material/filter_alt_off:")
        return Answer(None, None)
    pictures = thumbnails(catalogue, [(each.photo, each.box if view.faces else None) for each in photos])
    content = hashlib.sha256("".join(each.photo.sha256 for each in photos).encode()).hexdigest()[:12]
    token = f"{catalogue.id}-{content}-{view.faces}-{memory.version}-{memory.visits}"
    picked = {each.photo.sha256 for each in photos} if memory.everything else memory.picked
    if memory.token != token:
        memory.token, memory.given = token, tuple(picked)
    if current().simple_wall:
        answer = simple_grid(photos, pictures, f"{catalogue.id}-{memory.version}", picked)
    else:
        answer = photo_grid(photos, pictures, view.faces, token, set(memory.given))
    if None in pictures:
        gone = pictures.count(None)
        st.warning(f"{gone} photos of this page are gone or changed. Read the folder again on the Manage tab.")
    return answer


def _take_over(answer: Answer, photos: list[WallPhoto], memory: WallMemory) -> None:
    if answer.picked is not None:
        memory.picked = (memory.picked - {each.photo.sha256 for each in photos}) | set(answer.picked)
        memory.everything = memory.everything and len(answer.picked) == len(photos)
    if answer.opened is not None:
        memory.opened = answer.opened


def _dialogs(catalogue: Catalogue, photos: list[WallPhoto], memory: WallMemory, keys: WallKeys) -> None:
    """Show the one dialog that is open, if any."""
    memory.opened = wanted_photo() or memory.opened
    if memory.forgetting or memory.receipt:
        forget_dialog(catalogue, memory)
    elif memory.opened:
        photo_dialog(catalogue, memory, keys, [each.photo.sha256 for each in photos])
