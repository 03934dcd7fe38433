"""The map of faces, whose points open the photo."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import figures
from core.datasets import Catalogue
from core.datasets.doubts import PointOnMap, points_on_map, read_doubts
from core.errors import PhotoError
from core.health import doubt_key
from core.images import encode_thumbnail, read_photo
from core.settings import FaceSettings
from ui.components import percent
from ui.guards import as_text, show_error

_SIDE = 640  # px


def face_map(catalogue: Catalogue, face: FaceSettings) -> None:
    """Show a point for each face; a click opens its photo."""
    points = points_on_map(catalogue, doubt_key(face))
    if not points:
        st.write("There is no map yet: measure the photos first.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = sorted({each.person for each in points})
        people = st.multiselect("Show in colour", names, key=f"map-people-{catalogue.id}", placeholder="Everybody", width=420)
        movable = st.toggle("Move and zoom", key=f"map-movable-{catalogue.id}", help="Drag to move, scroll to zoom.")
    map_side, photo_side = st.columns([3, 2])
    with map_side:
        chosen: Any = st.plotly_chart(
            figures.face_map(points, people, movable),
            width="stretch",
            key=f"map-{catalogue.id}",
            on_select="rerun",
            selection_mode="points",
            config={"displaylogo": False, "displayModeBar": False, "scrollZoom": movable},
        )
    found = [each["customdata"] for each in chosen.selection.points if "customdata" in each]
    opened = next((each for each in points if found and each.sha256 == _text(found[0])), None)
    with photo_side:
        if opened is not None:
            _open(catalogue, face, opened)
        st.caption(
            "Faces that a network finds alike lie side by side, so each person is an island. A point far from its island may "
            "have a wrong name. Click a point to see its photo; on a phone tap it twice."
        )


def _text(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _open(catalogue: Catalogue, face: FaceSettings, point: PointOnMap) -> None:
    doubt = read_doubts(catalogue, doubt_key(face)).get(point.sha256)
    with st.container(border=True):
        try:
            picture = encode_thumbnail(read_photo(catalogue.root / point.path, point.path)[1].pixels, _SIDE)
            st.image(picture, alt=f"Photo {point.path}")
        except PhotoError as error:
            show_error(error)
        st.markdown(f"**{as_text(point.person)}** · {as_text(point.path)}")
        if doubt is not None and point.doubtful:
            st.write(
                f"Doubtful: networks that have not learnt from it give this name {percent(doubt.own)}, and "
                f"{as_text(doubt.likely)} {percent(doubt.likely_probability)}. Its likeness to the person's other photos is "
                f"{1 - doubt.distance:.2f} of 1."
            )
