"""Forgetting a person: what will be erased, what remains, which runs have learnt them, and the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core import curation, jobs
from core.curation.copies import belongs_to_visage
from core.datasets import Catalogue
from core.runs import Run, delete_run
from ui import resources
from ui.guards import as_text, explained
from ui.session import WallMemory, current
from ui.wall.links import PERSON

KEEP, DELETE, RETRAIN = "Keep", "Delete", "Delete, and train again without them"


def forget_dialog(catalogue: Catalogue, memory: WallMemory) -> None:
    """Ask whether the person is to be forgotten, or show the receipt of it, over the page."""
    title = "Forgotten" if memory.receipt else "Forget a person"

    @st.dialog(title, width="medium", on_dismiss=partial(memory.forget, ""))
    def show() -> None:
        with explained():
            if memory.receipt:
                _show_receipt(memory)
            elif memory.forgetting:
                _ask(catalogue, memory)
            else:
                st.rerun()  # nothing is asked any more: the dialog closes

    show()


def _ask(catalogue: Catalogue, memory: WallMemory) -> None:
    person = memory.forgetting
    photos = dict(resources.people_of(catalogue)).get(person, 0)
    runs = curation.runs_trained_on(catalogue, person)
    st.markdown(f"Forget **{as_text(person)}** and {photos:,} photos? **This cannot be undone.**")
    st.markdown(_ERASED)
    st.markdown(_remains(catalogue, bool(runs)))
    chosen = _ask_about(runs)
    typed = st.text_input(f"To go on, type the name: {as_text(person)}", key=f"forget-{memory.version}", autocomplete="off")
    with st.container(horizontal=True):
        # Not disabled until the name is right: a text field tells what was typed only when it is left.
        if st.button("Forget for good", type="primary", icon=":material/delete_forever:"):
            if typed.strip() == person:
                _forget(catalogue, memory, runs, chosen)
            else:
                st.error("The name does not match.", icon=":material/error:")
        st.button("Cancel", on_click=memory.forget, args=("",))


_ERASED = """Erased at once:
- what Visage keeps of their photos: copies, cut faces, embeddings, thumbnails, measures
- the person wherever they were added to a network of this dataset
- their name in the history; its entries stay without it, and cannot be taken back any more"""


def _remains(catalogue: Catalogue, runs: bool) -> str:
    lines = ["hashes that tell nothing, so that reading the folder again does not bring the photos back"]
    if not belongs_to_visage(catalogue):
        lines.append(f"the files in {as_text(str(catalogue.root))}, which are yours to delete")
    if runs:
        lines.append("networks that have learnt them, unless you delete these below")
    lines.append("whatever was downloaded, exported or copied before")
    return "\n".join(["What remains:", *(f"- {line}" for line in lines)])


def _ask_about(runs: Sequence[Run]) -> dict[str, str]:
    """Let the person say what becomes of each run that has learnt somebody."""
    if not runs:
        return {}
    st.markdown(f"**{len(runs)}** trained network{'s know' if len(runs) > 1 else ' knows'} this person:")
    return {
        run.id: st.selectbox(f"{as_text(run.name)} ({run.created:%d %b %Y})", (DELETE, RETRAIN, KEEP), key=f"forget-{run.id}")
        for run in runs
    }


def _forget(catalogue: Catalogue, memory: WallMemory, runs: Sequence[Run], chosen: Mapping[str, str]) -> None:
    """Forget the person, delete the runs that are to go, train again what is to be trained again, show the receipt."""
    with st.spinner("Erasing …"):
        receipt = curation.forget_person(catalogue, memory.forgetting)
        gone = [run for run in runs if chosen[run.id] != KEEP]
        for run in gone:
            delete_run(run.directory)
    again = [run for run in gone if chosen[run.id] == RETRAIN]
    for run in again:
        jobs.start_training(run.settings, run.name)
    memory.clear()
    memory.forgetting, memory.receipt = "", _in_words(receipt, gone, again)
    current().wanted[PERSON] = ""
    resources.forget_everything()
    st.rerun()


def _in_words(receipt: curation.Receipt, gone: Sequence[Run], again: Sequence[Run]) -> str:
    """Return the receipt as text, with what became of the runs."""
    ids = {run.id for run in gone}
    kept = replace(receipt, runs=tuple(each for each in receipt.runs if each[0] not in ids))
    parts = [kept.text.rstrip()]
    if gone:
        parts += ["", "Runs deleted as well:", *(f"- {run.name} ({run.id})" for run in gone)]
    if again:
        parts += ["", "Being trained again without the person:", *(f"- {run.name}" for run in again)]
    if receipt.files:
        parts += ["", "Your own files, not touched:", *(f"- {path}" for path in receipt.files)]
    return "\n".join(parts) + "\n"


def _show_receipt(memory: WallMemory) -> None:
    st.success("The person is forgotten.", icon=":material/check_circle:")
    st.code(memory.receipt, language=None, wrap_lines=True, height=360)
    with st.container(horizontal=True):
        st.download_button("Keep the receipt", memory.receipt, "receipt.txt", icon=":material/download:", on_click="ignore")
        st.button("Close", on_click=memory.forget, args=("",))
