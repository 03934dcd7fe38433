"""What is shown of single people: their coverage, who looks like them, their mean face."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.datasets import Catalogue, are_strangers
from core.datasets.doubts import alike_people
from core.health import PersonCoverage, coverage, doubt_key, mean_faces, shopping_list
from core.images import encode_thumbnail
from core.quality import quality_key
from core.settings import FaceSettings
from ui.components import picture_wall
from ui.guards import as_text

LINES = 12
FACES_ON_A_PAGE = 40
_SIDE = 112  # px


def covered(catalogue: Catalogue, face: FaceSettings) -> None:
    """Show what the photos of each person show, and which are missing."""
    people = coverage(catalogue, quality_key(face))
    wanted = shopping_list(people)
    st.markdown("**Photos that would help**")
    if not wanted:
        st.success("Everybody has enough photos, from all sides and in different light.", icon=":material/check:")
    st.markdown("\n".join(f"- {as_text(line)}" for line in wanted[:LINES]))
    if len(wanted) > LINES:
        with st.expander(f"{len(wanted) - LINES} more people"):
            st.markdown("\n".join(f"- {as_text(line)}" for line in wanted[LINES:]))
    if wanted:
        st.download_button(
            "Save the list", "\n".join(wanted) + "\n", "photos-wanted.txt", icon=":material/download:", type="tertiary"
        )
    st.markdown("**What the photos show**")
    st.dataframe([_row(each) for each in people], hide_index=True, width="stretch", column_config=_columns())


def _row(person: PersonCoverage) -> dict[str, object]:
    middle = {
        name: None if values is None else values[1]
        for name, values in (("sharpness", person.sharpness), ("brightness", person.brightness), ("size", person.size))
    }
    return {
        "Person": person.person,
        "Photos": person.photos,
        "Faces": person.faces,
        "Left": person.left,
        "Front": person.front,
        "Right": person.right,
        "Turned": None if person.yaw is None else f"{person.yaw[0]:.0f}° to {person.yaw[2]:.0f}°",
        "Dim": person.dim,
        "Bright": person.bright,
        "Brightness": middle["brightness"],
        "Sharpness": middle["sharpness"],
        "Face size": middle["size"],
    }


def _columns() -> dict[str, object]:
    bar = st.column_config.ProgressColumn
    return {
        "Faces": st.column_config.NumberColumn(help="Photos in which the main face was found."),
        "Left": st.column_config.NumberColumn(help="Turned to the left of the picture by 25° or more."),
        "Front": st.column_config.NumberColumn(help="Turned by less than 25°."),
        "Right": st.column_config.NumberColumn(help="Turned to the right of the picture by 25° or more."),
        "Turned": st.column_config.TextColumn(help="From the farthest to the left to the farthest to the right."),
        "Dim": st.column_config.NumberColumn(help="Darker by a fifth or more than this person's usual photo."),
        "Bright": st.column_config.NumberColumn(help="Brighter by a fifth or more than this person's usual photo."),
        "Brightness": bar(help="Of the usual photo: the face's mean, black to white.", min_value=0, max_value=1, format="%.2f"),
        "Sharpness": bar(help="Of the usual photo; below 0.25 a face is blurry.", min_value=0, max_value=1, format="%.2f"),
        "Face size": st.column_config.NumberColumn(help="Of the usual photo; the longer side, in pixels.", format="%d px"),
    }


def alike(catalogue: Catalogue, face: FaceSettings, on_person: Callable[[str], None]) -> None:
    """Show people who look like the same person under two names."""
    pairs = alike_people(catalogue, doubt_key(face))
    if not pairs:
        st.write("No two people look like the same person.")
        return
    st.write("These faces are as alike as those of one person. If they are one, merge them below their photos.")
    pictures = mean_faces(catalogue, face, list({name for pair in pairs for name in (pair.first, pair.second)}))
    for pair in pairs[:FACES_ON_A_PAGE]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            for name in (pair.first, pair.second):
                if name in pictures:
                    st.image(encode_thumbnail(pictures[name], _SIDE), width=64, alt=f"Mean face of {name}")
                if st.button(as_text(name), key=f"alike-{catalogue.id}-{pair.first}-{pair.second}-{name}", type="tertiary"):
                    on_person(name)
            st.caption(f"Likeness {pair.likeness:.2f} of 1")


def means(catalogue: Catalogue, face: FaceSettings) -> None:
    """Show the mean face of each person, a page at a time."""
    people = [person for person, _ in catalogue.people() if not are_strangers(person)]
    pages = max(1, -(-len(people) // FACES_ON_A_PAGE))
    number = st.pagination(pages, key=f"means-{catalogue.id}") if pages > 1 else 1
    shown = people[(number - 1) * FACES_ON_A_PAGE : number * FACES_ON_A_PAGE]
    pictures = mean_faces(catalogue, face, shown)
    if not pictures:
        st.write("The faces have not been cut out yet: measure the photos first.")
        return
    st.caption(
        "All faces of a person laid over each other. A sharp one means photos that are all alike, a blurred one photos that "
        "differ; one that looks like two people means wrong names."
    )
    picture_wall(
        [(encode_thumbnail(pictures[each], _SIDE), each, f"Mean face of {each}") for each in shown if each in pictures]
    )
