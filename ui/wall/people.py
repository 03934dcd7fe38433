"""What can be done with one person: another name, one with somebody else, forgotten for good."""

from __future__ import annotations

import streamlit as st

from core import curation
from core.datasets import Catalogue
from ui import resources
from ui.guards import as_text
from ui.session import current, wall_memory
from ui.wall.actions import act_on
from ui.wall.links import PERSON


def person_menu(catalogue: Catalogue, person: str | None) -> None:
    """Offer what can be done with the person whose photos are shown."""
    if person is None:
        return
    memory = wall_memory(catalogue.id)
    with st.popover("Person", icon=":material/person:", key=f"person-menu-{person}-{memory.asked}"):
        st.markdown(f"**{as_text(person)}**")
        _rename(catalogue, person)
        _merge(catalogue, person)
        st.button(
            "Forget this person …",
            icon=":material/delete_forever:",
            help="Erases what Visage keeps of them, for good.",
            on_click=memory.forget,
            args=(person,),
        )


def _rename(catalogue: Catalogue, person: str) -> None:
    with st.form(f"rename-{person}", border=False):
        name = st.text_input("Another name", person, max_chars=100, help="Also for photos of this person that are found later.")
        if st.form_submit_button("Rename", icon=":material/edit:"):
            current().wanted[PERSON] = name.strip()
            act_on(catalogue, lambda of: curation.rename_person(of, person, name))
            current().wanted.pop(PERSON, None)


def _merge(catalogue: Catalogue, person: str) -> None:
    with st.form(f"merge-{person}", border=False):
        others = [name for name, _ in resources.people_of(catalogue) if name != person]
        other = st.selectbox("Is the same person as", others, index=None, placeholder="Choose somebody")
        if st.form_submit_button("Merge", icon=":material/merge:", help="All photos get the other's name.") and other:
            current().wanted[PERSON] = other
            act_on(catalogue, lambda of: curation.merge_people(of, [person], other))
            current().wanted.pop(PERSON, None)
