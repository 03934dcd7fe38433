"""The Train page's settings in tabs: for each kind of network only what matters to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import streamlit as st

from core.settings import PRESETS, FaceSettings, Settings
from ui.session import current
from ui.settings_form import edit_part

FIRST_RANDOM_VIEW = 3  # the first is the face, the second its mirror image
MILLISECONDS = {"sface": 14, "dlib": 3}  # to embed one face on two cores

_NETWORK = {
    "residual": ("filters", "dropout", "trim", "mirror_average", "colour", "normalisation"),
    "cnn": ("filters", "units", "dropout", "trim", "mirror_average", "colour", "normalisation"),
    "dense": ("units", "dropout", "mirror_average", "colour", "normalisation"),
}
_FOUND = ("detector", "min_score", "detection_side", "main_face_ratio")
_STEPS = {"epochs": ("Steps", "At most so many passes over the stored embeddings; it ends earlier when nothing improves.")}


def edit_all() -> None:
    """Show the settings of the preset in view, in groups, and keep what the person changes."""
    with st.expander("Settings", icon=":material/tune:"):
        parts = _parts()
        for tab, draw in zip(st.tabs(list(parts)), parts.values(), strict=True):
            with tab:
                draw()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _edit_seed()
            if st.button("Back to the preset's settings", icon=":material/restart_alt:"):
                current().reset_settings()
                st.rerun()


def _parts() -> dict[str, Callable[[], None]]:
    if uses_embedding(current().settings):
        return {
            "Embedding": _embedding,
            "Training": _head_training,
            "Faces": _embedding_faces,
            "Split": lambda: _edit("split"),
            "Augmentation": edit_views,
            "Unknown": _unknown,
        }
    return {
        "Training": lambda: _edit("training"),
        "Network": lambda: _edit("model", _NETWORK[current().settings.model.architecture]),
        "Faces": lambda: _edit("face"),
        "Split": lambda: _edit("split"),
        "Augmentation": edit_changes,
        "Unknown": lambda: _edit("openset"),
    }


def uses_embedding(settings: Settings) -> bool:
    """Tell whether these settings build on a pretrained embedding."""
    return settings.model.architecture == "embedding"


def _edit(part: str, names: tuple[str, ...] | None = None, columns: int = 3, **words: tuple[str, str]) -> None:
    """Edit some settings of one part, side by side where there is room."""
    session = current()
    with st.grid(columns, min_column_width=220):
        session.edit(edit_part(session.settings, part, names, words=words))


def _embedding() -> None:
    _edit("embedding", ("backbone", "head", "regularisation"))
    _keep_faces_fitting()
    chosen = current().settings.embedding
    if chosen.head == "arcface":
        _edit("embedding", ("head_margin",))
    if chosen.backbone == "onnx":
        st.caption("Your file takes faces of one size and gives one list of numbers for each. Set the size on the Faces tab.")
        _edit("embedding", ("onnx_file", "onnx_colour", "onnx_mean", "onnx_scale"))
    _edit("model", ("mirror_average",), columns=1)
    _experts()


def _experts() -> None:
    session = current()
    if not st.toggle("For experts", key=f"experts.{session.preset}.{session.form_version}"):
        return
    st.caption(
        "Training the last layers of the embedding, too, was measured to be worse than leaving them alone when each person "
        "has few photos, and it takes far longer. With hundreds of photos per person it may help."
    )
    _edit("embedding", ("scale", "fine_tune"))


def _keep_faces_fitting() -> None:
    """Cut the faces as the chosen embedding was taught to see them; with any others it would name nobody."""
    session = current()
    settings = session.settings
    needed = faces_for(settings.embedding.backbone)
    if needed is not None:
        fitting = replace(settings.face, alignment=needed.alignment, size=needed.size, margin=needed.margin)
        if fitting != settings.face:
            session.edit(replace(settings, face=fitting))


def faces_for(backbone: str) -> FaceSettings | None:
    """Return the faces that a built-in embedding needs, as its preset has them; None for a file of one's own."""
    presets = [each for each in PRESETS.values() if uses_embedding(each)]
    return next((each.face for each in presets if each.embedding.backbone == backbone), None)


def _head_training() -> None:
    st.caption("Only the last layer learns, from embeddings that are worked out once and kept. This takes seconds.")
    _edit("training", ("epochs", "class_weights", "refit"), **_STEPS)


def _embedding_faces() -> None:
    needed = faces_for(current().settings.embedding.backbone)
    if needed is None:
        _edit("face")
        return
    _edit("face", _FOUND)
    st.caption(
        f"Each face is turned and zoomed until eyes, nose and mouth lie where this embedding expects them, "
        f"and cut out with {needed.size} × {needed.size} px. Another embedding brings its own cut."
    )


def edit_views(columns: int = 3) -> None:
    """Edit how many views of each training photo are embedded, and the random changes where any view uses them."""
    edit_view_count(columns)
    if current().settings.embedding.views < FIRST_RANDOM_VIEW:
        st.caption("The first view is the face, the second its mirror image. Random changes start with the third view.")
    else:
        edit_changes(columns)


def edit_view_count(columns: int = 1) -> None:
    """Edit how many views of each training photo are embedded."""
    _edit("embedding", ("views",), columns=columns)
    chosen = current().settings.embedding
    each = MILLISECONDS.get(chosen.backbone)
    cost = f", about {each} ms each on two cores" if each else ""
    times = "once" if chosen.views == 1 else f"{chosen.views} times"
    st.caption(f"Each training photo is embedded {times}{cost}. What was embedded is kept, so the next training is quick.")


def edit_changes(columns: int = 3, notes: Mapping[str, str] | None = None) -> None:
    """Edit the random changes of training faces.

    Args:
        columns: At most so many side by side.
        notes: Markdown to write behind the label of some of them.
    """
    settings = current().settings
    in_gray = settings.model.colour == "gray" and not uses_embedding(settings)
    unused = {"saturation", "hue"} if in_gray else set()
    names = tuple(each.name for each in fields(settings.augmentation) if each.name not in unused)
    session = current()
    with st.grid(columns, min_column_width=220):
        session.edit(edit_part(session.settings, "augmentation", names, notes=notes))


def _unknown() -> None:
    without_strangers = ("refuse_share", "unknown_share") if current().settings.embedding.backbone == "onnx" else ()
    _edit("openset", ("stranger_rate", "unsure_rate", *without_strangers))


def _edit_seed() -> None:
    session = current()
    seed = st.number_input(
        "Seed",
        0,
        2**31 - 1,
        session.settings.seed,
        key=f"{session.preset}.{session.form_version}.seed",
        help="The same seed and settings draw the same split and start from the same weights.",
        width=200,
    )
    session.edit(replace(session.settings, seed=int(seed)))
